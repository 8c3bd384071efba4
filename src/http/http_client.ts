/** The interface of the HTTP client, which sends every request of mcpass. @module */

import type { Clock, Env } from "../core/system.ts";
import type { Emit } from "../core/events.ts";
import type { HeaderList, Purpose, TlsIdentity } from "../core/exchange.ts";
import type { StepId } from "../core/step.ts";
import type { Secrets } from "../trace/secrets.ts";

/** Resolves a host name. @throws An error that is classified as `dns` if it has no address. */
export type NameLookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

export type BodyTest = (bodySoFar: string) => boolean;

export interface HttpRequest {
  readonly purpose: Purpose;
  readonly step: StepId;
  readonly method: string;
  readonly url: string;
  /** Header fields in addition to the custom ones. */
  readonly headers?: HeaderList;
  readonly body?: string | undefined;
  /** Hosts that the person named at the stored login: they may be in any network. */
  readonly namedHosts?: readonly string[] | undefined;
  /** Presented in the TLS handshake for this URL, but not after a redirect. */
  readonly certificate?: TlsIdentity | undefined;
  /** No cookie that the MCP server set is sent, and none is stored. */
  readonly withoutCookies?: boolean | undefined;
  /** Makes a test for an event stream; true ends the reading, because the stream may stay open. */
  readonly enough?: (() => BodyTest | Promise<BodyTest>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How much longer than Ctrl-C it may last if it was running then: its response must not be lost. */
  readonly cancelGraceMs?: number | undefined;
  /** The URL may be http: the request has nothing secret. */
  readonly mayBePlain?: boolean | undefined;
  /** Whether it may be sent again if its connection failed; by default its body is read to know that. */
  readonly isRepeatable?: boolean | undefined;
  /** Called when the body of a request that is sent once has left. */
  readonly onSent?: (() => void) | undefined;
  /** A redirect is returned, whatever the policy of the purpose says. */
  readonly returnsRedirect?: boolean | undefined;
}

export interface HttpResponse {
  readonly exchangeId: number;
  /** The URL after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Masks the secrets of this client in a text of the server. */
  readonly mask?: ((text: string) => string) | undefined;
}

export type PlainFetch = (
  url: URL,
  init: {
    readonly method: string;
    readonly headers: [name: string, value: string][];
    readonly body: string | null;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

export interface StreamInit extends RequestInit {
  /** True for a GET that opens an MCP session; others are streams in one. */
  readonly opensSession?: boolean;
  readonly certificate?: TlsIdentity | undefined;
  readonly withoutCookies?: boolean | undefined;
  /** True if the caller limits the time: a person may have to answer before the server does. */
  readonly isTimed?: boolean | undefined;
  /** True if the caller limits the size of each message: a stream of messages has no end. */
  readonly isMeasured?: boolean | undefined;
  readonly isRepeatable?: boolean | undefined;
  readonly onSent?: (() => void) | undefined;
}

export interface HttpClientOptions {
  /** URL of the MCP server. Custom headers go to its origin; its network decides about other hosts. */
  readonly serverUrl: string;
  /** Further URLs that the person named: their hosts may be in any network. */
  readonly namedUrls?: readonly string[];
  /** False under hosted rules: every redirect ends the request. */
  readonly followRedirects?: boolean;
  /** For hosts that another party named; by default the lookup of the system. */
  readonly resolve?: NameLookup;
  /** The person's headers for the MCP endpoint, and for resource metadata on its origin. */
  readonly customHeaders: HeaderList;
  readonly stepTimeoutMs: number;
  /** Limit of a response of the MCP server; by default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * False if nobody reads the part of a body that was received before a fault, or the recorded body of a
   * stream that the caller measures.
   */
  readonly keepsPartialBodies?: boolean;
  /** PEM text of further trusted certificates. */
  readonly caCerts?: readonly string[];
  /** Proxy URL, instead of the environment's proxy variables. Loopback never uses a proxy. */
  readonly proxy?: string | undefined;
  /** Replaces the connections, so that `caCerts` and proxies do not apply. */
  readonly fetch?: PlainFetch;
  readonly emit: Emit;
  /** Numbers the exchanges, for clients that share one record; by default 1, 2, 3 … */
  readonly nextExchange?: () => number;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly env: Env;
  readonly signal: AbortSignal;
}

export interface HttpClient {
  /** Limit of a response of the MCP server, if it is not the default. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * @throws Failure `network_*` without a complete response, `redirect_refused` when a redirect may not
   * be followed, `response_too_large` past the size limit, `cancelled` on Ctrl-C.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /**
   * A `fetch` for the MCP client: it streams, never follows a redirect, and records each exchange when
   * its body ends or is cancelled, or the client is closed. The step is read at each request.
   */
  streaming(
    step: () => StepId,
  ): (input: string | URL | Request, init?: StreamInit) => Promise<Response>;
  /** Ends open streams, records them, and frees the connections. Safe to call twice. */
  close(): Promise<void>;
}
