import type { Credentials, LoginResult } from "../../../../flow/context/login_result.ts";
import { maskDocument } from "../../../../trace/mask_document.ts";
import type { Secrets } from "../../../../trace/secrets.ts";

const SECRET_MEMBERS = ["accessToken", "refreshToken", "idToken", "clientSecret"] as const;

export type SecretMember = typeof SECRET_MEMBERS[number];

type HidingFlag = "--hide-secrets" | "--credentials-out";

/** `given`: the secret equals one that the person gave. */
type HiddenReason = HidingFlag | "given";

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
  maskGiven(text: string): string;
  readonly hiddenBy: HidingFlag | undefined;
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

/** Has no secret outside `credentials`, and none there that the person gave. */
export function loginDocument(result: LoginResult, printing: Printing): LoginDocument {
  const { credentials, registrationStrategy } = result;
  return {
    ...maskDocument({ ...result, credentials: null }, printing.secrets),
    credentials: credentials &&
      printedCredentials(credentials, registrationStrategy !== "dcr", printing),
  };
}
