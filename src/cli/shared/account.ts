/**
 * The account of one command: to the person while it works, and as debug artifact when it is done.
 *
 * @module
 */

import { runInPieces } from "../../core/abort.ts";
import type { Emit, FlowEvent } from "../../core/events.ts";
import {
  cancelledFailure,
  EXIT_STATUS,
  type Failure,
  unexpectedStack,
} from "../../core/failure.ts";
import type { Recorder } from "../../trace/recorder.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { FailureParts, View } from "../terminal/finding_text.ts";
import type { Flag, FlagTable } from "../command/flag.ts";
import { jsonText } from "../terminal/json_text.ts";
import type { OpenOutputs } from "./outputs.ts";
import { createProgress, type Progress, type ProgressOptions } from "../terminal/progress.ts";
import { styleFor } from "../terminal/style.ts";
import type { LoginParts } from "../commands/login/login_parts.ts";
import type { Runtime } from "../command/runtime.ts";

/** The options that decide how a command talks. */
export interface TalkOptions {
  /** `--quiet`. */
  readonly quiet: boolean;
  /** `--verbose`. */
  readonly verbose: boolean;
  /** `--no-color`. */
  readonly noColor: boolean;
}

/** How text is written to a stream that is a terminal, or is none. */
export type ViewOf = (isTerminal: boolean) => View;

/** The views of a command; `mask` hides secrets. */
export function viewsOf(
  { io, env }: Pick<Runtime, "io" | "env">,
  { noColor }: Pick<TalkOptions, "noColor">,
  mask: (text: string) => string = (text) => text,
): ViewOf {
  return (isTerminal) => ({
    width: isTerminal ? io.columns() : 80,
    style: styleFor(isTerminal, env, noColor),
    mask,
  });
}

/** True where a font may lack what is not ASCII. */
function plainFont({ env }: Pick<Runtime, "env">): boolean {
  return env.get("TERM") === "linux" ||
    (Deno.build.os === "windows" && !env.get("WT_SESSION") && !env.get("TERM_PROGRAM"));
}

/** What a person sees on stderr: a block on a terminal, lines elsewhere. */
export async function openProgress(
  runtime: Pick<Runtime, "io" | "env" | "clock">,
  { quiet, verbose, noColor }: TalkOptions,
  secrets: Secrets,
): Promise<Progress> {
  const { io, env, clock } = runtime;
  const lines = verbose ? await import("../../trace/exchange_line.ts") : undefined;
  const options: ProgressOptions = {
    ...{ io, quiet, verbose, secrets },
    style: styleFor(io.stderrIsTerminal, env, noColor),
    exchangeLine: (exchange) => lines?.exchangeLine(exchange, secrets) ?? "",
  };
  if (!io.stderrIsTerminal || quiet || env.get("TERM") === "dumb") return createProgress(options);
  const { createBlock } = await import("../terminal/progress_block.ts");
  return createBlock({ ...options, now: () => clock.now(), unicode: !plainFont(runtime) });
}

/** What an account is kept of. */
export interface AccountSubject {
  /** Everything outside. */
  readonly runtime: Runtime;
  /** The rooms it needs. */
  readonly parts: Pick<LoginParts, "createRecorder">;
  /** How it talks. */
  readonly options: TalkOptions;
  /** What must not be shown. */
  readonly secrets: Secrets;
  /** The command and its options as an artifact shows them. */
  readonly command: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  /** Names of the header fields whose values are secret. */
  readonly secretFields: readonly string[];
  /** Which reports a person sees; all by default. */
  readonly shows?: (event: FlowEvent) => boolean;
}

/** An account being kept. */
export interface Account {
  /** Takes reports. */
  readonly emit: Emit;
  /** Everything that was reported. */
  readonly recorder: Recorder;
  /** What a person sees meanwhile. */
  readonly progress: Progress;
  /** How text is written, secrets masked. */
  readonly view: ViewOf;
  /**
   * Writes the artifact of a command that ended with `failure`, or with success for null.
   *
   * @param result Document of the command.
   * @param isForeign True when the document is the server's.
   * @returns How the command has ended: with a failure where a signal arrived meanwhile. `path` is
   * undefined where no artifact was asked for.
   */
  writeArtifact(
    outputs: OpenOutputs,
    failure: Failure | null,
    result: unknown,
    isForeign?: boolean,
  ): Promise<{ readonly failure: Failure | null; readonly path: string | undefined }>;
}

/** Milliseconds after a signal in which an artifact is masked; what is not masked is left out. */
const LATE_MS = 150;

/** Begins an account. */
export async function openAccount(subject: AccountSubject): Promise<Account> {
  const { runtime, parts, options, secrets, command, secretFields, shows } = subject;
  const recorder = parts.createRecorder();
  const progress = await openProgress(runtime, options, secrets);
  return {
    ...{ recorder, progress },
    view: viewsOf(runtime, options, (text) => secrets.mask(text)),
    emit(event) {
      recorder.emit(event);
      if (shows?.(event) ?? true) progress.emit(event);
    },
    async writeArtifact(outputs, failure, result, isForeign = false) {
      const { signal } = runtime;
      const outcomeOf = (failure: Failure | null) => ({
        completed: failure === null,
        exitStatus: exitStatus(failure),
        error: failure && { ...failureParts(failure), stack: unexpectedStack(failure) },
      });
      let isLate = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onAbort = () => {
        timer = setTimeout(() => isLate = true, LATE_MS);
      };
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort);
      let ended = failure;
      const path = await outputs.write("debug", async () => {
        const { artifactPieces } = await import("../../trace/artifact.ts");
        const { describeEnvironment } = await import("../../trace/environment.ts");
        const artifact = await runInPieces(artifactPieces({
          ...{ command, recorder, secrets, secretFields },
          outcome: { ...outcomeOf(failure), result, isForeign },
          environment: describeEnvironment(runtime.io, runtime.env),
          clock: runtime.clock,
          isLate: () => isLate,
        }));
        if (!signal.aborted || failure?.kind === "cancelled") return jsonText(artifact);
        ended = cancelledFailure();
        return jsonText({ ...artifact, outcome: { ...artifact.outcome, ...outcomeOf(ended) } });
      }).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      });
      return { failure: ended, path };
    },
  };
}

/** The exit status of a command that ended like this. */
export function exitStatus(failure: Failure | null | undefined): number {
  return failure ? EXIT_STATUS[failure.kind] : 0;
}

/** What can be shown of a failure. */
export function failureParts({ code, message, remedy, reference }: Failure): FailureParts {
  return { code, message, remedy, reference };
}

/** The options that were given, without their secrets. */
export function shownOptions(
  flags: FlagTable,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const rows: [string, Flag<unknown>][] = Object.entries(flags);
  return Object.fromEntries(
    rows.filter(([name, flag]) => {
      const given = options[name];
      return given !== flag.absent && !(Array.isArray(given) && given.length === 0);
    }).map(([name, flag]) => [name, flag.secret ? "[secret]" : options[name]]),
  );
}
