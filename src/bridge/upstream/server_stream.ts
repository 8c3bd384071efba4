/** The stream of a GET request, with messages of the server that belong to no request. @module */

import { type AnswerOptions, isStream } from "./answer.ts";
import { createBackoff } from "./backoff.ts";
import { readRefusal, type Refusal } from "./refusal.ts";
import { readEvents, type StreamPosition } from "./response_body.ts";

interface ServerStreamOptions extends Pick<AnswerOptions, "open" | "delay" | "get" | "log"> {
  /** True if the session has ended: this stream is not opened again. */
  readonly endsSession: (refusal: Refusal) => Promise<boolean>;
}

/** Refusals that pass. A stream never leads to a login. */
function isPassing({ status }: Refusal): boolean {
  return [401, 403, 429].includes(status) || status >= 500;
}

/** Reads until the signal, and opens the stream again. Returns if the server has none. */
export async function readServerStream(
  { open, delay, get, log, endsSession }: ServerStreamOptions,
  until: AbortSignal,
): Promise<void> {
  const position: StreamPosition = { lastEventId: "", retry: undefined, received: 0 };
  const backoff = createBackoff();
  for (;;) {
    const response = await get(position.lastEventId, until).catch(() => undefined);
    until.throwIfAborted();
    if (response?.body && isStream(response)) {
      const { received } = position;
      await readEvents(response.body, position, (text) => open.receive(text)).catch(() => {});
      if (position.received > received) backoff.reset();
    } else if (response !== undefined) {
      const refusal = await readRefusal(response);
      if (await endsSession(refusal) || !isPassing(refusal)) return;
    }
    const milliseconds = position.retry ?? backoff.next();
    log?.("stream_ended", { status: response?.status, ms: Math.round(milliseconds) });
    await delay(milliseconds, until);
  }
}
