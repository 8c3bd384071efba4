import type { Finding } from "../../core/finding.ts";
import { isObject, parseJson } from "../../core/json.ts";
import type { Attempt } from "../exchange_log.ts";
import type { Connections, FetchInit } from "../guard/connections.ts";
import type { ProbedAddresses } from "../guard/dial.ts";
import type { HttpClientOptions, PlainFetch } from "../http_client.ts";
import { POLICY } from "../policy.ts";

type PlainInit = Parameters<PlainFetch>[1];

const READ_ONLY = /^(?:initialize|ping|server\/discover|notifications\/initialized|[\w/]+\/list)$/;

/** A server that looks unreachable may be slow, and still working on a request such as `tools/call`. */
export function mayBeSentAgain(
  { purpose, method, body, isRepeatable }: Pick<
    Attempt,
    "purpose" | "method" | "body" | "isRepeatable"
  >,
): boolean {
  if (isRepeatable !== undefined) return isRepeatable;
  // An authorization URL may be valid for one use (RFC 9126 §4).
  if (POLICY[purpose].sentOnce || purpose === "authorization") return false;
  if (method === "GET" || method === "HEAD") return true;
  const message = purpose === "mcp" ? parseJson(body ?? "") : undefined;
  const called = isObject(message) ? message["method"] : undefined;
  return typeof called === "string" && READ_ONLY.test(called);
}

const PART_BYTES = 64 * 1024;

/**
 * If the server closes a reused connection without a response, the runtime sends a text again, but
 * not a stream. A Blob is a stream with a known length.
 */
class StreamedBody extends Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #onSent: (() => void) | undefined;

  constructor(text: string, onSent?: () => void) {
    super();
    this.#bytes = new TextEncoder().encode(text);
    this.#onSent = onSent;
  }

  override get size(): number {
    return this.#bytes.length;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = 0;
    return new ReadableStream({
      pull: (controller) => {
        if (at < this.#bytes.length) {
          controller.enqueue(this.#bytes.subarray(at, at += PART_BYTES));
        } else {
          controller.close();
          this.#onSent?.();
        }
      },
    }, { highWaterMark: 0 });
  }
}

function sentOnce(init: PlainInit, { onSent }: Attempt): FetchInit {
  return init.body === null ? init : { ...init, body: new StreamedBody(init.body, onSent) };
}

/** After this time without a response, the addresses of the host are probed. */
const STALLED_MS = 3000;

function deadAddress(
  { hostname }: URL,
  { reachable, silent }: ProbedAddresses,
  { step }: Attempt,
): Finding {
  return {
    code: "address_dead",
    severity: "warning",
    step,
    message:
      `"${hostname}" accepts no connection at ${silent.join(", ")} from this machine, but does ` +
      `at ${reachable.join(", ")}`,
    remedy:
      "Try the address from another network. If it works there, fix this network (it may not " +
      "route IPv6)\nServer: if it works from nowhere, remove the address from the DNS records of " +
      "the name, or let it accept connections",
    reference: "RFC 1123 §2.3",
  };
}

/**
 * If a host does not respond, its addresses are probed. If some accept a connection and others do not,
 * an idempotent request is sent again to those that do, and later requests only to them.
 */
export function resendingFetch(
  options: HttpClientOptions,
  connections: Connections | undefined,
): (url: URL, init: PlainInit, attempt: Attempt) => Promise<Response> {
  const { fetch: guarded } = options;
  if (connections === undefined) return (url, init) => (guarded ?? fetch)(url, init);
  const { isLookedUpByRuntime, pin, send } = connections;

  const watched: Connections["send"] = async (url, init, attempt) => {
    const first = new AbortController();
    const signal = AbortSignal.any([init.signal, first.signal]);
    const response = send(url, { ...init, signal }, attempt);
    const stalled = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => stalled.resolve(undefined), STALLED_MS);
    try {
      const early = await Promise.race([response, stalled.promise]);
      if (early !== undefined) return early;
      const { probeHost } = await import("../guard/dial.ts");
      const found = await Promise.race([
        probeHost(url, signal, options.resolve),
        response.then(() => undefined),
      ]);
      if (!found?.reachable.length || found.silent.length === 0) return await response;
      options.emit({ type: "finding", finding: deadAddress(url, found, attempt) });
      response.catch(() => {});
      first.abort();
      pin(url, found.reachable);
      return await send(url, init, attempt);
    } finally {
      clearTimeout(timer);
    }
  };

  return (url, init, attempt) => {
    if (!mayBeSentAgain(attempt)) return send(url, sentOnce(init, attempt), attempt);
    return isLookedUpByRuntime(url, attempt)
      ? watched(url, init, attempt)
      : send(url, init, attempt);
  };
}
