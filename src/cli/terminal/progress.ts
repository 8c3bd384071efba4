import type { Io } from "../../core/system.ts";
import type { Emit, FlowEvent } from "../../core/events.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { StepId } from "../../core/step.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { formatDuration } from "../../core/quantities.ts";
import { hostsText, progressText, stepLine } from "./progress_text.ts";
import type { Style } from "./style.ts";

export interface ProgressOptions {
  readonly io: Io;
  readonly style: Style;
  readonly quiet: boolean;
  readonly secrets: Secrets;
  /** The line for an exchange; undefined if exchanges are not shown. */
  readonly exchangeLine: ((exchange: Exchange) => string) | undefined;
}

export interface Progress {
  readonly emit: Emit;
  /** For other output: ends an open line before it writes. */
  readonly io: Io;
  /** For JSON lines: writes what a program needs; its values are not masked. */
  announce?(document: object): void;
  /** Ends an open line before other output is written. */
  finish(): void;
}

/** One line for each step: its title and, unless other output was written in between, its outcome. */
export function createProgress(options: ProgressOptions): Progress {
  const { io, style, quiet, secrets, exchangeLine } = options;
  let open: StepId | undefined;
  let interrupted: StepId | undefined;
  const started = new Map<StepId, number>();
  const hosts = new Set<string>();

  function close(): void {
    if (open === undefined) return;
    open = undefined;
    io.err("\n");
  }
  function writeLine(text: string): void {
    if (quiet) return;
    interrupted = open ?? interrupted;
    close();
    io.err(`  ${text}\n`);
  }
  const shown = (text: string) => progressText(text, secrets);

  function writeOutcome(
    { step, at, status, detail }: Extract<FlowEvent, { type: "step_ended" }>,
  ): void {
    const since = started.get(step);
    const took = since === undefined ? "" : formatDuration(at - since);
    const facts = [hostsText(hosts), took].filter((fact) => fact !== "").join(", ");
    const colour = { done: style.green, failed: style.red, skipped: style.dim }[status];
    const outcome = colour(status) + style.dim(facts === "" ? "" : ` (${facts})`) +
      (detail === undefined ? "" : `: ${shown(detail)}`);
    const title = open === step ? "" : interrupted === step ? " " : `${stepLine(step)} ...`;
    io.err(`${title} ${outcome}\n`);
    [open, interrupted] = [undefined, undefined];
  }

  function emit(event: FlowEvent): void {
    switch (event.type) {
      case "exchange":
        if (exchangeLine !== undefined) writeLine(exchangeLine(event.exchange));
        return;
      case "note":
        return writeLine(shown(event.message));
      case "step_started":
        started.set(event.step, event.at);
        hosts.clear();
        if (quiet) return;
        close();
        interrupted = undefined;
        io.err(`${stepLine(event.step)} ...`);
        open = event.step;
        return;
      case "step_ended":
        return quiet ? undefined : writeOutcome(event);
      case "request_started":
        hosts.add(shown(new URL(event.url).host));
        return;
      case "waiting":
        // The text about the browser has already said how long mcpass waits.
        if (open === "token" || interrupted === "token") {
          const limit = formatDuration(event.until - event.at);
          writeLine(`waiting for a person to approve, ${limit} at most`);
        }
        return;
      case "finding":
        return;
    }
  }

  return {
    emit,
    finish: close,
    io: {
      ...io,
      err(text) {
        close();
        interrupted = undefined;
        io.err(text);
      },
    },
  };
}
