import assert from "node:assert/strict";
import { startFaultServer } from "./fault_server.ts";
import { createRawClient } from "./raw_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const BRIDGE = ["run", "-A", "--quiet", MAIN, "bridge"];

const ENDS = ["SIGTERM", "SIGHUP", "SIGINT", "the end of its parent"] as const;

Deno.test("a bridge in a process of its own ends with each signal, and with its parent", async () => {
  await Promise.all(ENDS.map(async (what) => {
    await using server = startFaultServer({ onGet: () => ({ status: 405 }) });
    const [program, ...args] = what === "the end of its parent"
      // The bridge gets the pipes of the shell, which stay open.
      ? ["sh", "-c", 'exec 3<&0; "$@" <&3 & wait', "sh", Deno.execPath()]
      : [Deno.execPath()];
    const child = new Deno.Command(program ?? "", {
      args: [...args, ...BRIDGE, server.mcpUrl],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const client = createRawClient({ input: child.stdin, output: child.stdout });
    await client.initialize();
    await client.call("a");
    const deleted = Promise.withResolvers<void>();
    server.onRequest = ({ method }) => method === "DELETE" && deleted.resolve();
    child.kill(what === "the end of its parent" ? "SIGKILL" : what);
    await Promise.all([child.status, deleted.promise]);
    await client.close();
    assert.equal(server.methods().at(-1), "DELETE", what);
  }));
});
