/** Why a request ended early; `cancelled` for Ctrl-C. */
export type EarlyEnd = "timeout" | "caller" | "cancelled";

export interface Deadline {
  readonly signal: AbortSignal;
  ending(): EarlyEnd | undefined;
  /** Removes the time limit: the response may stay open. */
  stopClock(): void;
  /** Begins the time limit again. */
  startClock(): void;
  end(ending: EarlyEnd): void;
  release(): void;
}

/**
 * Starts a time limit; either signal also ends the request.
 *
 * @param graceMs How much longer a request lasts that was running when `cancelled` was aborted.
 */
export function startDeadline(
  ms: number,
  cancelled: AbortSignal,
  caller?: AbortSignal | null,
  graceMs = 0,
): Deadline {
  const controller = new AbortController();
  let first: EarlyEnd | undefined;
  const end = (ending: EarlyEnd) => {
    first ??= ending;
    controller.abort();
  };
  let grace: ReturnType<typeof setTimeout> | undefined;
  const onCancelled = () => {
    if (graceMs === 0) end("cancelled");
    else grace = setTimeout(() => end("cancelled"), graceMs);
  };
  const onCaller = () => end("caller");
  cancelled.addEventListener("abort", onCancelled);
  caller?.addEventListener("abort", onCaller);
  if (cancelled.aborted) end("cancelled");
  if (caller?.aborted) end("caller");
  let timer = setTimeout(() => end("timeout"), ms);
  return {
    signal: controller.signal,
    ending: () => first,
    stopClock: () => clearTimeout(timer),
    startClock() {
      clearTimeout(timer);
      timer = setTimeout(() => end("timeout"), ms);
    },
    end,
    release() {
      clearTimeout(timer);
      clearTimeout(grace);
      cancelled.removeEventListener("abort", onCancelled);
      caller?.removeEventListener("abort", onCaller);
    },
  };
}
