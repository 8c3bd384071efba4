/** What a check can use: the facts about the server, and requests of its own. @module */

import type { Emit } from "../../core/events.ts";
import type { Exchange, HeaderList, Purpose, TlsIdentity } from "../../core/exchange.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Clock } from "../../core/system.ts";
import type { AuditCheckId } from "../../findings/mod.ts";
import type { TokenClient } from "../../flow/token/post_as_client.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import type {
  AuthorizationRecord,
  CallbackParameters,
} from "../../oauth/authorization/authorization.ts";
import type { ManagementAccess } from "../../oauth/client/management_access.ts";
import type { ProtocolEra, Revision, RevisionId } from "../../oauth/mcp/revision.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { CheckResult, GroupId } from "./verdict.ts";
import type { Discovery } from "./discovery.ts";

/** What a person asked for. */
export interface AuditPlan {
  readonly serverUrl: string;
  /** Undefined: the newest that the server speaks. */
  readonly revision: RevisionId | undefined;
  /** Registers nothing, uses nothing up, and puts no token into a URL. */
  readonly safe: boolean;
  /** Globs of check ids; empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly groups: readonly GroupId[];
  /** Consents that may be asked for. */
  readonly consents: number;
  /** Clients that may be registered. */
  readonly registrations: number;
  /** Longest wait of one check, in seconds. */
  readonly maxWaitSeconds: number;
  /** Clients in browsers matter: deviations of the group `cors` are warnings, not notes. */
  readonly browserClients: boolean;
  /** An access token, instead of a grant. */
  readonly accessToken?: string | undefined;
  /** The access token of a stored sign-in, for a server where nobody can consent. */
  readonly storedToken?: string | undefined;
  /** Clients of the operator, instead of registered ones. */
  readonly client?: TokenClient | undefined;
  readonly secondClient?: TokenClient | undefined;
  /** URL of another protected resource of the same authorization server. */
  readonly otherResource?: string | undefined;
  /** Tokens that only the operator can obtain. */
  readonly tokens?: {
    readonly expired?: string | undefined;
    readonly otherAudience?: string | undefined;
  };
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
  /** Presented in the TLS handshake. */
  readonly certificate?: TlsIdentity | undefined;
  /** True if it may be http to a host that is not this machine: nothing secret is in it. */
  readonly mayBePlain?: boolean;
}

/** A client that the audit registered, or that the operator gave. */
export interface AuditClient extends TokenClient {
  readonly redirectUri: string;
  /** The response to the registration; undefined for a client of the operator. */
  readonly response: HttpResponse | undefined;
  /** The registration as the server returned it; empty for a client of the operator. */
  readonly registration: JsonObject;
  /** Access to the registration (RFC 7592). */
  readonly management: ManagementAccess | undefined;
}

export interface AttemptedRegistration {
  readonly response: HttpResponse;
  /** Undefined if the registration was refused. */
  readonly client: AuditClient | undefined;
}

export interface AuditClients {
  /**
   * Registers a client with these members instead of the usual ones; undefined removes one. Every
   * client is recorded for the clean-up before the request is sent.
   *
   * @throws CheckEnd if registration is not offered or closed, or the budget is spent.
   */
  register(changes?: JsonObject): Promise<AttemptedRegistration>;
  /** Deletes a registration, if the server offers it. */
  remove(client: AuditClient): Promise<HttpResponse | undefined>;
  /** The registration of the first public client, also if the operator gave one. */
  attempted(): Promise<AttemptedRegistration>;
  /** The first public client. @throws CheckEnd `needs_client`. */
  first(): Promise<AuditClient>;
  /** Another public client with the same redirect URI. @throws CheckEnd `needs_client`. */
  second(): Promise<AuditClient>;
  /** A client with a secret. @throws CheckEnd `needs_client`. */
  confidential(): Promise<AuditClient>;
}

/** A response to an authorization request, as it was received at the redirect URI. */
export interface AuthorizationReply {
  readonly client: AuditClient;
  readonly record: AuthorizationRecord;
  readonly parameters: CallbackParameters;
  /** The URL of the callback. */
  readonly url: string;
  /** Of the redirect; null if a browser followed it. */
  readonly status: number | null;
  /** The exchange with the redirect; null if a browser followed it. */
  readonly exchangeId: number | null;
  /** The first `code`; empty without one. */
  readonly code: string;
}

/** Parameters that replace or extend those of a valid request; undefined removes one. */
export type ParameterChanges = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Grant {
  readonly client: AuditClient;
  readonly reply: AuthorizationReply | undefined;
  readonly response: HttpResponse | undefined;
  readonly document: JsonObject;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
}

export interface AuditGrants {
  /**
   * Sends an authorization request that nobody consents to, and follows no redirect.
   *
   * @throws CheckEnd `needs_client`.
   */
  visit(
    changes?: ParameterChanges,
    client?: AuditClient,
    headers?: HeaderList,
    options?: { readonly pushed: boolean },
  ): Promise<HttpResponse>;
  /**
   * Obtains an authorization response, with consent.
   *
   * @throws CheckEnd `needs_consent`, `consent_failed`, `sign_in_first`.
   */
  authorize(changes?: ParameterChanges, client?: AuditClient): Promise<AuthorizationReply>;
  /** Exchanges the code of a response at the token endpoint. */
  exchange(reply: AuthorizationReply, changes?: ParameterChanges): Promise<HttpResponse>;
  /** Sends a token request. The client authenticates as registered, unless `null`. */
  token(form: ParameterChanges, client?: AuditClient | null): Promise<HttpResponse>;
  /** Refreshes a grant. */
  refresh(grant: Grant, changes?: ParameterChanges, client?: AuditClient): Promise<HttpResponse>;
  /** A grant of its own: authorization and exchange. @throws CheckEnd. */
  open(changes?: ParameterChanges, client?: AuditClient): Promise<Grant>;
  /** The grant that checks share: of the first client, or a given access token. */
  first(): Promise<Grant>;
  /** Reads a token response, and records its tokens for the clean-up. */
  read(response: HttpResponse, client: AuditClient, reply?: AuthorizationReply): Promise<Grant>;
}

export interface Audit {
  readonly plan: AuditPlan;
  /** The revision that is audited. */
  readonly rules: Revision;
  readonly discovery: Discovery;
  /**
   * Audits by the newest revision of this protocol from now on, unless the plan has a revision: some
   * servers show only with a token which protocol they support.
   */
  useProtocol(era: ProtocolEra): void;
  readonly clients: AuditClients;
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
  /** Names exchanges of other checks, or of the discovery, as evidence. */
  cite(...responses: readonly ({ readonly exchangeId: number } | undefined)[]): void;
}
