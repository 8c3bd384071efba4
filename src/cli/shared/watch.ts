/** `--watch`: repeats a command until Ctrl-C, and shows each change. @module */

import { EXIT_STATUS } from "../../core/failure.ts";
import { wait } from "../../core/wait.ts";
import type { Format } from "../command/command.ts";
import type { Runtime } from "../command/runtime.ts";

interface Round<Report> {
  readonly report: Report;
  /** For standard output; undefined if messages contain everything. */
  readonly output: string | undefined;
  readonly everyMs?: number;
  readonly fingerprint?: string;
  writeMessages(): Promise<void>;
}

const EVERY_MS = 1000;

/** Puts the cursor at the top left and erases the screen. */
const CLEAR = "\x1b[H\x1b[2J";

/**
 * Redraws a terminal at each change; otherwise writes each changed result below the last one, JSON as
 * one line. Returns the exit status after Ctrl-C; throws what the first round throws.
 */
export async function watch<Report>(
  runtime: Pick<Runtime, "io" | "env" | "clock" | "signal">,
  format: Format,
  run: (previous: Report | undefined) => Promise<Round<Report>>,
): Promise<number> {
  const { io, env, signal } = runtime;
  const redraws = format === "human" && io.stdoutIsTerminal && env.get("TERM") !== "dumb";
  let last: Round<Report> | undefined;
  let written: string | undefined;
  while (!signal.aborted) {
    try {
      const round = await run(last?.report);
      const content = redraws ? round.output ?? "" : round.fingerprint ?? round.output ?? "";
      if (content !== written) {
        if (redraws) io.out(CLEAR);
        else if (written !== undefined && format === "human") io.out("\n");
        await round.writeMessages();
        if (round.output !== undefined) io.out(round.output);
        const seconds = (round.everyMs ?? EVERY_MS) / 1000;
        if (redraws) io.out(`\nChecking every ${seconds} s; press Ctrl-C to stop\n`);
        await io.flush?.();
      }
      written = content;
      last = round;
      await wait(runtime.clock, round.everyMs ?? EVERY_MS, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return EXIT_STATUS.cancelled;
}
