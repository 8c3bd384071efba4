import { formatDuration } from "../core/quantities.ts";

interface TimeLimit {
  /** Aborted after the time limit, by the outer signal, or by {@link end}. */
  readonly signal: AbortSignal;
  /** The time that a person needs does not count. */
  pause(): void;
  resume(): void;
  end(reason: unknown): void;
  stop(): void;
}

export function startTimeLimit(milliseconds: number, outer: AbortSignal): TimeLimit {
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = () => clearTimeout(timer);
  const resume = () => {
    pause();
    const late = `no response within ${formatDuration(milliseconds)}`;
    timer = setTimeout(() => ending.abort(new DOMException(late, "TimeoutError")), milliseconds);
  };
  resume();
  return {
    signal: AbortSignal.any([outer, ending.signal]),
    pause,
    resume,
    end: (reason) => ending.abort(reason),
    stop: pause,
  };
}
