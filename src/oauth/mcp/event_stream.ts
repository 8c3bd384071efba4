/** Reading `text/event-stream` (WHATWG HTML §9.2.5 and §9.2.6) in pieces of any length. @module */

export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

interface ReceivedEvent extends StreamEvent {
  /** The event is longer than the limit; its data is left out. */
  readonly isTooLong?: true;
}

export interface EventStreamReader {
  push(chunk: Uint8Array | string): ReceivedEvent[];
  /** Empty if no event had an id. */
  lastEventId(): string;
  /** Milliseconds to wait before reconnecting. */
  retry(): number | undefined;
  comments(): number;
  /** True when the text after the last blank line is an incomplete event. */
  unfinished(): boolean;
}

/**
 * Starts reading a stream.
 *
 * @param maxLength Characters of the data of an event, with the name of its last field.
 */
export function createEventStreamReader(maxLength = Infinity): EventStreamReader {
  // Otherwise Deno removes a byte order mark at the start of every chunk.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let events: ReceivedEvent[] = [];
  let started = false;
  let endsWithReturn = false;
  let lastTwo = "\n\n";
  /** Parts of a line whose end has not been received. */
  let line: string[] = [];
  let lineLength = 0;
  let data: string[] = [];
  let dataLength = 0;
  let isTooLong = false;
  let event = "";
  let id: string | undefined;
  let lastEventId = "";
  let retry: number | undefined;
  let comments = 0;

  /** Line feeds only. */
  function normalized(text: string): string {
    if (text === "") return "";
    let rest = started ? text : text.replace(/^\ufeff/, "");
    started = true;
    if (endsWithReturn && rest.startsWith("\n")) rest = rest.slice(1);
    endsWithReturn = text.endsWith("\r");
    return rest.includes("\r") ? rest.replace(/\r\n?/g, "\n") : rest;
  }

  function dispatch(): void {
    if (id !== undefined) lastEventId = id;
    if (data.length > 0 || isTooLong) {
      events.push({
        event: event || "message",
        data: data.join("\n"),
        ...id !== undefined && { id },
        ...isTooLong && { isTooLong },
      });
    }
    data = [];
    dataLength = 0;
    isTooLong = false;
    event = "";
    id = undefined;
  }

  function readLine(text: string): void {
    if (text.startsWith(":")) return void (comments += 1);
    const colon = text.indexOf(":");
    const name = colon === -1 ? text : text.slice(0, colon);
    const start = text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : text.slice(start);
    if (name === "event") event = value;
    else if (name === "id") id = value.includes("\0") ? undefined : value;
    else if (name === "retry" && /^\d+$/.test(value)) retry = Number(value);
    else if (name === "data" && !isTooLong) {
      data.push(value);
      dataLength += value.length;
    }
  }

  function add(part: string): void {
    lineLength += part.length;
    line.push(part);
    if (dataLength + lineLength <= maxLength) return;
    isTooLong = true;
    line = [];
    data = [];
  }

  function endLine(part: string): void {
    if (part !== "") add(part);
    const text = line.length === 1 ? line[0] ?? "" : line.join("");
    const isBlank = lineLength === 0;
    line = [];
    lineLength = 0;
    if (isBlank) dispatch();
    else readLine(text);
  }

  return {
    push(chunk) {
      const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
      const lines = normalized(text);
      lastTwo = (lastTwo + lines).slice(-2);
      events = [];
      let at = 0;
      for (let end = lines.indexOf("\n"); end !== -1; end = lines.indexOf("\n", at)) {
        endLine(lines.slice(at, end));
        at = end + 1;
      }
      if (at < lines.length) add(lines.slice(at));
      return events;
    },
    lastEventId: () => lastEventId,
    retry: () => retry,
    comments: () => comments,
    unfinished: () => lastTwo !== "\n\n",
  };
}
