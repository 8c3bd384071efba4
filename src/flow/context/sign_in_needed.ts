import { Failure } from "../../core/failure.ts";
import { commandArgument, quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../store/stored_entry.ts";

export type SignIn = Pick<StoredEntry, "serverUrl"> & Partial<StoredEntry>;

export function listedIssuer(
  { issuer, relaxations }: Partial<Pick<StoredEntry, "issuer" | "relaxations">>,
): string | undefined {
  const trusted = relaxations?.trustIssuer;
  return trusted?.announced === issuer ? trusted?.expected : issuer;
}

/** The command line for the same sign-in, with placeholders for secrets. */
export function loginCommand(signIn: SignIn): string {
  const { serverUrl, account, authMode = "interactive", client, relaxations, grant } = signIn;
  const { identityProvider: idp, file } = grant ?? {};
  const { trustIssuer, trustPkce, resource } = relaxations ?? {};
  const flag = (name: string, value: string | undefined) =>
    value === undefined || value === "" ? [] : [`--${name} ${commandArgument(value)}`];
  const preregistered = client?.approach === "preregistered" ? client : undefined;
  const given = preregistered?.clientSecret !== undefined ||
    client?.certificate !== undefined || grant !== undefined;
  return [
    "mcpass login",
    ...flag("url", serverUrl),
    ...flag("account", account === DEFAULT_ACCOUNT ? undefined : account),
    ...flag("auth-mode", authMode === "interactive" ? undefined : authMode),
    ...preregistered ? flag("client-id", preregistered.clientId) : [],
    ...preregistered?.clientSecret === undefined ? [] : ["--client-secret-file <path>"],
    ...client?.tokenAuthMethod === "private_key_jwt" ? ["--private-key-file <path>"] : [],
    ...flag("client-cert", client?.certificate?.certFile),
    ...flag("client-key", client?.certificate?.keyFile),
    ...client?.approach === "cimd" ? flag("client-metadata-url", client.clientId) : [],
    ...flag("idp-issuer", idp?.issuer),
    ...flag("idp-client-id", idp?.clientId),
    ...flag("idp-token-endpoint", idp?.tokenEndpoint),
    ...signIn.idpClientSecret === undefined ? [] : ["--idp-client-secret-file <path>"],
    ...flag(idp === undefined ? "assertion-file" : "id-token-file", file),
    ...(signIn.headerNames ?? []).flatMap((name) => flag("header", `${name}: ...`)),
    ...flag("trust-issuer", trustIssuer && `${trustIssuer.expected}=${trustIssuer.announced}`),
    ...flag("trust-pkce", trustPkce),
    ...flag("resource", resource),
    ...flag("resource-metadata", signIn.resourceMetadata),
    // The stored sign-in, which binds given credentials to their issuer, may be deleted by then.
    ...flag("authorization-server", given ? listedIssuer(signIn) : undefined),
  ].join(" ");
}

export function signInNeeded(code: Code, message: string, signIn: SignIn): Failure {
  return new Failure(code, message, {
    kind: "sign_in_needed",
    remedy: `Sign in: ${loginCommand(signIn)}`,
  });
}

export function cannotRefresh(code: Code, why: string, entry: StoredEntry): Failure {
  const token = `the token for ${quoted(entry.serverUrl)}`;
  return signInNeeded(code, `${token} cannot be refreshed: ${why}`, entry);
}
