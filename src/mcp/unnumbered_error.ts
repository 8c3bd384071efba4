/** Adds an id to errors without one, which the client library does not accept. @module */

import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import type { StreamInit } from "../http/http_client.ts";

type Fetch = (input: string | URL | Request, init?: StreamInit) => Promise<Response>;

/** Characters of a body, or of an event, that can be an error; a longer one is not read twice. */
const MAX_LENGTH = 64 * 1024;

const EVENT_END = /\r\n\r\n|\n\n|\r\r/;

/** The message with the id of the request, if it is an error without an id. */
function numbered(text: string, request: JsonObject): string | undefined {
  const message = text.length > MAX_LENGTH ? undefined : parseJson(text);
  const isUnnumbered = isObject(message) && isObject(message["error"]) &&
    (message["id"] ?? null) === null;
  return isUnnumbered ? JSON.stringify({ ...message, id: request["id"] }) : undefined;
}

/** Changes the first event with data; such an error is the only message of its stream. */
function numberFirstEvent(request: JsonObject): TransformStream<string, string> {
  let pending = "";
  let isRead = false;
  return new TransformStream({
    transform(chunk, controller) {
      if (isRead) return controller.enqueue(chunk);
      pending += chunk;
      for (let end = EVENT_END.exec(pending); end && !isRead; end = EVENT_END.exec(pending)) {
        const event = pending.slice(0, end.index);
        const data = [...event.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line).join("\n");
        const text = numbered(data, request);
        controller.enqueue((text === undefined ? event : `data: ${text}`) + end[0]);
        pending = pending.slice(end.index + end[0].length);
        isRead ||= data !== "";
      }
      if (!isRead && pending.length <= MAX_LENGTH) return;
      isRead = true;
      controller.enqueue(pending);
    },
    flush: (controller) => isRead ? undefined : controller.enqueue(pending),
  });
}

/**
 * A server that could not read a request, or refused it early, has no id for its error. In the response
 * to a POST, the error belongs to the request there.
 */
export function numberErrors(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const request = typeof init?.body === "string" ? parseJson(init.body) : undefined;
    const type = /^[^;\s]*/.exec(response.headers.get("content-type") ?? "")?.[0].toLowerCase();
    const length = Number(response.headers.get("content-length") ?? 0);
    const hasBody = response.ok && response.body !== null;
    if (!hasBody || length > MAX_LENGTH || !isObject(request)) return response;
    const { status, statusText, headers, url } = response;
    const respond = (body: BodyInit) =>
      Object.defineProperty(new Response(body, { status, statusText, headers }), "url", {
        value: url,
      });
    if (type === "application/json") {
      const text = await response.text();
      return respond(numbered(text, request) ?? text);
    }
    if (type !== "text/event-stream" || response.body === null) return response;
    return respond(
      response.body.pipeThrough(new TextDecoderStream())
        .pipeThrough(numberFirstEvent(request))
        .pipeThrough(new TextEncoderStream()),
    );
  };
}
