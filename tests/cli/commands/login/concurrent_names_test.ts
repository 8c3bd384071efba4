import assert from "node:assert/strict";
import { openLoginStore } from "../../../../src/cli/commands/login/login_store.ts";
import { entryOf, envOf } from "../../../store/entries.ts";
import { makeHome } from "../../../store/support.ts";

/** The store of a login, after its check that the name is free. */
function loginStore(path: string, serverUrl: string, name: string | undefined) {
  return openLoginStore({
    options: { store: "file", noStore: false, name } as never,
    sources: new Map(),
    plan: { serverUrl, dryRun: false, registration: "preregistered" } as never,
    runtime: {
      env: envOf({ MCPASS_HOME: path }),
      signal: new AbortController().signal,
      load: (module: () => Promise<never>) => module(),
    } as never,
  });
}

const FIRST = "https://mcp.linear.app/mcp";
const SECOND = "https://mcp.linear.app/sse";

for (const name of [undefined, "work"]) {
  Deno.test(`two logins that end at the same moment get two names: --name ${name}`, async () => {
    await using home = await makeHome();
    const urls = [FIRST, SECOND];
    const stores = await Promise.all(urls.map((url) => loginStore(home.home, url, name)));
    const written = await Promise.all(
      stores.map((store, index) =>
        store.write(entryOf({ serverUrl: urls[index] ?? "", name: undefined }))
      ),
    );
    const wanted = name ?? "linear";
    assert.deepEqual(written.map((it) => it.name).sort(), [wanted, `${wanted}-2`]);
    for (const { name: stored = "" } of written) {
      assert.equal((await home.open().findNamed(stored)).length, 1, stored);
    }
    const said = written.flatMap(({ lines }) => lines).join("\n");
    if (name !== undefined) assert.match(said, /the name work is now in use, .* is work-2/);
    assert.ok((await home.paths()).every((path) => !path.includes("names.lock")));
  });
}
