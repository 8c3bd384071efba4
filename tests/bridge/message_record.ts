/** The texts of MCP messages that cross a `fetch`, in both directions. @module */

import { createEventStreamReader } from "../../src/oauth/mcp/event_stream.ts";

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface MessageRecord {
  readonly fetch: Fetch;
  /** Bodies of POST requests. */
  readonly sent: string[];
  /** Messages in bodies and events of responses, as the server wrote them. */
  readonly received: string[];
  /** Methods of requests, and sessions that were ended. */
  readonly requests: { readonly method: string; readonly headers: Headers }[];
}

function isEventStream(response: Response): boolean {
  return /^text\/event-stream/i.test(response.headers.get("content-type") ?? "");
}

/** Copies a body while it is read, so that the reader is not slowed down or hurried. */
function watched(response: Response, onChunk: (chunk: Uint8Array) => void, onEnd: () => void) {
  const copy = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      onChunk(chunk);
      controller.enqueue(chunk);
    },
    flush: onEnd,
  });
  const { status, statusText, headers, url } = response;
  const body = response.body?.pipeThrough(copy) ?? null;
  return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", {
    value: url,
  });
}

export function recordMessages(fetch: Fetch): MessageRecord {
  const sent: string[] = [];
  const received: string[] = [];
  const requests: MessageRecord["requests"] = [];
  return {
    sent,
    received,
    requests,
    async fetch(input, init) {
      const { method = "GET", body, headers } = init ?? {};
      requests.push({ method, headers: new Headers(headers) });
      if (method === "POST" && body !== undefined) sent.push(await new Response(body).text());
      const response = await fetch(input, init);
      if (response.body === null) return response;
      if (isEventStream(response)) {
        const reader = createEventStreamReader();
        const read = (chunk: Uint8Array) =>
          received.push(
            ...reader.push(chunk).map(({ data }) => data).filter((data) => data !== ""),
          );
        return watched(response, read, () => {});
      }
      const decoder = new TextDecoder();
      let text = "";
      return watched(
        response,
        (chunk) => text += decoder.decode(chunk, { stream: true }),
        () => text !== "" && received.push(text),
      );
    },
  };
}
