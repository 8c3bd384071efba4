/** Makes a command from a function that returns the result as a document and as text. @module */

import type { JsonObject } from "../../core/json.ts";
import { runWithPauses, type Work } from "../../core/work.ts";
import type { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { maskDocument, maskDocumentWork, maskForeignObject } from "../../trace/mask_document.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Command, Context, Format, Invocation } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { errorMember } from "../terminal/error_document.ts";
import { findingsText, type View } from "../terminal/finding_text.ts";
import { jsonLine, jsonText, withOutcome } from "../terminal/json_text.ts";
import { logText } from "../terminal/workflow_commands.ts";
import {
  type CommandSession,
  openCommandSession,
  type SessionNeeds,
  type SessionOptions,
} from "./command_session.ts";
import { type Ending, exitStatusOf } from "./output_files.ts";

export interface CommandReport extends Ending {
  readonly document: object;
  /** For a person, from the masked document; undefined if only the failure is shown. */
  text(view: View, shown: object): string | undefined;
  /** Written instead of the document and the text: the result in another format. */
  readonly rendered?: string;
  /** True if the text states the failure. Otherwise the failure is written to stderr. */
  readonly statesFailure?: boolean;
  readonly problems?: readonly Failure[];
  /** Warnings are written to stderr, unless they are in a document that is shown as JSON. */
  readonly findings?: readonly Finding[];
  /** How `--watch` repeats the command; ignored without that flag. */
  readonly watch?: {
    readonly everyMs: number;
    /** Equal for results that are not worth a new line in a log; by default the output. */
    readonly fingerprint?: string;
    /** For the next report. */
    readonly memory?: unknown;
  };
}

type SessionInvocation<F extends FlagTable> = Invocation<F> & { readonly options: SessionOptions };

interface SessionCommand<F extends FlagTable> extends Omit<Command<F>, "run"> {
  /** By default only the server of `--url`. */
  needs?(
    invocation: SessionInvocation<F>,
    context: Context,
  ): Partial<SessionNeeds> | Promise<Partial<SessionNeeds>>;
  report(
    session: CommandSession,
    invocation: SessionInvocation<F>,
    context: Context,
    /** The last report of `--watch`. */
    previous?: CommandReport,
  ): Promise<CommandReport>;
}

/** The document with `ok` and `error`, which a server's own members of these names do not replace. */
function* maskedResult(
  { document, failure, isForeign = false }: CommandReport,
  secrets: Secrets,
): Work<object> {
  const error = failure === undefined ? undefined : errorMember(failure);
  if (!isForeign) return yield* maskDocumentWork(withOutcome(document, error), secrets);
  const { ok: _, error: __, ...members } =
    (yield* maskForeignObject(document, secrets)) as JsonObject;
  return withOutcome(members, error && maskDocument({ error }, secrets).error);
}

type ShownReport = CommandReport & { readonly shown: object };

function outputText(
  { runtime: { io, env }, view }: CommandSession,
  format: Format,
  { rendered, shown, text }: ShownReport,
  toJson: (document: object) => string,
): string | undefined {
  if (rendered !== undefined) return rendered;
  if (format === "json") return toJson(shown);
  const output = text(view(io.stdoutIsTerminal), shown);
  return output && logText(output, env);
}

/** Writes to stderr what the output does not state. */
async function writeMessages(
  { runtime: { io }, progress: { announce }, secrets, view }: CommandSession,
  format: Format,
  report: ShownReport,
  { quiet }: SessionOptions,
): Promise<void> {
  const { failure, findings = [], problems = [], statesFailure } = report;
  // Findings are events that were written already.
  const isShown = announce !== undefined || format === "json" && report.isForeign !== true;
  const notable = findings.filter(({ severity }) => severity !== "info");
  if (notable.length > 0 && !quiet && !isShown) {
    io.err(`${findingsText(notable, view(io.stderrIsTerminal)).join("\n")}\n`);
  }
  const isStated = failure === undefined || statesFailure === true && format === "human";
  for (const problem of new Set([...problems, ...isStated ? [] : [failure]])) {
    if (announce !== undefined) {
      announce(maskDocument({ event: "error", ...errorMember(problem) }, secrets));
    } else {
      const { writeFailure } = await import("../terminal/failure_text.ts");
      await writeFailure(problem, io, view(io.stderrIsTerminal));
    }
  }
}

export function sessionCommand<F extends FlagTable>(
  { needs, report, ...description }: SessionCommand<F>,
): Command<F> {
  async function runOnce(
    invocation: SessionInvocation<F>,
    context: Context,
    previous?: CommandReport,
  ): Promise<{ readonly session: CommandSession; readonly result: ShownReport }> {
    const url: unknown = invocation.options["url"];
    const session = await openCommandSession(context.runtime, invocation.options, {
      command: description,
      invocation: invocation as SessionInvocation<FlagTable>,
      serverUrl: typeof url === "string" ? url : "",
      ...await needs?.(invocation, context),
    });
    const { secrets, signal } = session;
    const result = await session.run(async (abandoned) => {
      const result = await report(session, invocation, context, previous);
      // After Ctrl-C a command may return what there is so far.
      const until = signal.aborted ? abandoned : signal;
      return { ...result, shown: await runWithPauses(maskedResult(result, secrets), until) };
    });
    return { session, result };
  }

  return {
    ...description,
    async run(invocation: SessionInvocation<F>, context) {
      const { runtime, format } = context;
      if (invocation.options["watch"] === true) {
        const { watch } = await import("./watch.ts");
        // The steps of each round would hide the result.
        const quiet = { ...invocation, options: { ...invocation.options, quiet: true } };
        return await watch<ShownReport>(runtime, format, async (previous) => {
          const { session, result } = await runOnce(quiet, context, previous);
          return {
            ...result.watch,
            report: result,
            output: outputText(session, format, result, jsonLine),
            writeMessages: () => writeMessages(session, format, result, invocation.options),
          };
        });
      }
      const { session, result } = await runOnce(invocation, context);
      await writeMessages(session, format, result, invocation.options);
      const output = outputText(session, format, result, jsonText);
      if (output !== undefined) runtime.io.out(output);
      return exitStatusOf(result);
    },
  };
}
