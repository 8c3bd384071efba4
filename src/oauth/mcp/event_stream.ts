/** Reading `text/event-stream` (WHATWG HTML §9.2.5 and §9.2.6) in pieces of any length. @module */

import { createParser } from "eventsource-parser";

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

export interface EventStreamReader {
  push(chunk: Uint8Array | string): StreamEvent[];
  /** Empty if no event had an id. */
  lastEventId(): string;
  /** Milliseconds to wait before reconnecting. */
  retry(): number | undefined;
  comments(): number;
  /** True when the text after the last blank line is an incomplete event. */
  unfinished(): boolean;
}

/** The parser makes an `Error` for each unknown field: millions of them would block the process. */
const MAX_UNKNOWN_FIELDS = 10_000;

/** Starts reading a stream. The part that follows too many unknown fields is ignored. */
export function createEventStreamReader(): EventStreamReader {
  // Otherwise Deno removes a byte order mark at the start of every chunk.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let events: StreamEvent[] = [];
  let started = false;
  let endsWithReturn = false;
  let lastTwo = "\n\n";
  let lastEventId = "";
  let retry: number | undefined;
  let comments = 0;
  let unknownFields = 0;
  const parser = createParser({
    onEvent({ event = "message", data, id }) {
      lastEventId = id ?? lastEventId;
      events.push({ event, data, ...(id === undefined ? {} : { id }) });
    },
    onRetry: (value) => retry = value,
    onComment: () => comments += 1,
    onError(error) {
      unknownFields += 1;
      if (unknownFields > MAX_UNKNOWN_FIELDS) throw error;
    },
  });

  /** Line feeds only: the parser searches for each CR up to the end of the chunk, for every line. */
  function normalized(text: string): string {
    if (text === "") return "";
    let rest = started ? text : text.replace(/^\ufeff/, "");
    started = true;
    if (endsWithReturn && rest.startsWith("\n")) rest = rest.slice(1);
    endsWithReturn = text.endsWith("\r");
    return rest.replace(/\r\n?/g, "\n");
  }

  return {
    push(chunk) {
      const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
      const lines = normalized(text);
      lastTwo = (lastTwo + lines).slice(-2);
      events = [];
      try {
        parser.feed(lines);
      } catch {
        // Too many unknown fields.
      }
      return events;
    },
    lastEventId: () => lastEventId,
    retry: () => retry,
    comments: () => comments,
    unfinished: () => lastTwo !== "\n\n",
  };
}
