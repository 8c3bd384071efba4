/**
 * One request under the SSRF guard: its name is looked up once, its addresses are judged and pinned, and
 * it is sent. A redirect is returned as the response.
 * @module
 */

import type { TLSSocket } from "node:tls";
import type { Client, Dispatcher } from "undici";
import { loadAuthorities } from "../../core/authorities.ts";
import type { HeaderList } from "../../core/exchange.ts";
import { portOf } from "../../core/url.ts";
import { handshakeError } from "./handshake.ts";
import {
  type ConnectionAttempt,
  type Connectors,
  HandshakeError,
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
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
}

export const PHASES = ["dns", "connect", "tls", "send", "wait", "body"] as const;

export type Phase = typeof PHASES[number];

/** What is observed of a request, including one that fails. */
export interface Observed {
  target: Target | null;
  attempts: ConnectionAttempt[];
  address: string | null;
  /** TLS; null without it. */
  tls: TlsFacts | null;
  /** Request line and header fields as they were written. */
  sentHead: string | null;
  /** Milliseconds since an arbitrary moment at which each stage ended; `start` is the beginning. */
  ends: Partial<Record<Phase | "start", number>>;
}

export function nothingObserved(): Observed {
  return { target: null, attempts: [], address: null, tls: null, sentHead: null, ends: {} };
}

/** A response whose body is still to be read. */
export interface GuardedResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  /** Body as received, still encoded; cancel it to end the connection. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Bytes of body that may wait for their reader. The connection ends beyond that: if it is paused
 * instead, Deno 2.6 delivers the same bytes again and again.
 */
const MOST_QUEUED_BYTES = 4 * 1024 * 1024;

/**
 * Loads undici's HTTP/1.1 client. Its main module would load `fetch` and WebSocket too, which takes three
 * times as long and fails on Deno 2.6.
 */
async function loadModules(): Promise<{ HttpClient: typeof Client; connectors: Connectors }> {
  const [client, { connect: tcp }, { connect: tls }] = await Promise.all([
    import("undici/lib/dispatcher/client.js"),
    import("node:net"),
    import("node:tls"),
  ]);
  return { HttpClient: client.default, connectors: { tcp, tls } };
}

function latin1(chunk: unknown): string {
  if (typeof chunk === "string") return chunk;
  return chunk instanceof Uint8Array ? new TextDecoder("latin1").decode(chunk) : "";
}

/** Records what is written until the head of the request is complete. */
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

/** Pairs of the names and values that alternate in a list. */
function headerList(raw: Dispatcher.DispatchController["rawHeaders"]): HeaderList {
  const texts = Array.isArray(raw) ? raw.map(latin1) : [];
  return texts.flatMap((name, at) => at % 2 === 0 ? [[name, texts[at + 1] ?? ""] as const] : []);
}

/**
 * Sends a request and waits for the head of its response.
 *
 * @param observed Filled while the request proceeds.
 * @param signal Ends the request, including the reading of the body.
 * @throws Failure `url_refused`, `address_refused`, `network_dns`; what the runtime threw when there was
 * no response; the signal's reason.
 */
export async function openGuarded(
  request: GuardedRequest,
  { rules, resolve, caCerts }: GuardOptions,
  observed: Observed,
  signal: AbortSignal,
): Promise<GuardedResponse> {
  const mark = (phase: Phase | "start") => observed.ends[phase] = performance.now();
  const url = guardedUrl(request.url, rules);
  const isSecure = url.protocol === "https:";
  loadAuthorities();
  const { HttpClient, connectors } = await loadModules();
  mark("start");
  const target = await lookUp(url, rules, resolve, signal);
  observed.target = target;
  mark("dns");
  const { host } = target;
  const addresses = allowedAddresses(target);
  signal.throwIfAborted();

  /** The reason for an unclear TLS error, found by a second handshake with Deno's own TLS. */
  const explained = async (error: unknown): Promise<unknown> => {
    const { address } = observed;
    // It is "write UNKNOWN" on one runtime, and another names the wrong reason.
    const isUnclear = error instanceof HandshakeError ||
      (error instanceof Error && error.message.includes("UNKNOWN"));
    if (!isSecure || address === null || !isUnclear || signal.aborted) return error;
    const at = { addresses: [address], port: portOf(url), host, caCerts };
    return await handshakeError(at, signal) ?? error;
  };

  const listener = {
    attempt: (attempt: ConnectionAttempt) => observed.attempts.push(attempt),
    connected(address: string) {
      observed.address = address;
      mark("connect");
    },
  };
  const destination = { url, host, addresses, caCerts };
  const socket = await openPinnedSocket(destination, connectors, listener, signal)
    .catch(async (error) => {
      throw await explained(error);
    });
  const observeTls = () => observed.tls = isSecure ? tlsFacts(socket as TLSSocket) : null;
  // If the version is unknown, so is the moment at which the handshake ended.
  if (observeTls()?.version) mark("tls");
  recordHead(socket, observed);

  const client = new HttpClient(url.origin, {
    connect: (_, done) => queueMicrotask(() => done(null, socket)),
  });
  const { promise, resolve: respond, reject } = Promise.withResolvers<GuardedResponse>();
  let body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  const end = () => {
    body = undefined;
    signal.removeEventListener("abort", onAbort);
    client.destroy().catch(() => {});
    socket.destroy();
  };
  const fail = (reason: unknown) => {
    reject(reason);
    body?.error(reason);
    end();
  };
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
  }, {
    onRequestStart: () => {},
    onRequestSent: () => void mark("send"),
    onResponseStart({ rawHeaders }, status, _headers, statusText = "") {
      // An interim response (RFC 9110 §15.2).
      if (status < 200) return;
      mark("wait");
      observeTls();
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => void (body = controller),
        cancel: end,
      }, new ByteLengthQueuingStrategy({ highWaterMark: MOST_QUEUED_BYTES }));
      respond({ status, statusText, headers: headerList(rawHeaders), body: stream });
    },
    onResponseData(_controller, chunk) {
      body?.enqueue(new Uint8Array(chunk));
      if ((body?.desiredSize ?? 0) < 0) fail(new Error("the body is not read"));
    },
    onResponseEnd() {
      mark("body");
      body?.close();
      end();
    },
    onResponseError: (_controller, error) => void explained(error).then(fail),
  });
  return await promise;
}
