import type { LoginCommand } from "../../core/command_text.ts";
import type { DevicePrompt } from "../../consent/device_prompt.ts";
import type { Clock } from "../../core/system.ts";
import type { Emit } from "../../core/events.ts";
import type { Judgement } from "../../core/finding.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import type { AuthorizationRecord } from "../../oauth/authorization/authorization.ts";
import type { GivenCredential } from "../../oauth/metadata/issuer_binding.ts";
import type { KnownIssuer, ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Client } from "./client.ts";

export interface RequestEffects {
  readonly http: HttpClient;
  /** Receives every secret that a request or response has, for masking. */
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

export interface RefreshEffects extends RequestEffects {
  readonly clock: Clock;
  /** Time limit of a request, of the wait for another process, and of storing a result. */
  readonly stepTimeoutMs: number;
  readonly note: (message: string) => void;
}

export interface LoginEffects extends RequestEffects {
  readonly clock: Clock;
  readonly emit: Emit;
}

/** The client whose stored sign-ins are searched. */
export interface ClientAtServer {
  readonly serverUrl: string;
  readonly approach: RegistrationApproach;
  /** Empty for a client that is registered dynamically, and for none. */
  readonly clientId: string;
}

export interface IssuerQuestion {
  readonly serverUrl: string;
  /** The authorization server that the MCP server names. */
  readonly issuer: string;
  /** The issuer before, for a login that moves to another one. */
  readonly previous?: string;
  /** What would be sent; empty if the login only registers a client and opens a browser. */
  readonly credentials: readonly GivenCredential[];
}

/** How the issuer of given credentials is determined: from stored sign-ins, or by a person. */
export interface IssuerConfirmation {
  stored(client: ClientAtServer): Promise<readonly KnownIssuer[]>;
  /** Absent if nobody can be asked. */
  readonly ask?: ((question: IssuerQuestion) => Promise<boolean>) | undefined;
}

/** Authorization requests that outlive this process: another one can finish them. */
export interface PendingAuthorizations {
  /** True if the response is there, so that nobody is asked. */
  readonly isAnswered?: true;
  /** A request with these parts that is already in a browser, and its URL. */
  find(
    parts: Omit<AuthorizationRecord, "state" | "codeVerifier" | "codeChallenge">,
  ): { readonly authorization: AuthorizationRecord; readonly url: string } | undefined;
  /**
   * Called before a browser receives the request.
   *
   * @param registered The client that this login registered.
   */
  begin(
    authorization: AuthorizationRecord,
    url: string,
    revision: string,
    registered: { readonly client: Client; readonly server: ServerMetadata } | undefined,
  ): Promise<void>;
}

/** What the steps of a login need: effects, and what its caller knows or can ask. */
export interface StepDeps extends LoginEffects {
  /** Used if it still fits. */
  readonly storedClient?: Client | undefined;
  /** Stores what the server changed about that client, before the login continues. */
  readonly clientChanged?: (client: Client) => Promise<void>;
  /** The command line of this login with more flags; absent: that of `--url` alone. */
  readonly command?: LoginCommand | undefined;
  /** Absent: the requests end with this process. */
  readonly pending?: PendingAuthorizations | undefined;
  /** Absent: only the plan names the issuer. */
  readonly issuers?: IssuerConfirmation | undefined;
  /**
   * Shows the device code.
   *
   * @returns Findings about the URLs.
   * @throws Failure `verification_uri_refused`.
   */
  readonly showDevice?: (prompt: DevicePrompt) => Promise<readonly Judgement[]>;
}
