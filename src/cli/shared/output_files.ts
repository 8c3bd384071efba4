/** The files that a command writes: opened before the first request, written at the end. @module */

import {
  cancelledFailure,
  EXIT_STATUS,
  type Failure,
  unexpectedStack,
} from "../../core/failure.ts";
import { afterRunning } from "../../core/running_time.ts";
import { runWithPauses } from "../../core/work.ts";
import type { ArtifactInput, ArtifactOutcome } from "../../trace/artifact.ts";
import type { OutputFile } from "../../trace/output_file.ts";
import type { Runtime } from "../command/runtime.ts";

/** The label of `--debug-out` in text. */
export const DEBUG_ARTIFACT = "Debug artifact";

export interface OpenOutputs {
  readonly credentials: OutputFile | undefined;
  readonly debug: OutputFile | undefined;
}

/** @throws Failure `unwritable_output` (usage). */
export async function openOutputs(
  runtime: Pick<Runtime, "load">,
  debugOut: string | undefined,
  credentialsOut: string | undefined,
): Promise<OpenOutputs> {
  const open = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    const { openOutputFile } = await runtime.load(() => import("../../trace/output_file.ts"));
    return await openOutputFile(path);
  };
  return { credentials: await open(credentialsOut), debug: await open(debugOut) };
}

export interface Ending {
  /** Set if it is not a success although there is a result. */
  readonly failure?: Failure | undefined;
  /** Exit status, if it differs from that of the failure. */
  readonly exitStatus?: number | undefined;
  readonly document?: object | undefined;
  /** True if the server wrote the document, so that all of it is masked. */
  readonly isForeign?: boolean;
}

export function exitStatusOf(
  { exitStatus, failure }: Pick<Ending, "exitStatus"> & {
    readonly failure?: Failure | null | undefined;
  },
): number {
  return exitStatus ?? (failure ? EXIT_STATUS[failure.kind] : 0);
}

function artifactOutcome(ending: Ending): Omit<ArtifactOutcome, "result"> {
  const status = exitStatusOf(ending);
  const { failure } = ending;
  if (failure === undefined) return { completed: status === 0, exitStatus: status, error: null };
  const { code, message, remedy, reference } = failure;
  const error = { code, message, remedy, reference, stack: unexpectedStack(failure) };
  return { completed: false, exitStatus: status, error };
}

export interface WrittenArtifact {
  /** `cancelled` if a signal arrived in the meantime. */
  readonly failure: Failure | undefined;
  readonly path: string | undefined;
}

/** Time limit for masking an artifact after a signal; what is not masked by then is left out. */
const LATE_MS = 150;

export async function writeArtifact(
  file: OutputFile | undefined,
  ending: Ending,
  { io, env, clock, signal }: Runtime,
  trace: Pick<ArtifactInput, "command" | "recorder" | "secrets" | "secretFields">,
): Promise<WrittenArtifact> {
  const { failure, document = null, isForeign = false } = ending;
  if (file === undefined) return { failure, path: undefined };
  let isLate = false;
  let stopTimer = () => {};
  const onAbort = () => {
    stopTimer = afterRunning(LATE_MS, () => isLate = true);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    const { buildArtifact, describeEnvironment } = await import("../../trace/artifact.ts");
    const { jsonText } = await import("../terminal/json_text.ts");
    const artifact = await runWithPauses(buildArtifact({
      ...trace,
      outcome: { ...artifactOutcome(ending), result: document, isForeign },
      environment: describeEnvironment(io, env),
      clock,
      isLate: () => isLate,
    }));
    const ended = signal.aborted && failure?.kind !== "cancelled" ? cancelledFailure() : failure;
    const change = ended === failure ? {} : artifactOutcome({ failure: ended });
    await file.write(jsonText({ ...artifact, outcome: { ...artifact.outcome, ...change } }));
    return { failure: ended, path: file.path };
  } finally {
    stopTimer();
    signal.removeEventListener("abort", onAbort);
  }
}
