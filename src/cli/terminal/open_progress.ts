import type { Secrets } from "../../trace/secrets.ts";
import type { Runtime } from "../command/runtime.ts";
import { createProgress, type Progress, type ProgressOptions } from "./progress.ts";
import { styleFor } from "./style.ts";

export interface ProgressFlags {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
  readonly progress?: "text" | "json" | undefined;
}

/** True if the font may not have characters outside ASCII. */
export function hasPlainFont({ env }: Pick<Runtime, "env">): boolean {
  return env.get("TERM") === "linux" ||
    (Deno.build.os === "windows" && !env.get("WT_SESSION") && !env.get("TERM_PROGRAM"));
}

export async function openProgress(
  runtime: Pick<Runtime, "io" | "env" | "clock">,
  { quiet, verbose, noColor, progress }: ProgressFlags,
  secrets: Secrets,
): Promise<Progress> {
  const { io, env, clock } = runtime;
  const lines = verbose ? await import("../../trace/exchange_line.ts") : undefined;
  const options: ProgressOptions = {
    io,
    quiet,
    secrets,
    style: styleFor(io.stderrIsTerminal, env, noColor),
    exchangeLine: lines && ((exchange) => lines.exchangeLine(exchange, secrets)),
  };
  if (progress === "json") {
    return (await import("./json_progress.ts")).createJsonProgress(options);
  }
  if (!io.stderrIsTerminal || quiet || env.get("TERM") === "dumb") return createProgress(options);
  const { createBlock } = await import("./progress_block.ts");
  return createBlock({ ...options, now: () => clock.now(), unicode: !hasPlainFont(runtime) });
}
