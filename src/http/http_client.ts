/**
 * The one door to the network.
 *
 * @module
 */

import type { Clock, Env } from "../core/deps.ts";
import type { Emit } from "../core/events.ts";
import type { HeaderList, Purpose, TlsIdentity } from "../core/exchange.ts";
import type { StepId } from "../core/step.ts";
import type { Secrets } from "../trace/secrets.ts";
import type { NameLookup } from "./name_lookup.ts";

/** One request to send. */
export interface HttpRequest {
  /** Selects the policy row: redirects, size limit, whether custom headers may go along. */
  readonly purpose: Purpose;
  /** The step it is recorded under. */
  readonly step: StepId;
  /** HTTP method. */
  readonly method: string;
  /** Absolute URL. */
  readonly url: string;
  /** Header fields beside the custom ones. */
  readonly headers?: HeaderList;
  /** Body text; a string is sent as UTF-8. */
  readonly body?: string;
  /** Hosts that the person named when the stored sign-in was made: they may be in any network. */
  readonly namedHosts?: readonly string[] | undefined;
  /** Offered in the TLS handshake with this URL; a redirect leaves it behind. */
  readonly certificate?: TlsIdentity | undefined;
  /**
   * Makes a test for one event stream, asked while it arrives: true ends the reading, because the rest
   * is not needed and the server may keep the stream open.
   */
  readonly enough?: () => (bodySoFar: string) => boolean;
  /** Ends the request. */
  readonly signal?: AbortSignal | undefined;
}

/** A complete answer. */
export interface HttpResponse {
  /** The exchange that recorded it. */
  readonly exchangeId: number;
  /** URL that answered (after redirects). */
  readonly url: string;
  /** Status code. */
  readonly status: number;
  /** Header fields; repeated ones as `Headers` keeps them. */
  readonly headers: Headers;
  /** Decoded body, whole. */
  readonly body: string;
}

/** The parts of `fetch` that a door uses. */
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

/** What a streaming `fetch` takes beside the standard's own. */
export interface StreamInit extends RequestInit {
  /** Offered in the TLS handshake of this request. */
  readonly certificate?: TlsIdentity | undefined;
}

/** What a door is made from. */
export interface HttpClientOptions {
  /** The MCP server's URL: where custom headers may go, and what "public to private" is measured against. */
  readonly serverUrl: string;
  /** Further URLs the person named: their hosts may be in any network. */
  readonly namedUrls?: readonly string[];
  /** False under hosted rules, where every redirect ends the request. */
  readonly followRedirects?: boolean;
  /** Finds the addresses of names that another party named; absent: as the system does. */
  readonly resolve?: NameLookup;
  /** Headers the person gave, for the MCP endpoint and for resource metadata on its origin. */
  readonly customHeaders: HeaderList;
  /** Milliseconds a request may take as a whole. */
  readonly stepTimeoutMs: number;
  /** PEM text of further trusted certificates. */
  readonly caCerts?: readonly string[];
  /** Proxy URL; without it the environment's proxy variables hold. Loopback never uses either. */
  readonly proxy?: string;
  /**
   * How requests are sent: the runtime's own `fetch` by default, or one under the guard, which takes
   * neither `caCerts` nor `proxy` nor the proxy variables from here.
   */
  readonly fetch?: PlainFetch;
  /** Receives an `exchange` event for each attempt. */
  readonly emit: Emit;
  /** Learns `Authorization` values, cookies and custom header values. */
  readonly secrets: Secrets;
  /** Time. */
  readonly clock: Clock;
  /** For `NO_PROXY` and the proxy variables. */
  readonly env: Env;
  /** Ends everything under way (Ctrl-C). */
  readonly signal: AbortSignal;
}

/** The door. */
export interface HttpClient {
  /**
   * Sends a request and reads the whole answer.
   *
   * @throws Failure `network_*` when no complete answer came, `redirect_refused` when a redirect may
   * not be followed, `response_too_large` past the size limit, `cancelled` on Ctrl-C.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /**
   * A `fetch` for the MCP client: streams, never follows a redirect, records each exchange when its
   * body ends (or is cancelled, or the door closes).
   *
   * @param step The step the exchanges are recorded under, asked at each request.
   */
  streaming(
    step: () => StepId,
  ): (input: string | URL | Request, init?: StreamInit) => Promise<Response>;
  /** Ends open streams, records them, and frees the connections. Safe to call twice. */
  close(): Promise<void>;
}
