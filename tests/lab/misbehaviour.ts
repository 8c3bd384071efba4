/**
 * What no honest server does, as handlers for a scripted server.
 *
 * @module
 */

import type { Handler } from "./scripted_server.ts";

const JSON_HEAD = [["content-type", "application/json"], ["connection", "close"]] as const;

function untilGone(gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => gone.addEventListener("abort", () => resolve(), { once: true }));
}

/** Takes the request and says nothing, ever. */
export function neverAnswers(): Handler {
  return async (_, { gone }) => await untilGone(gone);
}

/** Sends the head and nothing after it. */
export function headOnly(): Handler {
  return async (_, { head, gone }) => {
    await head(200, [...JSON_HEAD, ["content-length", "100"]]);
    await untilGone(gone);
  };
}

/** A body that goes on for as long as the client reads. */
export function endlessBody(): Handler {
  return async (_, { head, write, gone }) => {
    const piece = " ".repeat(65536);
    try {
      await head(200, JSON_HEAD);
      while (!gone.aborted) await write(piece);
    } catch {
      // the client has had enough: what a test waits for
    }
  };
}

/** A body of `bytes` bytes (blanks inside a JSON object), its length announced. */
export function hugeBody(bytes = 50 * 1024 * 1024, announced = true): Handler {
  return async (_, { head, write }) => {
    const piece = " ".repeat(65536);
    const length = announced ? [["content-length", String(bytes)] as const] : [];
    try {
      await head(200, [...JSON_HEAD, ...length]);
      await write("{");
      let left = bytes - 2;
      for (; left > piece.length; left -= piece.length) await write(piece);
      await write(`${piece.slice(0, left)}}`);
    } catch {
      // the client has had enough
    }
  };
}

/** One byte of an answer every `everyMs` milliseconds, without end. */
export function slowLoris(everyMs = 20): Handler {
  return async (_, { head, write, gone }) => {
    try {
      await head(200, JSON_HEAD);
      while (!gone.aborted) {
        await write(" ");
        await new Promise<void>((resolve) => {
          const timer = setTimeout(done, everyMs);
          gone.addEventListener("abort", done, { once: true });
          function done() {
            clearTimeout(timer);
            gone.removeEventListener("abort", done);
            resolve();
          }
        });
      }
    } catch {
      // the client left between two bytes
    }
  };
}

/** Announces more than it sends, then closes. */
export function closesMidway(): Handler {
  return async (_, { head, write }) => {
    await head(200, [...JSON_HEAD, ["content-length", "1000"]]);
    await write('{"issuer":');
  };
}

/** Closes the connection instead of answering. */
export function closesAtOnce(): Handler {
  return () => {};
}

/** Bytes that are no HTTP. */
export function notHttp(): Handler {
  return async (_, { write }) => await write("+OK POP3 server ready\r\n");
}

/** A page for people, where a document for programs was asked for. */
export function html(status = 200, page = "<!doctype html><title>Welcome</title>"): Handler {
  return () => ({ status, headers: [["content-type", "text/html; charset=utf-8"]], body: page });
}

/** A redirect. */
export function redirect(location: string, status = 307): Handler {
  return () => ({ status, headers: [["location", location]] });
}

/**
 * An event stream that sends `events` (each the value of a `data:` line) and stays open until the
 * client leaves.
 */
export function openStream(
  events: (request: Parameters<Handler>[0]) => readonly string[] = () => [],
): Handler {
  return async (request, { head, write, gone }) => {
    await head(200, [["content-type", "text/event-stream"], ["connection", "close"]]);
    for (const data of events(request)) await write(`event: message\ndata: ${data}\n\n`);
    await untilGone(gone);
  };
}
