/** Reads the messages in the body of a response. @module */

import { hasMoreValues } from "../../core/json.ts";
import { createEventStreamReader } from "../../oauth/mcp/event_stream.ts";
import { MAX_MESSAGE_BYTES } from "../message/lines.ts";

/** Where a stream can be resumed. */
export interface StreamPosition {
  lastEventId: string;
  /** Milliseconds to wait before that. */
  retry: number | undefined;
  /** Events and comments that were received. */
  received: number;
}

/** Gets the text of a message; undefined if it is too long. */
export type ReceiveText = (text: string | undefined) => Promise<unknown>;

/** JSON values of a message, at most: a value needs much more memory than its text. */
const MAX_VALUES = 8_000_000;

/** Otherwise a server that ends each stream at once is asked without a pause. */
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5 * 60_000;

function retryTime(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined
    ? undefined
    : Math.min(Math.max(milliseconds, MIN_RETRY_MS), MAX_RETRY_MS);
}

function isTooLong(text: string): boolean {
  return text.length > MAX_MESSAGE_BYTES ||
    text.length > MAX_VALUES && hasMoreValues(text, MAX_VALUES);
}

/** Returns when the stream has ended. @throws What the body throws, with the position updated. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  position: StreamPosition,
  receive: ReceiveText,
): Promise<void> {
  const reader = createEventStreamReader(MAX_MESSAGE_BYTES);
  let comments = 0;
  for await (const chunk of body) {
    const events = reader.push(chunk);
    position.retry = retryTime(reader.retry()) ?? position.retry;
    position.received += events.length + reader.comments() - comments;
    comments = reader.comments();
    for (const { event, data, id, isTooLong: isLong } of events) {
      if (event === "message" && isLong) await receive(undefined);
      // An event without data has only an id.
      else if (event === "message" && data !== "") {
        await receive(isTooLong(data) ? undefined : data);
      }
      if (id !== undefined) position.lastEventId = id;
    }
    position.lastEventId = reader.lastEventId() || position.lastEventId;
  }
}

/** The texts of the messages in an event stream; undefined for one that is too long. */
export async function* messageTexts(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string | undefined> {
  const reader = createEventStreamReader(MAX_MESSAGE_BYTES);
  for await (const chunk of body) {
    for (const { event, data, isTooLong: isLong } of reader.push(chunk)) {
      if (event !== "message") continue;
      if (isLong || isTooLong(data)) yield undefined;
      else if (data !== "") yield data;
    }
  }
}

/** A server that began a response has so long for each part of it. Fetch of Node.js has the same limit. */
export const IDLE_BODY_MS = 5 * 60_000;

/** The parts of a body. The reader is released at the end. @throws What `onIdle` returns, if a part is late. */
async function* partsOf(
  body: ReadableStream<Uint8Array>,
  onIdle: () => Error,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(onIdle()), IDLE_BODY_MS);
      const part = await Promise.race([reader.read(), late.promise])
        .finally(() => clearTimeout(timer));
      if (part.done) return;
      yield part.value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A complete body; undefined if it is too long. @throws What `onIdle` returns, if it does not continue. */
export async function readText(
  body: ReadableStream<Uint8Array>,
  onIdle: () => Error,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of partsOf(body, onIdle)) {
    length += chunk.length;
    if (length > MAX_MESSAGE_BYTES) return undefined;
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  const text = parts.join("") + decoder.decode();
  return isTooLong(text) ? undefined : text;
}
