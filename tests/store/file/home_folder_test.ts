import assert from "node:assert/strict";
import { homeFolder, joinPath } from "../../../src/store/file/home_folder.ts";
import { envOf } from "../entries.ts";

const PLACES: readonly (readonly [os: string, env: Record<string, string>, folder: string])[] = [
  ["linux", { MCPASS_HOME: "/m", XDG_DATA_HOME: "/x", HOME: "/h" }, "/m"],
  ["linux", { MCPASS_HOME: "/m//" }, "/m"],
  ["linux", { MCPASS_HOME: "/" }, "/"],
  ["linux", { MCPASS_HOME: "", HOME: "/h" }, "/h/.local/share/mcpass"],
  ["linux", { XDG_DATA_HOME: "/x/", HOME: "/h" }, "/x/mcpass"],
  ["linux", { XDG_DATA_HOME: "x", HOME: "/h" }, "/h/.local/share/mcpass"],
  ["linux", { HOME: "/h/" }, "/h/.local/share/mcpass"],
  ["freebsd", { HOME: "/h" }, "/h/.local/share/mcpass"],
  ["darwin", { XDG_DATA_HOME: "/x", HOME: "/h" }, "/h/Library/Application Support/mcpass"],
  ["windows", { APPDATA: "C:\\d\\", HOME: "/h" }, "C:\\d\\mcpass"],
];

for (const [os, env, folder] of PLACES) {
  Deno.test(`on ${os} with ${JSON.stringify(env)} the store is in ${folder}`, () => {
    assert.equal(homeFolder(envOf(env), os), folder);
  });
}

const REFUSED: readonly (readonly [string, Record<string, string>, code: string, RegExp])[] = [
  ["linux", { MCPASS_HOME: "m", HOME: "/h" }, "store_home_relative", /"m" \(MCPASS_HOME\)/],
  ["linux", { HOME: "h" }, "store_home_relative", /"h" \(HOME\)/],
  ["linux", {}, "store_home_unknown", /MCPASS_HOME, XDG_DATA_HOME and HOME/],
  ["linux", { XDG_DATA_HOME: "x" }, "store_home_unknown", /MCPASS_HOME, XDG_DATA_HOME and HOME/],
  ["darwin", {}, "store_home_unknown", /MCPASS_HOME and HOME/],
  ["windows", { HOME: "/h" }, "store_home_unknown", /MCPASS_HOME and APPDATA/],
  ["windows", { APPDATA: "d" }, "store_home_relative", /"d" \(APPDATA\)/],
];

for (const [os, env, code, message] of REFUSED) {
  Deno.test(`on ${os} with ${JSON.stringify(env)} there is no store`, () => {
    assert.throws(() => homeFolder(envOf(env), os), { code, message });
  });
}

Deno.test("paths are joined by the system's own separator, once", () => {
  assert.equal(joinPath("linux", "/a/", "b", "c"), "/a/b/c");
  assert.equal(joinPath("windows", "C:\\a\\", "b"), "C:\\a\\b");
  assert.equal(joinPath("plan9", "/a", "b"), "/a/b");
});
