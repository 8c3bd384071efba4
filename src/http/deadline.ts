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

/** Starts a time limit; either signal also ends the request. */
export function startDeadline(
  ms: number,
  cancelled: AbortSignal,
  caller?: AbortSignal | null,
): Deadline {
  const controller = new AbortController();
  let first: EarlyEnd | undefined;
  const end = (ending: EarlyEnd) => {
    first ??= ending;
    controller.abort();
  };
  const onCancelled = () => end("cancelled");
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
      cancelled.removeEventListener("abort", onCancelled);
      caller?.removeEventListener("abort", onCaller);
    },
  };
}
