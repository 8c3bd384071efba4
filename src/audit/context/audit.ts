/** What a check can use: the facts about the server, and functions that send requests. @module */

import type { Emit } from "../../core/events.ts";
import type { Exchange, HeaderList, Purpose, TlsIdentity } from "../../core/exchange.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Clock } from "../../core/system.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import type { TokenClient } from "../../flow/token/post_as_client.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { ProtocolEra, Revision, RevisionId } from "../../oauth/mcp/revision.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { CheckResult, GroupId } from "./verdict.ts";
import type { AuditClients } from "./clients.ts";
import type { Discovery } from "./discovery.ts";
import type { AuditDocuments } from "./client_documents.ts";
import type { AuditGrants } from "./grants.ts";

/** The input of an audit, from flags or a suite file. */
export interface AuditPlan {
  readonly serverUrl: string;
  /** Undefined: the newest that the server supports. */
  readonly revision: RevisionId | undefined;
  /** True: registers no client, asks for no consent, and sends no token in a URL. */
  readonly safe: boolean;
  /** Globs of check ids; empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly groups: readonly GroupId[];
  /** How often a person may be asked to consent. */
  readonly consents: number;
  /** Clients that may be registered. */
  readonly registrations: number;
  /**
   * How tokens are obtained, instead of with an authorization request. Absent: a person consents in a
   * browser, or the authorization server consents automatically.
   */
  readonly authMode?: "client_credentials" | "device" | undefined;
  /** Longest wait of one check, in seconds. */
  readonly maxWaitSeconds: number;
  /** Clients in browsers matter: deviations of the group `cors` are warnings, not notes. */
  readonly browserClients: boolean;
  /** Used instead of a grant. */
  readonly accessToken?: string | undefined;
  /** The access token of a stored sign-in, for a server where nobody can consent. */
  readonly storedToken?: string | undefined;
  /** Its clients are known by documents, instead of registrations. */
  readonly usesDocuments?: boolean | undefined;
  /** Clients of the operator, instead of registered ones. */
  readonly client?: TokenClient | undefined;
  readonly secondClient?: TokenClient | undefined;
  /** For tokens that are bound to it (RFC 8705). */
  readonly certificate?: ClientCertificate | undefined;
  /** A public URL that leads to {@link AuditPlan.documentPort} of this machine. */
  readonly documentBase?: string | undefined;
  readonly documentPort?: number | undefined;
  /** URL of another protected resource of the same authorization server. */
  readonly otherResource?: string | undefined;
  /** Tokens that only the operator can obtain. */
  readonly tokens?: {
    readonly expired?: string | undefined;
    readonly otherAudience?: string | undefined;
    /** Of another account. */
    readonly secondAccount?: string | undefined;
  };
  /** Undefined: as a sign-in does, by the challenge and the metadata. */
  readonly scopes?: readonly string[] | undefined;
  /** A tool call that needs a scope which a first sign-in does not have. */
  readonly stepUp?: {
    readonly tool: string;
    readonly arguments: JsonObject;
    /** Undefined: as the challenge says. */
    readonly scope?: string | undefined;
  } | undefined;
}

export interface AuditRequest {
  /** Custom headers go to `mcp` and `resource_metadata` only. */
  readonly purpose: Purpose;
  /** Default GET, or POST with a body. */
  readonly method?: string;
  readonly url: string;
  readonly headers?: HeaderList;
  readonly body?: string | URLSearchParams | object;
  /** True in an MCP session: the cookies of the MCP server are sent and stored. */
  readonly cookies?: boolean;
  /** Ends the request: a server may keep a stream silent. */
  readonly signal?: AbortSignal;
  /** Presented in the TLS handshake. */
  readonly certificate?: TlsIdentity | undefined;
  /** True if the URL may be http on another machine, because the request has no secret. */
  readonly mayBePlain?: boolean;
}

export interface Audit {
  readonly plan: AuditPlan;
  /** The revision that is audited. */
  readonly rules: Revision;
  readonly discovery: Discovery;
  /**
   * From now on, `rules` are those of the newest revision with this protocol era, unless the plan has
   * a revision: some servers show only with a token which era they support.
   */
  useProtocol(era: ProtocolEra): void;
  readonly clients: AuditClients;
  /** Where client ID metadata documents are published. @throws CheckEnd `needs_config`. */
  documents(): AuditDocuments;
  readonly grants: AuditGrants;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly http: HttpClient;
  /** Everything that was sent and received so far. */
  exchanges(): readonly Exchange[];
  /**
   * The certificate of an https server; undefined if it cannot be read here, as behind a proxy.
   */
  readCertificate(url: string): Promise<TlsFacts | undefined>;
  /** The result of an earlier check. */
  result(id: AuditCheckId): CheckResult | undefined;
  /**
   * Sends a request, which is evidence of the running check. No redirect is followed.
   *
   * @throws Failure `network_*`, which makes the check inconclusive.
   */
  send(request: AuditRequest): Promise<HttpResponse>;
  /** Waits. @throws CheckEnd `needs_wait` if it is longer than the plan allows. */
  wait(seconds: number): Promise<void>;
  /** Adds exchanges of other checks, or of the discovery, to the evidence of the running check. */
  cite(...responses: readonly ({ readonly exchangeId: number } | undefined)[]): void;
}
