import assert from "node:assert/strict";
import { storedIssuers } from "../../../../src/cli/commands/login/guide/login_issuers.ts";
import { openStore } from "../../../../src/store/file/open_store.ts";
import type { FileStoreMode } from "../../../../src/store/store.ts";
import type { StoredEntry } from "../../../../src/store/stored_entry.ts";
import { entryOf, envOf } from "../../../store/entries.ts";
import { fakeKeyring, makeHome } from "../../../store/support.ts";

const CLIENT = {
  serverUrl: "https://mcp.example/mcp",
  approach: "dcr",
  clientId: "client-1",
} as const;

Deno.test("only a stored sign-in that opens says which issuer given credentials belong to", async () => {
  await using home = await makeHome();
  const keyring = fakeKeyring();
  const env = envOf({ MCPASS_HOME: home.home, DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" });
  const open = (mode: FileStoreMode) => openStore({ mode, env, run: keyring.run, os: "linux" });
  const issuers = async () => {
    const openStore = ({ mode }: { readonly mode: FileStoreMode }) => open(mode);
    const runtime = { env, load: () => Promise.resolve({ openStore }) };
    const run = { invocation: { options: { store: "auto" }, sources: new Map() }, runtime };
    const known = await storedIssuers(run as never, CLIENT as never);
    return known.map(({ issuer }) => issuer);
  };
  const evil: StoredEntry = entryOf({
    issuer: "https://evil.example",
    endpoints: { token: "https://evil.example/token" },
  });

  const sealed = await open("keyring").write(entryOf());
  assert.deepEqual(await issuers(), ["https://as.example"]);
  // A file that says it is sealed, and one that is not, both written by another program.
  const { path } = await open("file").write(evil);
  assert.ok(path && sealed.path);
  keyring.keys.delete([...keyring.keys.keys()].at(-1) ?? "");
  assert.deepEqual(await issuers(), ["https://as.example"]);
  const { secrets } = JSON.parse(await Deno.readTextFile(sealed.path));
  const planted = { ...JSON.parse(await Deno.readTextFile(path)), secrets };
  await Deno.writeTextFile(path, JSON.stringify(planted));
  assert.deepEqual(await issuers(), ["https://as.example"]);
});
