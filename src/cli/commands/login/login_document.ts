import type { Credentials, LoginResult } from "../../../flow/context/login_result.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import type { Secrets } from "../../../trace/secrets.ts";

export type SecretMember = "accessToken" | "refreshToken" | "idToken" | "clientSecret";

const SECRET_MEMBERS: readonly SecretMember[] = [
  "accessToken",
  "refreshToken",
  "idToken",
  "clientSecret",
];

/**
 * Why a secret is not printed: because of a flag, or because it equals a secret that the person gave.
 */
export type HiddenReason = "--hide-secrets" | "--credentials-out" | "given";

/** The printed credentials: a hidden secret is null, and `hidden` has the reason. */
export interface PrintedCredentials extends Omit<Credentials, SecretMember> {
  readonly accessToken: string | null;
  /** Refresh token; null also when none was issued. */
  readonly refreshToken: string | null;
  readonly idToken?: string | null;
  readonly clientSecret?: string | null;
  readonly hidden?: Readonly<Partial<Record<SecretMember, HiddenReason>>>;
}

export interface LoginDocument extends Omit<LoginResult, "credentials"> {
  readonly credentials: PrintedCredentials | null;
}

export interface Printing {
  readonly secrets: Secrets;
  readonly given: readonly string[];
  /** Masks only the secrets that the person gave. */
  maskGiven(text: string): string;
  readonly hiddenBy?: "--hide-secrets" | "--credentials-out" | undefined;
}

function printedCredentials(
  credentials: Credentials,
  ownClientId: boolean,
  { given, maskGiven, hiddenBy }: Printing,
): PrintedCredentials {
  const hidden = SECRET_MEMBERS.flatMap((name): [SecretMember, HiddenReason][] => {
    const secret = credentials[name];
    if (secret === undefined || secret === null) return [];
    if (hiddenBy !== undefined) return [[name, hiddenBy]];
    return given.includes(secret) ? [[name, "given"]] : [];
  });
  const { tokenType, scope, clientId, issuer, resource } = credentials;
  return {
    ...credentials,
    tokenType: maskGiven(tokenType),
    scope: scope && maskGiven(scope),
    clientId: ownClientId ? clientId : maskGiven(clientId),
    issuer: maskGiven(issuer),
    resource: resource && maskGiven(resource),
    ...Object.fromEntries(hidden.map(([name]) => [name, null])),
    ...hidden.length === 0 ? {} : { hidden: Object.fromEntries(hidden) },
  };
}

/** The printed result: no secret outside `credentials`, and there none that the person gave. */
export function loginDocument(result: LoginResult, printing: Printing): LoginDocument {
  const { credentials, ...withoutCredentials } = result;
  const { completed, serverUrl, protocolVersion, registrationStrategy, ...rest } =
    withoutCredentials;
  const { authMode, redirectUrl, currentStep, steps, findings, ...outcome } = rest;
  const clean = <T>(part: T) => maskDocument(part, printing.secrets);
  return {
    ...clean({ completed, serverUrl, protocolVersion, registrationStrategy, authMode }),
    ...clean({ redirectUrl, currentStep, steps, findings }),
    credentials: credentials &&
      printedCredentials(credentials, registrationStrategy !== "dcr", printing),
    ...clean(outcome),
  };
}
