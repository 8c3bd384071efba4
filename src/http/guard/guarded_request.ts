/** One request under the SSRF guard. A redirect is returned as the response. @module */

import type { TLSSocket } from "node:tls";
import type { Client, Dispatcher } from "undici";
import { loadAuthorities } from "../../core/certificate_authorities.ts";
import type { HeaderList } from "../../core/exchange.ts";
import type { ReceivedHead } from "../exchange_log.ts";
import type { PlainFetch } from "../http_client.ts";
import { decompression } from "../response_body.ts";
import { handshakeError } from "./dial.ts";
import {
  type ConnectionAttempt,
  type Destination,
  HandshakeError,
  loadConnectors,
  openPinnedSocket,
} from "./pinned_socket.ts";
import {
  allowedAddresses,
  guardedUrl,
  type GuardRules,
  lookUp,
  type Resolver,
  type Target,
} from "./ssrf_guard.ts";
import { type TlsFacts, tlsFacts } from "./tls_facts.ts";

export interface GuardedRequest {
  readonly method: string;
  readonly url: string;
  /** Header fields; `Host`, `Connection` and `Content-Length` are added. */
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
}

export interface GuardOptions {
  readonly rules: GuardRules;
  readonly resolve: Resolver;
  readonly caCerts: readonly string[];
}

export const PHASES = ["dns", "connect", "tls", "send", "wait", "body"] as const;

export type Phase = typeof PHASES[number];

/** What was observed about a request, also about one that failed. */
export interface Observed {
  target: Target | null;
  attempts: ConnectionAttempt[];
  address: string | null;
  tls: TlsFacts | null;
  /** Request line and header fields as sent. */
  sentHead: string | null;
  /** When each phase ended, in milliseconds (`performance.now()`); `start` is the beginning. */
  ends: Partial<Record<Phase | "start", number>>;
}

export function nothingObserved(): Observed {
  return { target: null, attempts: [], address: null, tls: null, sentHead: null, ends: {} };
}

interface GuardedResponse extends ReceivedHead {
  /** Body as received, still encoded; cancel it to end the connection. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Bytes of a body that may wait for a reader. With more, the connection is closed: if it were paused, Deno
 * 2.6 would deliver the same bytes again and again.
 */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

function mark(observed: Observed, phase: Phase | "start"): void {
  observed.ends[phase] = performance.now();
}

function latin1(chunk: unknown): string {
  if (typeof chunk === "string") return chunk;
  return chunk instanceof Uint8Array ? new TextDecoder("latin1").decode(chunk) : "";
}

function recordHead(socket: { write: (...args: never[]) => unknown }, observed: Observed): void {
  const write = socket.write as (...args: unknown[]) => unknown;
  let head = "";
  const recording = function (this: unknown, ...args: unknown[]): unknown {
    head += latin1(args[0]);
    const end = head.indexOf("\r\n\r\n");
    if (end !== -1) {
      observed.sentHead = head.slice(0, end + 2);
      socket.write = write as typeof socket.write;
    }
    return write.apply(this, args);
  };
  socket.write = recording as typeof socket.write;
}

/** Finds the reason for an unclear TLS error by a second handshake with Deno's own TLS. */
async function explainTls(
  error: unknown,
  destination: Destination,
  { address }: Observed,
  signal: AbortSignal,
): Promise<unknown> {
  // One runtime says "write UNKNOWN", another names a wrong reason.
  const isUnclear = error instanceof HandshakeError ||
    (error instanceof Error && error.message.includes("UNKNOWN"));
  const isSecure = destination.url.protocol === "https:";
  if (!isSecure || address === null || !isUnclear || signal.aborted) return error;
  return await handshakeError({ ...destination, addresses: [address] }, signal) ?? error;
}

/** Makes a response from undici's events. */
function receiveResponse(
  observed: Observed,
  { onHead, onEnd, explained }: {
    readonly onHead: () => void;
    readonly onEnd: () => void;
    readonly explained: (error: unknown) => Promise<unknown>;
  },
) {
  const { promise, resolve, reject } = Promise.withResolvers<GuardedResponse>();
  let body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  const end = () => {
    body = undefined;
    onEnd();
  };
  const fail = (reason: unknown) => {
    reject(reason);
    body?.error(reason);
    end();
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => {},
    onRequestSent: () => mark(observed, "send"),
    onResponseStart({ rawHeaders }, status, _headers, statusText = "") {
      // An interim response (RFC 9110 §15.2).
      if (status < 200) return;
      mark(observed, "wait");
      onHead();
      // Names and values alternate.
      const raw = Array.isArray(rawHeaders) ? rawHeaders.map(latin1) : [];
      const headers = raw.flatMap((it, at) =>
        at % 2 === 0 ? [[it, raw[at + 1] ?? ""] as const] : []
      );
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => void (body = controller),
        cancel: end,
      }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_QUEUED_BYTES }));
      resolve({ status, statusText, headers, body: stream });
    },
    onResponseData(_controller, chunk) {
      body?.enqueue(new Uint8Array(chunk));
      if ((body?.desiredSize ?? 0) < 0) fail(new Error("the body is not read"));
    },
    onResponseEnd() {
      mark(observed, "body");
      body?.close();
      end();
    },
    onResponseError: (_controller, error) => void explained(error).then(fail),
  };
  return { response: promise, handler, fail };
}

