/**
 * The document that `oauth login` puts on stdout in format json.
 *
 * @module
 */

import type { Credentials, LoginResult } from "../flow/login_result.ts";
import type { Secrets } from "../trace/secrets.ts";
import { mapStrings } from "./json_text.ts";

const SECRET_MEMBERS = ["accessToken", "refreshToken", "idToken", "clientSecret"] as const;

function masked(secret: string, secrets: Secrets): string {
  secrets.add(secret);
  const mask = secrets.mask(secret);
  return mask === secret ? "[masked]" : mask;
}

/** Credentials whose secrets are masked. */
export function maskCredentials(credentials: Credentials, secrets: Secrets): Credentials {
  const hidden = SECRET_MEMBERS.flatMap((name) => {
    const secret = credentials[name];
    return typeof secret === "string" ? [[name, masked(secret, secrets)] as const] : [];
  });
  return { ...credentials, ...Object.fromEntries(hidden) };
}

/**
 * The result with every secret masked that is not meant to be shown: all of them when the
 * credentials went to a file, else all outside `credentials`.
 */
export function loginDocument(
  result: LoginResult,
  secrets: Secrets,
  hideCredentials: boolean,
): LoginResult {
  const { credentials, ...account } = result;
  const { completed, serverUrl, protocolVersion, registrationStrategy, ...rest } = account;
  const { authMode, redirectUrl, currentStep, steps, findings, ...outcome } = rest;
  const clean = <T>(part: T) => mapStrings(part, (text) => secrets.mask(text)) as T;
  return {
    ...clean({ completed, serverUrl, protocolVersion, registrationStrategy, authMode }),
    ...clean({ redirectUrl, currentStep, steps, findings }),
    credentials: credentials === null || !hideCredentials
      ? credentials
      : clean(maskCredentials(credentials, secrets)),
    ...clean(outcome),
  };
}
