import type { Io } from "../../core/deps.ts";
import type { Emit, FlowEvent } from "../../core/events.ts";
import type { Exchange } from "../../core/exchange.ts";
import type { StepId } from "../../core/step.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { formatDuration } from "../../core/quantities.ts";
import { hostsText, shownText, stepLine } from "./progress_text.ts";
import type { Style } from "./style.ts";

export interface ProgressOptions {
  readonly io: Io;
  readonly style: Style;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly secrets: Secrets;
  exchangeLine(exchange: Exchange): string;
}

export interface Progress {
  readonly emit: Emit;
  /** The terminal for other output: ends an open line before it writes. */
  readonly io: Io;
  finish(): void;
}

/**
 * Shows one line for each step: the title when it starts, and the outcome on the same line when it
 * ends, unless other output was written in between.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { io, style, quiet, verbose, secrets } = options;
  let open: StepId | undefined;
  let above: StepId | undefined;
  const started = new Map<StepId, number>();
  const hosts = new Set<string>();

  function close(): void {
    if (open === undefined) return;
    open = undefined;
    io.err("\n");
  }
  function line(text: string): void {
    if (quiet) return;
    above = open ?? above;
    close();
    io.err(`${text}\n`);
  }
  const shown = (text: string) => shownText(text, secrets);

  function ended(event: Extract<FlowEvent, { type: "step_ended" }>): void {
    const since = started.get(event.step);
    const facts = [
      ...hosts.size === 0 ? [] : [hostsText(hosts)],
      ...since === undefined ? [] : [formatDuration(event.at - since)],
    ].join(", ");
    const took = facts === "" ? "" : ` (${facts})`;
    const word = { done: style.green, failed: style.red, skipped: style.dim }[event.status];
    const detail = event.detail === undefined ? "" : `: ${shown(event.detail)}`;
    const outcome = `${word(event.status)}${style.dim(took)}${detail}`;
    const same = open === event.step;
    const title = same ? "" : above === event.step ? " " : `${stepLine(event.step)} ...`;
    io.err(`${title} ${outcome}\n`);
    [open, above] = [undefined, undefined];
  }

  function emit(event: FlowEvent): void {
    switch (event.type) {
      case "exchange":
        if (verbose) line(`  ${options.exchangeLine(event.exchange)}`);
        return;
      case "note":
        return line(`  ${shown(event.message)}`);
      case "step_started":
        started.set(event.step, event.at);
        hosts.clear();
        if (quiet) return;
        close();
        above = undefined;
        io.err(`${stepLine(event.step)} ...`);
        open = event.step;
        return;
      case "step_ended":
        return quiet ? undefined : ended(event);
      case "request_started":
        hosts.add(shown(new URL(event.url).host));
        return;
      case "waiting":
        // The message about the browser has already shown this URL.
        if (open === "token" || above === "token") {
          line(
            `  waiting for a person to approve, ${formatDuration(event.until - event.at)} at most`,
          );
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
      out: (text, nowhereElse) => io.out(text, nowhereElse),
      err(text) {
        close();
        above = undefined;
        io.err(text);
      },
      stdinIsTerminal: io.stdinIsTerminal,
      stdoutIsTerminal: io.stdoutIsTerminal,
      stderrIsTerminal: io.stderrIsTerminal,
      columns: () => io.columns(),
      readStdin: () => io.readStdin(),
    },
  };
}
