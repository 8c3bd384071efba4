/** The JSON document of `oauth login --format json`, a stable shape. @module */

import type { Finding } from "../../core/finding.ts";
import type { StepId, StepRecord } from "../../core/step.ts";
import type { Code } from "../../findings/mod.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";

export interface Credentials {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken?: string;
  /** As the server sent it; `Bearer` if it was missing. */
  readonly tokenType: string;
  /** Seconds, or null if unknown. */
  readonly expiresIn: number | null;
  /** ISO 8601, or null if unknown. */
  readonly expiresAt: string | null;
  /** The granted scope, else the requested one. */
  readonly scope: string | null;
  readonly clientId: string;
  /** Only one that the authorization server issued, never one that the user gave. */
  readonly clientSecret?: string;
  readonly issuer: string;
  /** Null if the parameter was not sent. */
  readonly resource: string | null;
}

export interface VerificationPart {
  readonly passed: boolean;
  readonly durationMs: number;
  readonly error?: string;
}

export interface Verification {
  /** `tools/list`, all pages. */
  readonly listTools?: VerificationPart & { readonly toolCount?: number };
  readonly callTool?: VerificationPart & { readonly toolName: string };
}

export interface PlannedLogin {
  readonly issuer: string;
  readonly registration: RegistrationApproach;
  /** Null if the registration decides it. */
  readonly tokenAuthMethod: string | null;
  readonly scope: string | null;
  readonly resource: string | null;
  readonly endpoints: {
    readonly authorization: string | null;
    readonly token: string;
    readonly registration: string | null;
  };
}

export interface LoginResult {
  readonly completed: boolean;
  readonly serverUrl: string;
  readonly protocolVersion: string;
  /** Null if the login ended before the registration. */
  readonly registrationStrategy: RegistrationApproach | null;
  /** Null for a value that does not exist. */
  readonly authMode: string | null;
  readonly redirectUrl: string | null;
  /** The last step that began; `complete` at the end. */
  readonly currentStep: StepId;
  readonly steps: readonly StepRecord[];
  readonly findings: readonly Finding[];
  /** Null if no token was obtained. */
  readonly credentials: Credentials | null;
  /** Null if none was requested, or if the login ended before. */
  readonly verification: Verification | null;
  /** Set by `--dry-run`. */
  readonly plan?: PlannedLogin;
  readonly error?: { readonly code: Code; readonly message: string; readonly remedy?: string };
}
