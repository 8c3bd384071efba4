/**
 * Reading `text/event-stream` (WHATWG HTML §9.2.5 and §9.2.6), in whatever pieces it arrives.
 *
 * @module
 */

/** One event. */
export interface StreamEvent {
  /** Its type; `message` when the stream names none. */
  readonly event: string;
  /** Its data; several `data` lines are joined by line feeds. */
  readonly data: string;
  /** The id that came with it. */
  readonly id?: string;
}

/** A stream being read. */
export interface EventStreamReader {
  /** Takes the next bytes and returns the events that they complete. */
  push(chunk: Uint8Array): StreamEvent[];
  /** The id a client would ask to go on from; empty when none was named. */
  lastEventId(): string;
  /** Milliseconds to wait before connecting anew, when the stream named them. */
  retry(): number | undefined;
  /** Comment lines so far. */
  comments(): number;
  /** True when something came after the last blank line: an event that never took place. */
  unfinished(): boolean;
}

/** Starts reading a stream. */
export function createEventStreamReader(): EventStreamReader {
  // Left to itself, the runtime's decoder drops a mark at the start of every piece.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun = false;
  let line: string[] = [];
  let afterReturn = false;
  let data: string[] = [];
  let type = "";
  let id: string | undefined;
  let lastEventId = "";
  let retry: number | undefined;
  let comments = 0;
  let pending = false;

  const fields = new Map<string, (value: string) => void>([
    ["event", (value) => type = value],
    ["data", (value) => data.push(value)],
    ["id", (value) => value.includes("\0") || (id = lastEventId = value)],
    ["retry", (value) => /^\d+$/.test(value) && (retry = Number(value))],
  ]);

  function endLine(text: string): StreamEvent | undefined {
    if (text === "") return endEvent();
    pending = true;
    const colon = text.indexOf(":");
    if (colon === 0) {
      comments++;
      return undefined;
    }
    const name = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(colon + 1);
    fields.get(name)?.(value.replace(/^ /, ""));
    return undefined;
  }

  function endEvent(): StreamEvent | undefined {
    const event = data.length === 0 ? undefined : {
      event: type === "" ? "message" : type,
      data: data.join("\n"),
      ...(id === undefined ? {} : { id }),
    };
    [data, type, id, pending] = [[], "", undefined, false];
    return event;
  }

  return {
    push(chunk) {
      let text = decoder.decode(chunk, { stream: true });
      if (!begun && text !== "") {
        begun = true;
        text = text.replace(/^\ufeff/, "");
      }
      if (afterReturn && text !== "") {
        afterReturn = false;
        if (text.startsWith("\n")) text = text.slice(1);
      }
      const events: StreamEvent[] = [];
      let start = 0;
      for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) {
        line.push(text.slice(start, index));
        start = index + end.length;
        const event = endLine(line.join(""));
        line = [];
        if (event !== undefined) events.push(event);
      }
      afterReturn ||= text.endsWith("\r");
      if (start < text.length) line.push(text.slice(start));
      return events;
    },
    lastEventId: () => lastEventId,
    retry: () => retry,
    comments: () => comments,
    unfinished: () => pending || line.length > 0,
  };
}
