/** The responses of the credential protocol, version 1. `docs/credential.md` describes it. @module */

import { commandWords, type OptionTexts } from "../../../core/command_text.ts";
import { Failure } from "../../../core/failure.ts";
import { hasPlaceholder } from "../../../core/remedy.ts";
import type { Code } from "../../../findings/mod.ts";
import { TokenEndpointError } from "../../../oauth/common/issued_token.ts";
import type { Action } from "./credential_request.ts";

/** What `get` returns. */
export interface CredentialDocument {
  /** The header fields to add to a request; they contain the secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tokenType: string;
  /** Null if unknown. */
  readonly expiresAt: string | null;
  /** From then on, `get` refreshes the token; null if its lifetime is unknown. */
  readonly refreshAfter: string | null;
  /** `never` if the headers are for one request only. */
  readonly cache: "until-expiry" | "never";
  /** Null if unknown. */
  readonly scope: readonly string[] | null;
  readonly issuer: string;
  readonly account: string | null;
  /** The server URL of the sign-in. */
  readonly url: string;
  /** The server accepts the token only on a connection with this certificate (RFC 8705). */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string };
}

/** A sign-in in the response to `list`. */
export interface ListedSignIn {
  readonly url: string;
  readonly account: string;
  readonly name: string | null;
  readonly issuer: string;
  readonly tokenType: string | null;
  readonly scope: readonly string[] | null;
  readonly expiresAt: string | null;
  /** False if a person has to sign in before the next use. */
  readonly signedIn: boolean;
}

export interface CapabilitiesDocument {
  readonly versions: readonly number[];
  readonly actions: readonly Action[];
  readonly interaction: readonly "never"[];
  readonly tokenTypes: readonly string[];
  readonly timeLimitSeconds: number;
}

export const ERROR_CODES = [
  ...["login_required", "not_configured", "url_not_supported", "insufficient_scope"] as const,
  ...["unreachable", "store_locked", "bad_request"] as const,
] as const;

export interface CredentialError {
  readonly code: typeof ERROR_CODES[number];
  readonly message: string;
  /** The code that `mcpass explain` explains. */
  readonly reason: Code;
  /** The arguments of the command that helps; null if none does, or if a person has to complete it. */
  readonly command: readonly string[] | null;
  /** Null if unknown. */
  readonly retryAfterSeconds: number | null;
}

/** A failure with the login that helps. */
export class CredentialFailure extends Failure {
  readonly login: OptionTexts | undefined;

  constructor(failure: Failure, login: OptionTexts | undefined, kind = failure.kind) {
    super(failure.code, failure.message, { ...failure, kind, cause: failure.cause });
    this.login = login;
  }
}

const CODES = new Map<string, CredentialError["code"]>([
  ["credential_url_unsupported", "url_not_supported"],
  ["not_signed_in", "not_configured"],
  ["insufficient_scope", "insufficient_scope"],
]);

function codeOf({ code, kind, detail }: Failure): CredentialError["code"] {
  if (code === "insufficient_scope") return code;
  if (kind === "sign_in_needed") return "login_required";
  if (kind === "usage") return "bad_request";
  if (detail === "locked" || /^(?:store|keyring)_/.test(code)) return "store_locked";
  return CODES.get(code) ?? "unreachable";
}

export function errorResponse(failure: Failure): { v: 1; error: CredentialError } {
  const { cause, message, code: reason } = failure;
  const code = codeOf(failure);
  const login = failure instanceof CredentialFailure ? failure.login : undefined;
  const words = login === undefined ? null : commandWords("oauth login", login);
  const hasAll = words !== null && !words.some(hasPlaceholder);
  const seconds = cause instanceof TokenEndpointError ? cause.retryAfter : undefined;
  const isLocked = failure.detail === "locked";
  return {
    v: 1,
    error: {
      code,
      message,
      reason,
      command: hasAll ? words : null,
      retryAfterSeconds: seconds ?? (isLocked ? 1 : null),
    },
  };
}
