/**
 * What a login came to: the stable JSON shape of `oauth login --format json`.
 *
 * @module
 */

import type { Finding } from "../../core/finding.ts";
import type { StepId, StepRecord } from "../../core/step.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";

/** What the token endpoint gave, and for whom. */
export interface Credentials {
  /** The access token. */
  readonly accessToken: string;
  /** The refresh token, or null when none was issued. */
  readonly refreshToken: string | null;
  /** The OpenID Connect ID token, when one came. */
  readonly idToken?: string;
  /** As the server spelled it; `Bearer` when it was left out. */
  readonly tokenType: string;
  /** Seconds, or null when unknown. */
  readonly expiresIn: number | null;
  /** ISO 8601, or null when unknown. */
  readonly expiresAt: string | null;
  /** Granted scope (the requested one when the server said nothing), or null. */
  readonly scope: string | null;
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when the authorization server issued one; never one that the person gave. */
  readonly clientSecret?: string;
  /** Issuer of the authorization server, as announced in its metadata. */
  readonly issuer: string;
  /** Value of the `resource` parameter, or null when none was sent. */
  readonly resource: string | null;
}

/** One verification. */
export interface VerificationPart {
  /** True when it succeeded. */
  readonly passed: boolean;
  /** Milliseconds. */
  readonly durationMs: number;
  /** What went wrong. */
  readonly error?: string;
}

/** The verifications that were asked for. */
export interface Verification {
  /** `tools/list`, all pages. */
  readonly listTools?: VerificationPart & { readonly toolCount?: number };
  /** `tools/call`. */
  readonly callTool?: VerificationPart & { readonly toolName: string };
}

/** The plan that `--dry-run` shows. */
export interface PlannedLogin {
  /** Issuer that would be used. */
  readonly issuer: string;
  /** Registration approach that would be used. */
  readonly registration: RegistrationApproach;
  /** Token endpoint authentication that would be used; null when the registration decides it. */
  readonly tokenAuthMethod: string | null;
  /** Scope that would be asked for, or null. */
  readonly scope: string | null;
  /** `resource` that would be sent, or null. */
  readonly resource: string | null;
  /** Endpoints that would be used. */
  readonly endpoints: {
    readonly authorization: string | null;
    readonly token: string;
    readonly registration: string | null;
  };
}

/** The document on stdout. */
export interface LoginResult {
  /** True when everything that was asked for succeeded. */
  readonly completed: boolean;
  /** As typed. */
  readonly serverUrl: string;
  /** The revision whose checks applied; `auto` has been resolved. */
  readonly protocolVersion: string;
  /** The approach taken, or null when the login ended before. */
  readonly registrationStrategy: RegistrationApproach | null;
  /** Grant. */
  readonly authMode: string;
  /** Redirect URI, or null when none was needed. */
  readonly redirectUrl: string | null;
  /** The last step begun; `complete` at the end. */
  readonly currentStep: StepId;
  /** The account. */
  readonly steps: readonly StepRecord[];
  /** What was noticed. */
  readonly findings: readonly Finding[];
  /** Null when no token was obtained. */
  readonly credentials: Credentials | null;
  /** Null when none was asked for or the login ended before. */
  readonly verification: Verification | null;
  /** Set by `--dry-run`. */
  readonly plan?: PlannedLogin;
  /** Set when `completed` is false. */
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}
