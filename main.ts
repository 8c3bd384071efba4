/**
 * `mcpass`: signs in to OAuth-protected MCP servers and explains every step.
 *
 * Wires the real runtime to the commands; nothing else ends the process.
 *
 * @module
 */

import { denoRuntime, silenceConsole } from "./src/cli/app/deno_runtime.ts";
import { finishBeforeExit, runCli } from "./src/cli/app/run_cli.ts";
import { COMMANDS } from "./src/cli/app/commands.ts";
import { exitLimitMs } from "./src/core/abort.ts";
import { cancelledFailure } from "./src/core/failure.ts";
import { afterRunning } from "./src/core/running_time.ts";

/** Exit status after a signal. */
const CANCELLED = 130;

if (import.meta.main) {
  // The runtime would trust the certificates in this file, but only a flag may add an authority.
  Deno.env.delete("NODE_EXTRA_CA_CERTS");
  silenceConsole(globalThis);
  const stop = new AbortController();
  const runtime = denoRuntime(stop.signal);
  // Ends the program even if the command still waits for something.
  stop.signal.addEventListener(
    "abort",
    () => afterRunning(exitLimitMs(runtime), () => Deno.exit(CANCELLED)),
  );
  const onSignal = () => {
    if (stop.signal.aborted) Deno.exit(CANCELLED);
    stop.abort(cancelledFailure());
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", onSignal);
    // The terminal was closed; its shell sends the signal too, so a second one has no meaning. The runtime
    // handles the signal even without a listener, so this does not change the effect of nohup.
    Deno.addSignalListener("SIGHUP", () => stop.abort(cancelledFailure()));
    // If the terminal was closed, a prompt gets EIO, possibly before the signal. The microtask is needed
    // because an exception in an error handler is not handled.
    globalThis.addEventListener("error", (event) => {
      if (!/\(os error 5\)$/.test(String(event.error))) return;
      event.preventDefault();
      queueMicrotask(() => stop.abort(cancelledFailure()));
    });
  }
  // No top-level await: modules that are loaded later may import this file, and would wait for it.
  runCli(COMMANDS, Deno.args, runtime).then(async (status) => {
    await finishBeforeExit(runtime);
    Deno.exit(status);
  });
}
