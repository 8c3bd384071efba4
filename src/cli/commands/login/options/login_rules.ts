import { isStandardInput } from "../../../../core/input_file.ts";
import { isLoopbackHost, parseUrl } from "../../../../core/url.ts";
import { AUTH_MODES } from "../../../../oauth/authorization/auth_mode.ts";
import { needsCertificate, needsSecret } from "../../../../oauth/client/client_auth.ts";
import { REVISIONS } from "../../../../oauth/mcp/revision.ts";
import { exclusive, onlyWith, requires } from "../../../args/flag_rules.ts";
import type { FlagRule } from "../../../command/command.ts";
import { longName } from "../../../command/flag.ts";
import { CERTIFICATE_FILES, INPUT_FILES, LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";

type Name = keyof LoginOptions;
type LoginRule = FlagRule<typeof LOGIN_FLAGS>;

const SECRET: readonly Name[] = ["clientSecret", "clientSecretFile"];
const GIVE_KEY = "Add the key with --private-key-file <path>";
const GIVE_CERTIFICATE =
  "Add the certificate with --client-cert <path> and its key with --client-key <path>";

/** True if a person signs in with a browser on this machine. */
const usesBrowser = ({ authMode = "interactive", idTokenFile }: LoginOptions) =>
  authMode === "interactive" || (authMode === "enterprise" && idTokenFile === undefined);

const hasSecret = ({ clientSecret, clientSecretFile }: LoginOptions) =>
  (clientSecret ?? clientSecretFile) !== undefined;

const hasNoKey = ({ clientCert, privateKeyFile }: LoginOptions) =>
  (privateKeyFile ?? clientCert) === undefined;

const CODE_MODES = Object.entries(AUTH_MODES).filter(([, { codeGrant }]) => codeGrant)
  .map(([mode]) => mode);

function isLoopbackHttp(text: string): boolean {
  const url = parseUrl(text);
  return url?.protocol === "http:" && isLoopbackHost(url.hostname);
}

const IDP: readonly Name[] = [
  "idpIssuer",
  "idpClientId",
  "idpClientSecret",
  "idpClientSecretFile",
  "idpTokenEndpoint",
  "idTokenFile",
];

function standardInputFlags(options: LoginOptions): string[] {
  const files = { ...options, toolArgs: options.toolArgs?.replace(/^@/, "") };
  return ([...INPUT_FILES, "toolArgs"] as const)
    .filter((name) => isStandardInput(files[name] ?? ""))
    .map((name) => longName(LOGIN_FLAGS[name]));
}

const CIMD_REVISIONS = REVISIONS.filter((row) => row.registrationOrder.includes("cimd"))
  .map((row) => row.id);
const WITH_CIMD = `Use --protocol-version ${CIMD_REVISIONS.join(" or ")}`;
const CIMD_VERSIONS = [undefined, "auto", ...CIMD_REVISIONS];

const RESOURCE_METADATA_REVISIONS = REVISIONS.filter((row) => row.resourceMetadata)
  .map((row) => row.id);

export const LOGIN_RULES: readonly LoginRule[] = [
  exclusive(["registration", "authMode"], {
    when: (o) => o.registration === "cimd" && o.authMode === "client_credentials" && hasNoKey(o),
    message: "--registration cimd cannot be used with --auth-mode client_credentials: " +
      "a client known by its metadata URL has no secret",
    remedy: "Use --registration preregistered with --client-id and a secret, or --private-key-file",
  }),
  exclusive(["clientMetadataUrl", "authMode"], {
    when: (o) => o.authMode === "client_credentials" && hasNoKey(o),
    message: "--client-metadata-url cannot be used with --auth-mode client_credentials: " +
      "a client known by its metadata URL has no secret",
    remedy: "Omit --client-metadata-url and use --client-id and a secret",
  }),
  onlyWith(["registration"], "protocolVersion", CIMD_VERSIONS, {
    when: (o) => o.registration === "cimd",
    message: (o) =>
      `--registration cimd cannot be used with --protocol-version ${o.protocolVersion}`,
    remedy: `${WITH_CIMD}, or another --registration`,
  }),
  onlyWith(["clientMetadataUrl"], "protocolVersion", CIMD_VERSIONS, {
    message: (o) =>
      `--client-metadata-url cannot be used with --protocol-version ${o.protocolVersion}`,
    remedy: `${WITH_CIMD}, or omit --client-metadata-url`,
  }),
  onlyWith(["resourceMetadata"], "protocolVersion", [
    undefined,
    "auto",
    ...RESOURCE_METADATA_REVISIONS,
  ], {
    message: (o) => `--protocol-version ${o.protocolVersion} has no resource metadata`,
    remedy: `Use --protocol-version ${RESOURCE_METADATA_REVISIONS.join(" or ")}, or leave ` +
      "--resource-metadata out",
  }),
  onlyWith(["clientMetadataUrl"], "registration", [undefined, "auto", "cimd"], {
    remedy: "Use --registration cimd, or omit --client-metadata-url",
  }),
  exclusive(["clientId", "clientMetadataUrl"], {
    message: "--client-id and --client-metadata-url name two different clients",
  }),
  onlyWith(["clientId"], "registration", [undefined, "auto", "preregistered"], {
    remedy: "Use --registration preregistered, or omit --client-id",
  }),
  exclusive(SECRET, {
    message: "--client-secret and --client-secret-file cannot be used together",
  }),
  onlyWith(SECRET, "registration", [undefined, "auto", "preregistered"], {
    message: (o) => `a client secret cannot be used with --registration ${o.registration}`,
    remedy: "Use --registration preregistered with --client-id, or omit the secret",
  }),
  exclusive([...SECRET, "clientMetadataUrl"], {
    message: "a client secret cannot be used with --client-metadata-url",
    remedy: "A client known by its metadata URL has no secret: omit one of them",
  }),
  ...SECRET.map((name) =>
    requires(name, ["clientId"], {
      when: (o: LoginOptions) => o.registration !== "preregistered",
      message: "a client secret requires --client-id",
      remedy: "Add the client ID with --client-id",
    })
  ),
  exclusive(["tokenAuthMethod", ...SECRET], {
    when: (o) => o.tokenAuthMethod === "none" && hasSecret(o),
    message: "--token-auth-method none uses no client secret",
    remedy: "Use client_secret_basic or client_secret_post, or omit the secret",
  }),
  exclusive(["tokenAuthMethod", "authMode"], {
    when: (o) => o.tokenAuthMethod === "none" && o.authMode === "client_credentials",
    message: "--token-auth-method none cannot be used with --auth-mode client_credentials: " +
      "this grant is for clients with a secret (RFC 6749 §4.4)",
    remedy: "Use client_secret_basic or client_secret_post",
  }),
  exclusive(["tokenAuthMethod", "registration"], {
    when: (o) => o.registration === "cimd" && needsSecret(o.tokenAuthMethod ?? "none"),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} requires a secret, but cimd has none`,
    remedy: "Omit --token-auth-method",
  }),
  exclusive(["printUrl", "browser"], {
    message: "--print-url and --browser cannot be used together: --print-url opens no browser",
  }),
  exclusive(["noBrowser", "browser"], {
    message: "--no-browser and --browser cannot be used together",
  }),
  {
    options: ["browser", "printUrl", "noBrowser", "authMode"],
    broken: (o) =>
      !usesBrowser(o) &&
      (o.printUrl || o.noBrowser || o.browser !== undefined && o.authMode !== "device"),
    message: (o) => `--auth-mode ${o.authMode} uses no browser here`,
    remedy: "Omit --browser, --print-url and --no-browser, or use --auth-mode interactive",
  },
  {
    options: ["redirectUrl", "authMode", "begin"],
    broken: (o) =>
      o.redirectUrl !== undefined && usesBrowser(o) && !o.begin && !isLoopbackHttp(o.redirectUrl),
    message: () =>
      "--redirect-url must be http on loopback: the browser sends the response to this machine",
    remedy: "Use a URL such as http://127.0.0.1:8080/callback, or omit it for a free port",
  },
  onlyWith(["redirectUrl"], "authMode", [undefined, "enterprise", ...CODE_MODES], {
    message: (o) =>
      `--redirect-url cannot be used with --auth-mode ${o.authMode}: there is no callback`,
    remedy: "Omit --redirect-url",
  }),
  requires("toolArgs", ["verifyCallTool"], {
    message: "--tool-args requires --verify-call-tool",
    remedy: "Add --verify-call-tool <name>",
  }),
  exclusive([...INPUT_FILES, "toolArgs"], {
    when: (o) => standardInputFlags(o).length > 1,
    message: (o) => `${standardInputFlags(o).slice(0, 2).join(" and ")} both read standard input`,
    remedy: "Read one of them from a file",
  }),
  onlyWith(["privateKeyFile"], "registration", [undefined, "auto", "preregistered", "cimd"], {
    remedy: "Use --registration preregistered with --client-id, or cimd; or omit the key",
  }),
  requires("privateKeyFile", ["clientId", "clientMetadataUrl"], {
    when: (o) => o.registration !== "preregistered" && o.registration !== "cimd",
    message: "a private key requires a client",
    remedy: "Add the client ID with --client-id, or its document with --client-metadata-url",
  }),
  exclusive(["privateKeyFile", ...SECRET], {
    when: (o) => o.privateKeyFile !== undefined,
    message: "a private key and a client secret cannot be used together",
  }),
  onlyWith(["privateKeyFile"], "tokenAuthMethod", [undefined, "private_key_jwt"], {
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} uses no private key`,
    remedy: "Use private_key_jwt, or omit the key",
  }),
  requires("tokenAuthMethod", ["privateKeyFile"], {
    when: (o) => o.tokenAuthMethod === "private_key_jwt",
    message: "--token-auth-method private_key_jwt requires a private key",
    remedy: GIVE_KEY,
  }),
  requires("privateKeyPassphraseFile", ["privateKeyFile"], {
    message: "--private-key-passphrase-file requires a private key",
    remedy: GIVE_KEY,
  }),
  requires("clientKey", ["clientCert"], {
    message: "--client-key requires a certificate",
    remedy: "Add the certificate with --client-cert <path>",
  }),
  requires("clientKeyPassphraseFile", ["clientCert"], {
    message: "--client-key-passphrase-file requires a certificate",
    remedy: GIVE_CERTIFICATE,
  }),
  {
    options: CERTIFICATE_FILES,
    broken: (o) => CERTIFICATE_FILES.some((name) => isStandardInput(o[name] ?? "")),
    message: () =>
      "a certificate and its key must be files: mcpass stores their paths for the next refresh",
    remedy: "Use files",
  },
  requires("tokenAuthMethod", ["clientCert"], {
    when: (o) => needsCertificate(o.tokenAuthMethod ?? "none"),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} requires a certificate`,
    remedy: GIVE_CERTIFICATE,
  }),
  exclusive(["tokenAuthMethod", ...SECRET], {
    when: (o) => needsCertificate(o.tokenAuthMethod ?? "none") && hasSecret(o),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} uses no client secret`,
    remedy: "Use client_secret_basic or client_secret_post, or omit the secret",
  }),
  ...(["registrationTokenFile", "softwareStatementFile"] as const).map((name) =>
    exclusive([name, "registration", "clientId", "clientMetadataUrl"], {
      when: (o: LoginOptions) =>
        o[name] !== undefined &&
        ((o.clientId ?? o.clientMetadataUrl) !== undefined || o.registration === "cimd" ||
          o.registration === "preregistered"),
      message: `${longName(LOGIN_FLAGS[name])} requires a dynamic registration, but ` +
        "another client is given",
      remedy: "Use --registration dcr, or omit the file",
    })
  ),
  onlyWith(["assertionFile"], "authMode", ["jwt_bearer"], {
    remedy: "Add --auth-mode jwt_bearer, or omit the file",
  }),
  exclusive(["authMode", "registration"], {
    when: (o) =>
      o.authMode === "jwt_bearer" && o.clientId === undefined && o.registration !== "auto",
    message: (o) =>
      `--auth-mode jwt_bearer requires no client, so --registration ` +
      `${o.registration} has no effect`,
    remedy: "Omit --registration",
  }),
  onlyWith(IDP, "authMode", ["enterprise"], {
    remedy: "Add --auth-mode enterprise, or omit it",
  }),
  exclusive(["idpClientSecret", "idpClientSecretFile"], {
    message: "--idp-client-secret and --idp-client-secret-file cannot be used together",
  }),
  exclusive(["redirectUrl", "idTokenFile"], {
    message: "--redirect-url cannot be used with --id-token-file: no browser is used",
  }),
  onlyWith(["authorizeParam"], "authMode", [undefined, "enterprise", ...CODE_MODES], {
    message: (o) =>
      `--authorize-param cannot be used with --auth-mode ${o.authMode}: it sends no ` +
      "authorization request",
    remedy: "Omit --authorize-param",
  }),
  {
    options: ["authorizationServerMetadata"],
    broken: ({ authorizationServerMetadata = "" }) => isStandardInput(authorizationServerMetadata),
    message: () =>
      "--authorization-server-metadata must be a file or a URL: mcpass stores it for later",
    remedy: "Use a file",
  },
  {
    options: ["authorizeParam"],
    broken: ({ authorizeParam }) =>
      new Set(authorizeParam.map(([name]) => name)).size < authorizeParam.length,
    message: () => "--authorize-param has the same key twice",
    remedy: "Use each parameter once (RFC 6749 §3.1)",
  },
  onlyWith(["par"], "authMode", [undefined, ...CODE_MODES], {
    message: (o) =>
      `--par cannot be used with --auth-mode ${o.authMode}: it sends no authorization request`,
    remedy: "Omit --par",
  }),
  {
    options: ["hideSecrets", "store", "noStore", "credentialsOut", "dryRun"],
    broken: (o) =>
      o.hideSecrets && !o.dryRun && o.credentialsOut === undefined &&
      (o.noStore || o.store === "none"),
    message: () =>
      "--hide-secrets with --store none (or --no-store) would lose the credentials: mcpass would " +
      "neither print nor store them",
    remedy: "Add --credentials-out <path>, or remove one of the two flags (or their variables)",
    strict: true,
  },
];
