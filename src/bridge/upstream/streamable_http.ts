/** Streamable HTTP of 2025-03-26 to 2025-11-25. @module */

import { isObject, stringMember } from "../../core/json.ts";
import { isEventStream } from "../../http/response_body.ts";
import { createEventStreamReader } from "../../oauth/mcp/event_stream.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { type Message, readMessage } from "../message/message.ts";
import type { Upstream, UpstreamOptions } from "./upstream.ts";

/** Line ends are only between the tokens of JSON, never in a string. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ");

export function openStreamableHttp(
  { serverUrl, fetch, deliver, signal }: UpstreamOptions,
): Upstream {
  let session: string | undefined;
  let version: string | undefined;

  function headers(): Record<string, string> {
    return {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...session !== undefined && { "mcp-session-id": session },
      ...version !== undefined && { "mcp-protocol-version": version },
    };
  }

  async function receive(text: string, request: Message): Promise<boolean> {
    const message = readMessage(oneLine(text));
    if (message === undefined) return false;
    const { result } = message.value;
    const isResponse = message.kind === "response" && message.id === request.id;
    if (isResponse && request.method === "initialize" && isObject(result)) {
      version = stringMember(result, "protocolVersion");
    }
    await deliver(message, request);
    return isResponse;
  }

  async function readEvents(
    body: ReadableStream<Uint8Array>,
    request: Message,
  ): Promise<boolean> {
    const reader = createEventStreamReader();
    let isAnswered = false;
    for await (const chunk of body) {
      for (const { event, data } of reader.push(chunk)) {
        if (event === "message" && await receive(data, request)) isAnswered = true;
      }
    }
    return isAnswered;
  }

  return {
    async send(message) {
      const response = await fetch(serverUrl, {
        method: "POST",
        headers: headers(),
        body: message.text,
        signal,
      });
      if (message.method === "initialize") {
        session = response.headers.get("mcp-session-id") ?? undefined;
      }
      const { status, body } = response;
      if (message.kind !== "request") {
        await body?.cancel();
        return;
      }
      const isAnswered = body === null
        ? false
        : isEventStream(response)
        ? await readEvents(body, message)
        : await receive(await response.text(), message);
      if (isAnswered) return;
      throw response.ok
        ? new BridgeFault("response_lost", `the server did not answer ${message.method}`, {
          status,
        })
        : new BridgeFault("upstream_http", `the server answered with HTTP ${status}`, { status });
    },
    async close() {
      if (session === undefined) return;
      const response = await fetch(serverUrl, { method: "DELETE", headers: headers() });
      await response.body?.cancel();
    },
  };
}
