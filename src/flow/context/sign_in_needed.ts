/** The command line that signs in again, and failures that end with it. @module */

import {
  commandText,
  type OptionTexts,
  type PrintedCommand,
  withCommand,
} from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { needsSecret } from "../../oauth/client/client_auth.ts";
import { withoutOwnClient } from "../../oauth/common/redirect_uri.ts";
import {
  accountFlag,
  type EntrySummary,
  type PublicEntry,
  type StoredEntry,
} from "../../store/stored_entry.ts";

/** A stored sign-in, or as much of it as is known. */
export type SignIn =
  & Pick<PublicEntry, "serverUrl">
  & Partial<PublicEntry & Pick<EntrySummary, "holds"> & Pick<StoredEntry, "idpClientSecret">>;

export function listedIssuer(
  { issuer, relaxations }: Partial<Pick<StoredEntry, "issuer" | "relaxations">>,
): string | undefined {
  const trusted = relaxations?.trustIssuer;
  return trusted?.announced === issuer ? trusted?.expected : issuer;
}

/** True if the person gave the client's secret. */
function hasGivenSecret({ client }: SignIn): boolean {
  return client?.approach === "preregistered" && needsSecret(client.tokenAuthMethod);
}

/** The flags of a login like this one, without those of secrets that no file has. */
export function signInOptions(signIn: SignIn): OptionTexts {
  const { serverUrl, account, authMode, client, relaxations, grant, headerNames = [] } = signIn;
  const { loginFlags = {} } = signIn;
  const { identityProvider: idp, file } = grant ?? {};
  const { certFile, keyFile, passphraseFile } = client?.certificate ?? {};
  const { trustIssuer, trustPkce, resource } = relaxations ?? {};
  const givenCredentials = hasGivenSecret(signIn) || certFile !== undefined || grant !== undefined;
  const listed = listedIssuer(signIn);
  return {
    url: serverUrl,
    account: accountFlag(account),
    authMode: authMode === "interactive" ? undefined : authMode,
    clientId: client?.approach === "preregistered" ? client.clientId || undefined : undefined,
    privateKeyFile: client?.tokenAuthMethod === "private_key_jwt" ? "<path>" : undefined,
    clientCert: certFile,
    clientKey: keyFile,
    clientKeyPassphraseFile: passphraseFile,
    clientMetadataUrl: client?.approach === "cimd" ? client.clientId : undefined,
    idpIssuer: idp?.issuer,
    idpClientId: idp?.clientId,
    idpTokenEndpoint: idp?.tokenEndpoint,
    [idp === undefined ? "assertionFile" : "idTokenFile"]: file,
    header: headerNames.map((name) => `${name}: <value>`),
    trustIssuer: trustIssuer && `${trustIssuer.expected}=${trustIssuer.announced}`,
    trustPkce,
    resource,
    // The stored sign-in, which binds given credentials to their issuer, may be deleted by then.
    authorizationServer: givenCredentials && listed !== "" ? listed : undefined,
    ...loginFlags,
  };
}

const nameOf = (text: string) => text.split(/[=:]/, 1)[0];

/** A flag that is given several times keeps its other values; any other flag is replaced. */
function withOptions(options: OptionTexts, more: OptionTexts): OptionTexts {
  const given = new Map(Object.entries(options));
  const merged = Object.entries(more).map(([option, text]) => {
    const before = given.get(option);
    if (!Array.isArray(text) || before === undefined || before === true) return [option, text];
    const names = text.map(nameOf);
    return [option, [...[before].flat().filter((it) => !names.includes(nameOf(it))), ...text]];
  });
  return { ...options, ...Object.fromEntries(merged) };
}

/** The variables that must have the secrets that were given without a file. */
function secretVariables(signIn: SignIn): string[] {
  const { holds = [], idpClientSecret, loginFlags = {} } = signIn;
  const hasIdpSecret = idpClientSecret !== undefined || holds.includes("idpClientSecret");
  return [
    ...hasGivenSecret(signIn) && loginFlags["clientSecretFile"] === undefined
      ? ["MCPASS_CLIENT_SECRET"]
      : [],
    ...hasIdpSecret && loginFlags["idpClientSecretFile"] === undefined
      ? ["MCPASS_IDP_CLIENT_SECRET"]
      : [],
  ];
}

/** The command line for the same sign-in. */
export function signInCommand(signIn: SignIn, more: OptionTexts = {}): PrintedCommand {
  const own = signInOptions(signIn);
  const added = own["clientId"] === undefined ? more : withoutOwnClient(more);
  const line = commandText("login", withOptions(own, added));
  return { line, variables: secretVariables(signIn) };
}

export function signInRemedy(signIn: SignIn, intro = "Sign in", more?: OptionTexts): string {
  return withCommand(intro, signInCommand(signIn, more));
}

export function signInNeeded(code: Code, message: string, signIn: SignIn): Failure {
  return new Failure(code, message, { kind: "sign_in_needed", remedy: signInRemedy(signIn) });
}

/** For a name that no stored sign-in has yet: its server is unknown. */
export function namedSignInNeeded(message: string, name: string): Failure {
  return new Failure("not_signed_in", message, {
    kind: "sign_in_needed",
    remedy: `Sign in with this name: mcpass login <server> --name ${name}`,
  });
}

export function cannotRefresh(code: Code, why: string, entry: StoredEntry): Failure {
  const token = `the token for ${quoted(entry.serverUrl)}`;
  return signInNeeded(code, `${token} cannot be refreshed: ${why}`, entry);
}

/** For a sign-in without tokens. */
export function tokensGone(entry: StoredEntry): Failure {
  const { moved, serverUrl } = entry;
  if (moved === undefined) return cannotRefresh("tokens_gone", "it was refused or revoked", entry);
  const message = `the sign-in to ${quoted(serverUrl)} was ${movedText(moved)}`;
  return new Failure("tokens_gone", message, {
    kind: "sign_in_needed",
    remedy: signInRemedy(entry, "Use it there, or sign in here in addition"),
  });
}

/** `moved to "build-7" on 2026-01-02T03:04:05Z`. */
export function movedText({ at, to }: NonNullable<StoredEntry["moved"]>): string {
  return `moved to ${quoted(to, 100)} on ${at}`;
}
