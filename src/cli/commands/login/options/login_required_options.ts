import { needsSecret } from "../../../../oauth/client/client_auth.ts";
import type { LOGIN_FLAGS, LoginOptions } from "./login_flags.ts";
import type { RequiredOption } from "../../../command/command.ts";
import { REQUIRED_LOGIN_SERVER } from "../../../shared/sign_in/required_server.ts";

function requiresSecret(options: LoginOptions): boolean {
  const { authMode, clientId, registration, tokenAuthMethod } = options;
  if (clientId === undefined && registration !== "preregistered") return false;
  if (tokenAuthMethod !== undefined) return needsSecret(tokenAuthMethod);
  return authMode === "client_credentials" &&
    (options.privateKeyFile ?? options.clientCert) === undefined;
}

/** In the order in which mcpass asks for them. */
export const LOGIN_REQUIRED_OPTIONS: readonly RequiredOption<typeof LOGIN_FLAGS>[] = [
  {
    ...REQUIRED_LOGIN_SERVER,
    missing: ({ url, finish }) => url === undefined && finish === undefined,
    reason: "the URL of the server to sign in to",
    storesIn: ({ credentialsOut, store }) => credentialsOut === undefined || store !== undefined,
  },
  {
    option: "clientId",
    missing: ({ registration, clientId }) =>
      registration === "preregistered" && clientId === undefined,
    reason: "--registration preregistered requires the client ID",
    message: "Client ID, from the authorization server",
    later: true,
  },
  {
    option: "clientSecret",
    missing: (options) =>
      requiresSecret(options) && (options.clientSecret ?? options.clientSecretFile) === undefined,
    reason: "this client must authenticate at the token endpoint; better with " +
      "--client-secret-file or MCPASS_CLIENT_SECRET",
    message: "Client secret",
    later: true,
  },
  {
    option: "clientMetadataUrl",
    missing: (options) =>
      options.registration === "cimd" && options.clientMetadataUrl === undefined,
    reason: "--registration cimd requires the client's metadata document",
    message: "URL of the metadata document (CIMD)",
    example: "https://app.example/client.json",
    later: true,
  },
  {
    option: "assertionFile",
    missing: (options) => options.authMode === "jwt_bearer" && options.assertionFile === undefined,
    reason: "--auth-mode jwt_bearer requires the workload's JWT",
    message: "File with the workload's JWT",
    example: "/var/run/secrets/tokens/mcp",
  },
  {
    option: "idpIssuer",
    missing: (options) => options.authMode === "enterprise" && options.idpIssuer === undefined,
    reason: "--auth-mode enterprise requires the identity provider",
    message: "Issuer of the identity provider",
    example: "https://idp.example",
  },
  {
    option: "idpClientId",
    missing: (options) => options.authMode === "enterprise" && options.idpClientId === undefined,
    reason: "--auth-mode enterprise requires the client ID there",
    message: "Client ID at the identity provider",
  },
];