/**
 * @param signal Also ends the reading of the body.
 * @throws Failure `url_refused`, `address_refused`, `network_dns`; the error of the runtime if there is no
 * response; the signal's reason.
 */
export async function openGuarded(
  request: GuardedRequest,
  { rules, resolve, caCerts }: GuardOptions,
  observed: Observed,
  signal: AbortSignal,
): Promise<GuardedResponse> {
  const url = guardedUrl(request.url, rules);
  loadAuthorities();
  // The main module of undici would load `fetch` and WebSocket too, which takes three times as long and
  // fails on Deno 2.6.
  const [undici, connectors] = await Promise.all([
    import("undici/lib/dispatcher/client.js"),
    loadConnectors(),
  ]);
  const HttpClient: typeof Client = undici.default;
  mark(observed, "start");
  const target = await lookUp(url, rules, resolve, signal);
  observed.target = target;
  mark(observed, "dns");
  const destination = { url, host: target.host, addresses: allowedAddresses(target), caCerts };
  signal.throwIfAborted();
  const explained = (error: unknown) => explainTls(error, destination, observed, signal);
  const listener = {
    attempt: (attempt: ConnectionAttempt) => observed.attempts.push(attempt),
    connected(address: string) {
      observed.address = address;
      mark(observed, "connect");
    },
  };
  const socket = await openPinnedSocket(destination, connectors, listener, signal)
    .catch(async (error) => {
      throw await explained(error);
    });
  const isSecure = url.protocol === "https:";
  const observeTls = () => observed.tls = isSecure ? tlsFacts(socket as TLSSocket) : null;
  // If the version is unknown, the end of the handshake is unknown too.
  if (observeTls()?.version) mark(observed, "tls");
  recordHead(socket, observed);

  const client = new HttpClient(url.origin, {
    connect: (_, done) => queueMicrotask(() => done(null, socket)),
  });
  const { response, handler, fail } = receiveResponse(observed, {
    onHead: observeTls,
    onEnd() {
      signal.removeEventListener("abort", onAbort);
      client.destroy().catch(() => {});
      socket.destroy();
    },
    explained,
  });
  const onAbort = () => fail(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  client.dispatch({
    method: request.method,
    path: url.pathname + url.search,
    headers: request.headers.flat(),
    body: request.body,
    reset: true,
    headersTimeout: 0,
    bodyTimeout: 0,
  }, handler);
  return await response;
}

const NO_BODY = new Set([204, 205, 304]);

/** A `fetch` for hosted mode. It follows no redirect, and throws like {@link openGuarded}. */
export function guardedFetch(options: GuardOptions): PlainFetch {
  return async (url, { method, headers, body, signal }) => {
    const isCoded = headers.some(([name]) => name.toLowerCase() === "accept-encoding");
    const request: GuardedRequest = {
      method,
      url: url.href,
      headers: isCoded ? headers : [...headers, ["accept-encoding", "identity"]],
      body: body === null ? null : new TextEncoder().encode(body),
    };
    const { status, statusText, headers: list, body: stream } = await openGuarded(
      request,
      options,
      nothingObserved(),
      signal,
    );
    const received = new Headers(list as [string, string][]);
    const init = { status, statusText, headers: received };
    if (NO_BODY.has(status)) {
      await stream.cancel();
      return new Response(null, init);
    }
    const transform = decompression(received.get("content-encoding"));
    return new Response(transform === undefined ? stream : stream.pipeThrough(transform), init);
  };
}
