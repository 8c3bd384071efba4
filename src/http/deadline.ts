/**
 * What can end a request before it is answered.
 *
 * @module
 */

/** Why a request ended early: its time was up, its caller or Ctrl-C ended it. */
export type Ending = "timeout" | "caller" | "cancelled";

/** A limit on one request. */
export interface Deadline {
  /** Aborted at the first ending. */
  readonly signal: AbortSignal;
  /** The first ending, or undefined while none came. */
  ending(): Ending | undefined;
  /** Takes the time limit away: the answer may stay open. */
  stopClock(): void;
  /** Ends the request now. */
  end(ending: Ending): void;
  /** Lets go of the clock and of the signals; call it when the request is over. */
  release(): void;
}

/** Starts a limit of `ms` milliseconds that also ends with either signal. */
export function startDeadline(
  ms: number,
  cancelled: AbortSignal,
  caller?: AbortSignal | null,
): Deadline {
  const controller = new AbortController();
  let first: Ending | undefined;
  const end = (ending: Ending) => {
    first ??= ending;
    controller.abort();
  };
  const onCancelled = () => end("cancelled");
  const onCaller = () => end("caller");
  cancelled.addEventListener("abort", onCancelled);
  caller?.addEventListener("abort", onCaller);
  if (cancelled.aborted) end("cancelled");
  if (caller?.aborted) end("caller");
  const timer = setTimeout(() => end("timeout"), ms);
  return {
    signal: controller.signal,
    ending: () => first,
    stopClock: () => clearTimeout(timer),
    end,
    release() {
      clearTimeout(timer);
      cancelled.removeEventListener("abort", onCancelled);
      caller?.removeEventListener("abort", onCaller);
    },
  };
}
