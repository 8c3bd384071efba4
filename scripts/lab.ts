/**
 * `deno task lab`: starts servers to try mcpass on, prints what each is good for and commands to
 * paste, and runs until Ctrl-C.
 *
 * @module
 */

import { LAB_ROWS } from "./lab/servers.ts";
import { print } from "./shell.ts";

const stop = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Windows has no SIGTERM.
  if (signal === "SIGINT" || Deno.build.os !== "windows") {
    Deno.addSignalListener(signal, () => stop.resolve());
  }
}
const started = await Promise.all(
  LAB_ROWS.map(async (row) => ({ row, server: await row.start() })),
);
const width = Math.max(...started.map(({ server }) => server.mcpUrl.length));
print("These servers run on this machine until you press Ctrl-C:\n");
for (const { row, server } of started) {
  print(`  ${row.name.padEnd(8)}  ${server.mcpUrl.padEnd(width)}  ${row.about}`);
}
print(`
Commands to try in another terminal. Without an installed mcpass, write "deno run -A main.ts"
instead of "mcpass". The first line stores these sign-ins in a folder of their own:

  export MCPASS_HOME="$(mktemp -d)"`);
for (const { row, server } of started) {
  print(`\n  # ${row.name}`);
  for (const [line] of row.commands(server)) print(`  ${line}`);
}
print("");
await stop.promise;
await Promise.all(started.map(({ server }) => server.close()));
Deno.exit(0);
