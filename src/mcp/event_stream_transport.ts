/**
 * HTTP+SSE, the transport of 2024-11-05: the server sends its messages on one event stream, whose
 * first event names the URL for messages of the client. @module
 */

import {
  type JSONRPCMessage,
  SdkErrorCode,
  SdkHttpError,
  type Transport,
} from "@modelcontextprotocol/client";
import { unlessAborted } from "../core/abort.ts";
import { Failure } from "../core/failure.ts";
import { isObject, parseJson } from "../core/json.ts";
import { excerpt, quoted } from "../core/text.ts";
import type { StreamInit } from "../http/http_client.ts";
import { createEventStreamReader } from "../oauth/mcp/event_stream.ts";

const REFERENCE = "MCP transports 2024-11-05, HTTP with SSE";

interface EventStreamOptions {
  readonly url: URL;
  readonly fetch: (input: URL, init?: StreamInit) => Promise<Response>;
  readonly timeoutMs: number;
}

function notSupported(found: string): Failure {
  return new Failure("transport_not_supported", `the server uses HTTP+SSE (2024-11-05), ${found}`, {
    remedy: "Ask the operator for the Streamable HTTP URL (often /mcp instead of /sse)",
    reference: REFERENCE,
  });
}

/** The URL for messages; a token must not go to another origin. */
function endpointOf(data: string, url: URL): URL {
  const endpoint = URL.parse(data.trim(), url);
  if (endpoint === null) {
    throw notSupported(`and ${quoted(excerpt(data, 300))} in its first event is not a URL`);
  }
  if (endpoint.origin === url.origin) return endpoint;
  throw notSupported(
    `and its first event names ${quoted(endpoint.origin)}; messages go to ${
      quoted(url.origin)
    } only`,
  );
}

/** @throws SdkHttpError for a response that is not of this transport. */
async function unexpected(response: Response): Promise<never> {
  const { status, statusText } = response;
  const text = await response.text();
  const data = { status, statusText, text };
  throw new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, `HTTP ${status}`, data);
}

/**
 * Its start throws a Failure `transport_not_supported` for an event stream that cannot be used, and an
 * `SdkHttpError` for a response that is not an event stream.
 */
export function createEventStreamTransport(
  { url, fetch, timeoutMs }: EventStreamOptions,
): Transport {
  const closing = new AbortController();
  let endpoint: URL | undefined;
  let version: string | undefined;

  async function read(body: ReadableStream<Uint8Array>, opened: (data: string) => void) {
    const reader = createEventStreamReader();
    for await (const chunk of body) {
      for (const { event, data } of reader.push(chunk)) {
        if (event === "endpoint") opened(data);
        if (event !== "message") continue;
        const message = parseJson(data, Infinity);
        if (isObject(message)) transport.onmessage?.(message as JSONRPCMessage);
      }
    }
  }

  const transport: Transport = {
    async start() {
      const headers = { accept: "text/event-stream" };
      const response = await fetch(url, { headers, signal: closing.signal, opensSession: true });
      const type = response.headers.get("content-type") ?? "";
      if (!response.ok || response.body === null || !/^text\/event-stream\b/i.test(type)) {
        return await unexpected(response);
      }
      const opened = Promise.withResolvers<string>();
      void read(response.body, opened.resolve)
        .then(() => opened.reject(notSupported("and its event stream ended")), opened.reject)
        .finally(() => transport.close());
      const late = AbortSignal.timeout(timeoutMs);
      const data = await unlessAborted(opened.promise, late).catch((error) => {
        closing.abort();
        throw late.aborted ? notSupported("and its event stream names no endpoint") : error;
      });
      endpoint = endpointOf(data, url);
    },
    async send(message) {
      if (endpoint === undefined) throw new TypeError("the transport is not started");
      const response = await fetch(endpoint, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(version !== undefined && { "mcp-protocol-version": version }),
        },
        body: JSON.stringify(message),
        signal: closing.signal,
      });
      if (response.ok) await response.text();
      else await unexpected(response);
    },
    close() {
      if (!closing.signal.aborted) {
        closing.abort();
        transport.onclose?.();
      }
      return Promise.resolve();
    },
    setProtocolVersion(negotiated) {
      version = negotiated;
    },
  };
  return transport;
}
