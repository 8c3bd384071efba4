/**
 * One request through the guard: looked up once, judged, pinned, sent; redirects are answers.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import type { HeaderList } from "../../core/exchange.ts";
import { loadAuthorities } from "../../core/authorities.ts";
import { portOf } from "../../core/url.ts";
import { allowedAddresses, guardedUrl, type GuardRules, lookUp, type Target } from "./guard.ts";
import type { Resolver } from "./guard_dns.ts";
import {
  type ConnectionAttempt,
  dial,
  HandshakeError,
  loadUndici,
  type UndiciController,
} from "./guarded_dial.ts";
import { handshakeReason, type TlsFacts, tlsFacts } from "./guarded_tls.ts";

/** A request. */
export interface GuardedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Absolute URL. */
  readonly url: string;
  /** Header fields; `Host`, `Connection` and `Content-Length` are added. */
  readonly headers: HeaderList;
  /** Body, sent as it is. */
  readonly body: Uint8Array | null;
}

/** What a request is sent with. */
export interface GuardOptions {
  /** How strict the guard is. */
  readonly rules: GuardRules;
  /** Asks for addresses. */
  readonly resolve: Resolver;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
}

/** The stages of a request, in order. */
export const PHASES = ["dns", "connect", "tls", "send", "wait", "body"] as const;

/** One stage. */
export type Phase = typeof PHASES[number];

/** What is seen of a request, also of one that fails. */
export interface Observed {
  /** The host and its addresses. */
  target: Target | null;
  /** The addresses that were tried. */
  attempts: ConnectionAttempt[];
  /** The address that is connected to. */
  address: string | null;
  /** What is known of TLS; null without it. */
  tls: TlsFacts | null;
  /** Request line and header fields as they were written. */
  sentHead: string | null;
  /** Milliseconds since an arbitrary moment at which each stage ended; `start` is the beginning. */
  ends: Partial<Record<Phase | "start", number>>;
}

/** Nothing seen yet. */
export function nothingObserved(): Observed {
  return { target: null, attempts: [], address: null, tls: null, sentHead: null, ends: {} };
}

/** An answer whose body is still to be read. */
export interface GuardedResponse {
  /** Status code. */
  readonly status: number;
  /** Reason phrase. */
  readonly statusText: string;
  /** Header fields as they came, in order. */
  readonly headers: HeaderList;
  /** Body as it came, content coding included; cancel it to end the connection. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Bytes of body that may wait for their reader. A reader keeps up or goes away; to pause the
 * connection instead makes Deno 2.6 deliver the same bytes again and again.
 */
const MOST_QUEUED_BYTES = 4 * 1024 * 1024;

function latin1(chunk: unknown): string {
  if (typeof chunk === "string") return chunk;
  return chunk instanceof Uint8Array ? new TextDecoder("latin1").decode(chunk) : "";
}

/** Listens in on what is written until the head of the request is complete. */
function tapHead(socket: { write: (...args: never[]) => unknown }, observed: Observed): void {
  const write = socket.write as (...args: unknown[]) => unknown;
  let head = "";
  const tap = function (this: unknown, ...args: unknown[]): unknown {
    head += latin1(args[0]);
    const end = head.indexOf("\r\n\r\n");
    if (end !== -1) {
      observed.sentHead = head.slice(0, end + 2);
      socket.write = write as typeof socket.write;
    }
    return write.apply(this, args);
  };
  socket.write = tap as typeof socket.write;
}

function headerList(raw: UndiciController["rawHeaders"]): HeaderList {
  const texts = (raw ?? []).map(latin1);
  return texts.flatMap((name, at) => at % 2 === 0 ? [[name, texts[at + 1] ?? ""] as const] : []);
}

/**
 * Sends a request and waits for the head of its answer.
 *
 * @param observed Filled while the request goes on.
 * @param signal Ends it, the reading of the body too.
 * @throws Failure `url_refused`, `address_refused`, `network_dns`; what the runtime threw when no
 * answer came; the signal's reason.
 */
export async function openGuarded(
  request: GuardedRequest,
  { rules, resolve, caCerts }: GuardOptions,
  observed: Observed,
  signal: AbortSignal,
): Promise<GuardedResponse> {
  const mark = (phase: Phase | "start") => observed.ends[phase] = performance.now();
  const url = guardedUrl(request.url, rules);
  loadAuthorities();
  mark("start");
  const target = await lookUp(url, rules, resolve, signal);
  observed.target = target;
  mark("dns");
  const addresses = allowedAddresses(target);
  const undici = await loadUndici();
  signal.throwIfAborted();
  // What was loaded is no part of the connection.
  if (observed.ends.start !== undefined && observed.ends.dns !== undefined) {
    observed.ends.start += performance.now() - observed.ends.dns;
    mark("dns");
  }

  const secure = url.protocol === "https:";
  const explained = async (error: unknown): Promise<unknown> => {
    const { address } = observed;
    const telling = error instanceof HandshakeError ||
      (error instanceof Error && /UNKNOWN/.test(error.message));
    if (!secure || address === null || !telling || signal.aborted) return error;
    const { host } = target;
    return await handshakeReason({ address, port: portOf(url), host, caCerts }, signal) ?? error;
  };

  const listener = {
    attempt: (attempt: ConnectionAttempt) => observed.attempts.push(attempt),
    connected(address: string) {
      observed.address = address;
      mark("connect");
    },
  };
  const destination = { url, host: target.host, addresses, caCerts };
  const socket = await dial(destination, undici, listener, signal)
    .catch(async (error) => {
      throw await explained(error);
    });
  const tls = secure ? socket as TLSSocket : null;
  if (tls !== null) {
    observed.tls = tlsFacts(tls);
    // Where the version is unknown, so is the moment at which the handshake ended.
    if (observed.tls.version !== null) mark("tls");
  }
  tapHead(socket, observed);

  const client = new undici.Client(url.origin, {
    connect: (_, done) => queueMicrotask(() => done(null, socket)),
  });
  const closeSocket = () => {
    client.destroy().catch(() => {});
    socket.destroy();
  };
  const { promise, resolve: answer, reject } = Promise.withResolvers<GuardedResponse>();
  const onAbort = () => {
    reject(signal.reason);
    stream?.error(signal.reason);
    stream = undefined;
    closeSocket();
  };
  const release = () => signal.removeEventListener("abort", onAbort);
  let stream: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
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
    onRequestSent: () => {
      mark("send");
    },
    onResponseStart(control, status, _headers, statusText) {
      mark("wait");
      if (tls !== null) observed.tls = tlsFacts(tls);
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => {
          stream = controller;
        },
        cancel: () => {
          release();
          closeSocket();
        },
      }, new ByteLengthQueuingStrategy({ highWaterMark: MOST_QUEUED_BYTES }));
      answer({ status, statusText, headers: headerList(control.rawHeaders), body });
    },
    onResponseData(control, chunk) {
      stream?.enqueue(new Uint8Array(chunk));
      if ((stream?.desiredSize ?? 0) < 0) control.abort(new Error("the body is not read"));
    },
    onResponseEnd() {
      mark("body");
      release();
      stream?.close();
      closeSocket();
    },
    onResponseError(_control, error) {
      release();
      closeSocket();
      explained(error).then((reason) => {
        reject(reason);
        stream?.error(reason);
      });
    },
  });
  return await promise;
}
