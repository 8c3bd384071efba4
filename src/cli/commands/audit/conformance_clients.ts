/** The flags for clients of the operator, and the members of the plan that they set. @module */

import type { AuditPlan } from "../../../audit/context/audit.ts";
import { usageFailure } from "../../../core/failure.ts";
import type { TokenClient } from "../../../flow/token/post_as_client.ts";
import { CLIENT_AUTH_METHODS } from "../../../oauth/client/client_auth.ts";
import { exclusive, requires } from "../../args/flag_rules.ts";
import { choice, identifier, path, text } from "../../args/values.ts";
import type { FlagRule } from "../../command/command.ts";
import { flagGroup, type OptionsOf, secretValue, value } from "../../command/flag.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readSecret } from "../../shared/input_files.ts";
import { readPrivateKey } from "../../shared/private_key.ts";
import type { CONSENT_FLAGS } from "./conformance_consent.ts";

export const AUDIT_CLIENT_FLAGS = flagGroup("Clients:", {
  clientId: value(
    "<id>",
    "client ID of a pre-registered client that signs in (default: registers one)",
    identifier,
  ),
  clientSecret: secretValue(
    "<secret>",
    "client secret; safer in a file or in MCPASS_CLIENT_SECRET",
    text,
  ),
  clientSecretFile: value("<path>", "file with the client secret, or - for standard input", path),
  privateKeyFile: value(
    "<path>",
    "private key for private_key_jwt: PEM or JWK, or - for standard input",
    path,
  ),
  tokenAuthMethod: value(
    "<m>",
    `client authentication: ${CLIENT_AUTH_METHODS.join(", ")}`,
    choice(CLIENT_AUTH_METHODS),
  ),
  secondClientId: value(
    "<id>",
    "client ID of another public client with the same redirect URI, for checks with two clients",
    identifier,
  ),
});

type ClientOptions = OptionsOf<typeof AUDIT_CLIENT_FLAGS & typeof CONSENT_FLAGS>;

const NAME_CLIENT = "Add --client-id <id>";

const needsClient = (name: keyof typeof AUDIT_CLIENT_FLAGS, flag: string) =>
  requires<typeof AUDIT_CLIENT_FLAGS>(name, ["clientId"], {
    message: `${flag} requires --client-id`,
    remedy: NAME_CLIENT,
  });

export const AUDIT_CLIENT_RULES: readonly FlagRule<typeof AUDIT_CLIENT_FLAGS>[] = [
  exclusive(["clientSecret", "clientSecretFile", "privateKeyFile"]),
  needsClient("clientSecret", "--client-secret"),
  needsClient("clientSecretFile", "--client-secret-file"),
  needsClient("privateKeyFile", "--private-key-file"),
  needsClient("tokenAuthMethod", "--token-auth-method"),
  needsClient("secondClientId", "--second-client-id"),
];

async function keysOf(
  session: CommandSession,
  { clientSecret, clientSecretFile, privateKeyFile }: ClientOptions,
): Promise<Pick<TokenClient, "clientSecret" | "privateKey">> {
  const { runtime: { io }, secrets } = session;
  const read = clientSecretFile === undefined
    ? undefined
    : await readSecret("--client-secret-file", clientSecretFile, io);
  const key = privateKeyFile === undefined
    ? undefined
    : await readPrivateKey(privateKeyFile, io, () => Promise.resolve(undefined));
  for (const finding of [...read?.findings ?? [], ...key?.findings ?? []]) {
    session.emit({ type: "finding", finding: { ...finding, step: "request" } });
  }
  const secret = read?.secret ?? clientSecret;
  secrets.add(secret);
  return { clientSecret: secret, privateKey: key?.jwk };
}

/**
 * The members of the plan that these flags set.
 *
 * @throws Failure `missing_options`, `secret_…`, `private_key_…` (usage).
 */
export async function clientPlan(
  session: CommandSession,
  options: ClientOptions,
): Promise<Partial<AuditPlan>> {
  const { authMode, clientId, secondClientId, tokenAuthMethod } = options;
  const usesCredentials = authMode === "client_credentials";
  const keys = await keysOf(session, options);
  const hasKey = keys.clientSecret !== undefined || keys.privateKey !== undefined;
  if (usesCredentials && (clientId === undefined || !hasKey && tokenAuthMethod === undefined)) {
    throw usageFailure(
      "missing_options",
      "--auth-mode client_credentials needs a client and its secret or key",
      "Add --client-id <id> and --client-secret-file <path>",
    );
  }
  const usual = keys.privateKey !== undefined
    ? "private_key_jwt"
    : keys.clientSecret !== undefined
    ? "client_secret_basic"
    : "none";
  return {
    ...usesCredentials || authMode === "device" ? { authMode } : {},
    ...clientId === undefined
      ? {}
      : { client: { clientId, ...keys, method: tokenAuthMethod ?? usual } },
    ...secondClientId === undefined
      ? {}
      : { secondClient: { clientId: secondClientId, method: "none" as const } },
  };
}
