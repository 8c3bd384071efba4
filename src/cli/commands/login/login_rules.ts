/**
 * Which options of a login cannot stand together.
 *
 * @module
 */

import { usageFailure } from "../../../core/failure.ts";
import { isStandardInput } from "../../../core/input_file.ts";
import { isLoopbackHost, parseUrl } from "../../../core/url.ts";
import { AUTH_MODES } from "../../../oauth/authorization/auth_mode.ts";
import { needsCertificate, needsSecret } from "../../../oauth/client/client_auth.ts";
import { REVISIONS } from "../../../oauth/mcp/revision.ts";
import type { Given, Source } from "../../command/command.ts";
import { longName, variableName } from "../../command/flag.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";

/** The name of an option. */
export type Name = keyof LoginOptions;

/** One impossible combination. */
export interface Rule {
  /** The options involved. */
  readonly options: readonly Name[];
  /** True when they contradict each other. */
  broken(options: LoginOptions): boolean;
  /** What is wrong. */
  message(options: LoginOptions): string;
  /** What to do. */
  readonly remedy: string;
  /** True if a flag does not override a variable, because each of the options protects something. */
  readonly strict?: true;
}

const hasSecret = (options: LoginOptions) =>
  options.clientSecret !== undefined || options.clientSecretFile !== undefined;

/** Modes in which no person consents at the authorization server, and no code comes back. */
const withoutCode = (options: LoginOptions) =>
  !AUTH_MODES[options.authMode ?? "interactive"].codeGrant;

/** Modes in which a person signs in with a browser on this machine. */
const meetsBrowser = ({ authMode = "interactive", idTokenFile }: LoginOptions) =>
  authMode === "interactive" || (authMode === "enterprise" && idTokenFile === undefined);

const withoutKey = (options: LoginOptions) =>
  (options.privateKeyFile ?? options.clientCert) === undefined;

/** The flags that read standard input, of those given. */
function readers(o: LoginOptions): string[] {
  const files: readonly (readonly [Name, string | undefined])[] = [
    ["clientSecretFile", o.clientSecretFile],
    ["privateKeyFile", o.privateKeyFile],
    ["registrationTokenFile", o.registrationTokenFile],
    ["softwareStatementFile", o.softwareStatementFile],
    ["privateKeyPassphraseFile", o.privateKeyPassphraseFile],
    ["assertionFile", o.assertionFile],
    ["idTokenFile", o.idTokenFile],
    ["idpClientSecretFile", o.idpClientSecretFile],
    ["toolArgs", o.toolArgs?.replace(/^@/, "")],
  ];
  return files.filter(([, path]) => path !== undefined && isStandardInput(path))
    .map(([name]) => longName(LOGIN_FLAGS[name]));
}

const IDP: readonly Name[] = [
  "idpIssuer",
  "idpClientId",
  "idpClientSecret",
  "idpClientSecretFile",
  "idpTokenEndpoint",
  "idTokenFile",
];

const knowsCimd = (options: LoginOptions) =>
  REVISIONS.find((row) => row.id === options.protocolVersion)?.registrationOrder
    .includes("cimd") ?? true;

const withCimd = REVISIONS.filter((row) => row.registrationOrder.includes("cimd"))
  .map((row) => row.id).join(" or ");

/** Every combination that cannot be. */
export const RULES: readonly Rule[] = [
  {
    options: ["quiet", "verbose"],
    broken: (o) => o.quiet && o.verbose,
    message: () => "--quiet and --verbose contradict each other",
    remedy: "Give one of them",
  },
  {
    options: ["registration", "authMode"],
    broken: (o) =>
      o.registration === "cimd" && o.authMode === "client_credentials" && withoutKey(o),
    message: () =>
      "--registration cimd cannot be used with --auth-mode client_credentials: " +
      "a client known by its metadata URL has no secret",
    remedy: "Use --registration preregistered with --client-id and a secret, or --private-key-file",
  },
  {
    options: ["clientMetadataUrl", "authMode"],
    broken: (o) =>
      o.clientMetadataUrl !== undefined && o.authMode === "client_credentials" && withoutKey(o),
    message: () =>
      "--client-metadata-url cannot be used with --auth-mode client_credentials: " +
      "a client known by its metadata URL has no secret",
    remedy: "Leave --client-metadata-url out and give --client-id and a secret",
  },
  {
    options: ["registration", "protocolVersion"],
    broken: (o) => o.registration === "cimd" && !knowsCimd(o),
    message: (o) => `--registration cimd does not exist in --protocol-version ${o.protocolVersion}`,
    remedy: `Use --protocol-version ${withCimd}, or another --registration`,
  },
  {
    options: ["clientMetadataUrl", "protocolVersion"],
    broken: (o) => o.clientMetadataUrl !== undefined && !knowsCimd(o),
    message: (o) =>
      `--client-metadata-url has no meaning in --protocol-version ${o.protocolVersion}`,
    remedy: `Use --protocol-version ${withCimd}, or leave --client-metadata-url out`,
  },
  {
    options: ["clientMetadataUrl", "registration"],
    broken: (o) =>
      o.clientMetadataUrl !== undefined &&
      (o.registration === "dcr" || o.registration === "preregistered"),
    message: (o) => `--client-metadata-url cannot be used with --registration ${o.registration}`,
    remedy: "Use --registration cimd, or leave --client-metadata-url out",
  },
  {
    options: ["clientMetadataUrl", "clientId"],
    broken: (o) => o.clientMetadataUrl !== undefined && o.clientId !== undefined,
    message: () => "--client-id and --client-metadata-url name two different clients",
    remedy: "Give one of them",
  },
  {
    options: ["clientId", "registration"],
    broken: (o) =>
      o.clientId !== undefined && (o.registration === "dcr" || o.registration === "cimd"),
    message: (o) => `--client-id cannot be used with --registration ${o.registration}`,
    remedy: "Use --registration preregistered, or leave --client-id out",
  },
  {
    options: ["clientSecret", "clientSecretFile"],
    broken: (o) => o.clientSecret !== undefined && o.clientSecretFile !== undefined,
    message: () => "--client-secret and --client-secret-file both give a secret",
    remedy: "Give one of them",
  },
  {
    options: ["clientSecret", "clientSecretFile", "registration"],
    broken: (o) => hasSecret(o) && (o.registration === "dcr" || o.registration === "cimd"),
    message: (o) => `a client secret cannot be used with --registration ${o.registration}`,
    remedy: "Use --registration preregistered with --client-id, or leave the secret out",
  },
  {
    options: ["clientSecret", "clientSecretFile", "clientMetadataUrl"],
    broken: (o) => hasSecret(o) && o.clientMetadataUrl !== undefined,
    message: () => "a client secret cannot be used with --client-metadata-url",
    remedy: "A client known by its metadata URL has no secret: leave one of them out",
  },
  {
    options: ["clientSecret", "clientSecretFile", "clientId"],
    broken: (o) => hasSecret(o) && o.clientId === undefined && o.registration !== "preregistered",
    message: () => "a client secret was given without --client-id",
    remedy: "Give the client's id with --client-id",
  },
  {
    options: ["tokenAuthMethod", "clientSecret", "clientSecretFile"],
    broken: (o) => o.tokenAuthMethod === "none" && hasSecret(o),
    message: () => "--token-auth-method none leaves no use for a client secret",
    remedy: "Use client_secret_basic or client_secret_post, or leave the secret out",
  },
  {
    options: ["tokenAuthMethod", "authMode"],
    broken: (o) => o.tokenAuthMethod === "none" && o.authMode === "client_credentials",
    message: () =>
      "--token-auth-method none cannot be used with --auth-mode client_credentials: " +
      "this grant is for clients with a secret (RFC 6749 §4.4)",
    remedy: "Use client_secret_basic or client_secret_post",
  },
  {
    options: ["tokenAuthMethod", "registration"],
    broken: (o) =>
      o.registration === "cimd" && o.tokenAuthMethod !== undefined &&
      needsSecret(o.tokenAuthMethod),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} needs a secret, and cimd has none`,
    remedy: "Leave --token-auth-method out",
  },
  {
    options: ["printUrl", "browser"],
    broken: (o) => o.printUrl && o.browser !== undefined,
    message: () => "--print-url opens no browser, so --browser cannot be used with it",
    remedy: "Give one of them",
  },
  {
    options: ["noBrowser", "browser"],
    broken: (o) => o.noBrowser && o.browser !== undefined,
    message: () => "--no-browser opens no browser, so --browser cannot be used with it",
    remedy: "Give one of them",
  },
  {
    options: ["browser", "printUrl", "noBrowser", "authMode"],
    broken: (o) =>
      (o.browser !== undefined && o.authMode !== "device" || o.printUrl || o.noBrowser) &&
      !meetsBrowser(o),
    message: (o) => `--auth-mode ${o.authMode} involves no browser here`,
    remedy: "Leave out --browser, --print-url and --no-browser, or use --auth-mode interactive",
  },
  {
    options: ["redirectUrl", "authMode"],
    broken: (o) => {
      const url = o.redirectUrl === undefined ? undefined : parseUrl(o.redirectUrl);
      return url !== undefined && meetsBrowser(o) &&
        !(url.protocol === "http:" && isLoopbackHost(url.hostname));
    },
    message: () =>
      "--redirect-url has to be http on loopback: " +
      "the browser brings the answer back to this machine",
    remedy: "Use a URL such as http://127.0.0.1:8080/callback, or leave it out for a free port",
  },
  {
    options: ["redirectUrl", "authMode"],
    broken: (o) => o.redirectUrl !== undefined && withoutCode(o) && o.authMode !== "enterprise",
    message: (o) =>
      `--redirect-url has no meaning with --auth-mode ${o.authMode}: nothing is sent back here`,
    remedy: "Leave --redirect-url out",
  },
  {
    options: ["toolArgs", "verifyCallTool"],
    broken: (o) => o.toolArgs !== undefined && o.verifyCallTool === undefined,
    message: () => "--tool-args was given without a tool to call",
    remedy: "Name the tool with --verify-call-tool <name>",
  },
  {
    options: [
      "clientSecretFile",
      "privateKeyFile",
      "privateKeyPassphraseFile",
      "registrationTokenFile",
      "softwareStatementFile",
      "assertionFile",
      "idTokenFile",
      "idpClientSecretFile",
      "toolArgs",
    ],
    broken: (o) => readers(o).length > 1,
    message: (o) => `${readers(o).slice(0, 2).join(" and ")} both read standard input`,
    remedy: "Read one of them from a file",
  },
  {
    options: ["privateKeyFile", "registration"],
    broken: (o) => o.privateKeyFile !== undefined && o.registration === "dcr",
    message: () => "--private-key-file cannot be used with --registration dcr",
    remedy: "Use --registration preregistered with --client-id, or cimd; or leave the key out",
  },
  {
    options: ["privateKeyFile", "clientId", "clientMetadataUrl"],
    broken: (o) =>
      o.privateKeyFile !== undefined && o.clientId === undefined &&
      o.clientMetadataUrl === undefined && o.registration !== "preregistered" &&
      o.registration !== "cimd",
    message: () => "a private key was given without a client",
    remedy: "Give the client's id with --client-id, or its document with --client-metadata-url",
  },
  {
    options: ["privateKeyFile", "clientSecret", "clientSecretFile"],
    broken: (o) => o.privateKeyFile !== undefined && hasSecret(o),
    message: () => "a private key and a client secret were given: a client authenticates one way",
    remedy: "Give one of them",
  },
  {
    options: ["privateKeyFile", "tokenAuthMethod"],
    broken: (o) =>
      o.privateKeyFile !== undefined && o.tokenAuthMethod !== undefined &&
      o.tokenAuthMethod !== "private_key_jwt",
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} leaves no use for a private key`,
    remedy: "Use private_key_jwt, or leave the key out",
  },
  {
    options: ["privateKeyFile", "tokenAuthMethod"],
    broken: (o) => o.tokenAuthMethod === "private_key_jwt" && o.privateKeyFile === undefined,
    message: () => "--token-auth-method private_key_jwt was given without a private key",
    remedy: "Give the key with --private-key-file <path>",
  },
  {
    options: ["privateKeyPassphraseFile", "privateKeyFile"],
    broken: (o) => o.privateKeyPassphraseFile !== undefined && o.privateKeyFile === undefined,
    message: () => "--private-key-passphrase-file was given without a key",
    remedy: "Give the key with --private-key-file <path>",
  },
  {
    options: ["clientCert", "clientKey"],
    broken: (o) => o.clientKey !== undefined && o.clientCert === undefined,
    message: () => "--client-key was given without a certificate",
    remedy: "Give the certificate with --client-cert <path>",
  },
  {
    options: ["clientKeyPassphraseFile", "clientCert"],
    broken: (o) => o.clientKeyPassphraseFile !== undefined && o.clientCert === undefined,
    message: () => "--client-key-passphrase-file was given without a certificate",
    remedy: "Give the certificate with --client-cert <path> and its key with --client-key <path>",
  },
  {
    options: ["clientCert", "clientKey", "clientKeyPassphraseFile"],
    broken: (o) =>
      [o.clientCert, o.clientKey, o.clientKeyPassphraseFile].some((path = "") =>
        isStandardInput(path)
      ),
    message: () =>
      "a certificate and its key are files: their paths are kept, for renewals, and standard input " +
      "has none",
    remedy: "Name files",
  },
  {
    options: ["tokenAuthMethod", "clientCert"],
    broken: (o) =>
      o.clientCert === undefined && o.tokenAuthMethod !== undefined &&
      needsCertificate(o.tokenAuthMethod),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} was given without a certificate`,
    remedy: "Give the certificate with --client-cert <path> and its key with --client-key <path>",
  },
  {
    options: ["tokenAuthMethod", "clientSecret", "clientSecretFile"],
    broken: (o) =>
      hasSecret(o) && o.tokenAuthMethod !== undefined && needsCertificate(o.tokenAuthMethod),
    message: (o) => `--token-auth-method ${o.tokenAuthMethod} leaves no use for a client secret`,
    remedy: "Use client_secret_basic or client_secret_post, or leave the secret out",
  },
  {
    options: [
      ...["registrationTokenFile", "softwareStatementFile", "registration", "clientId"] as const,
      "clientMetadataUrl",
    ],
    broken: (o) =>
      (o.registrationTokenFile ?? o.softwareStatementFile) !== undefined &&
      (o.clientId !== undefined || o.clientMetadataUrl !== undefined ||
        o.registration === "cimd" || o.registration === "preregistered"),
    message: (o) =>
      `${
        o.registrationTokenFile === undefined
          ? "--software-statement-file"
          : "--registration-token-file"
      } is for a client that is registered now, and another way to a client was named`,
    remedy: "Use --registration dcr, or leave the file out",
  },
  {
    options: ["assertionFile", "authMode"],
    broken: (o) => o.assertionFile !== undefined && o.authMode !== "jwt_bearer",
    message: () => "--assertion-file is for --auth-mode jwt_bearer",
    remedy: "Add --auth-mode jwt_bearer, or leave the file out",
  },
  {
    options: ["authMode", "clientId", "registration"],
    broken: (o) =>
      o.authMode === "jwt_bearer" && o.clientId === undefined && o.registration !== undefined &&
      o.registration !== "auto",
    message: (o) =>
      `--auth-mode jwt_bearer needs no client, so --registration ${o.registration} ` +
      "has nothing to do",
    remedy: "Leave --registration out",
  },
  {
    options: ["authMode", ...IDP],
    broken: (o) => o.authMode !== "enterprise" && IDP.some((name) => o[name] !== undefined),
    message: (o) =>
      `${
        IDP.filter((name) => o[name] !== undefined).map((name) => longName(LOGIN_FLAGS[name]))
          .join(", ")
      } is for --auth-mode enterprise`,
    remedy: "Add --auth-mode enterprise, or leave it out",
  },
  {
    options: ["idpClientSecret", "idpClientSecretFile"],
    broken: (o) => o.idpClientSecret !== undefined && o.idpClientSecretFile !== undefined,
    message: () => "--idp-client-secret and --idp-client-secret-file both give a secret",
    remedy: "Give one of them",
  },
  {
    options: ["redirectUrl", "idTokenFile"],
    broken: (o) => o.redirectUrl !== undefined && o.idTokenFile !== undefined,
    message: () => "--redirect-url has no meaning with --id-token-file: nobody signs in",
    remedy: "Give one of them",
  },
  {
    options: ["par", "authMode"],
    broken: (o) => o.par && withoutCode(o),
    message: (o) =>
      `--par has no meaning with --auth-mode ${o.authMode}: ` +
      "it sends no authorization request",
    remedy: "Leave --par out",
  },
  {
    options: ["debugOut", "credentialsOut"],
    broken: (o) => o.debugOut !== undefined && o.debugOut === o.credentialsOut,
    message: () => "--debug-out and --credentials-out name the same file",
    remedy: "Give two different paths",
  },
  {
    options: ["store", "noStore"],
    broken: (o) => o.noStore && o.store !== undefined && o.store !== "none",
    message: (o) => `--no-store contradicts --store ${o.store}`,
    remedy: "Give one of them",
  },
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

/** The flag, or the variable, that an option came from. */
function origin(option: Name, source: Source | undefined): string {
  const flag = LOGIN_FLAGS[option];
  return source === "variable" ? variableName(flag) : longName(flag);
}

/**
 * Drops variables that contradict a flag, since what was typed is meant, and refuses every other
 * contradiction.
 *
 * @throws Failure of kind `usage`, code `impossible_combination`.
 */
export function settleOptions(
  given: Given<typeof LOGIN_FLAGS>,
): Given<typeof LOGIN_FLAGS> {
  let { options } = given;
  const sources = new Map(given.sources);
  for (const rule of RULES) {
    if (!rule.broken(options)) continue;
    const fromVariables = rule.options.filter((name) => sources.get(name) === "variable");
    const mayDrop = rule.strict !== true && fromVariables.length > 0;
    if (mayDrop && rule.options.some((name) => sources.get(name) === "flag")) {
      const absent = fromVariables.map((name) => [name, LOGIN_FLAGS[name].absent]);
      options = { ...options, ...Object.fromEntries(absent) };
      fromVariables.forEach((name) => sources.delete(name));
      if (!rule.broken(options)) continue;
    }
    const names = fromVariables.map((name) => origin(name, "variable"));
    throw usageFailure(
      "impossible_combination",
      rule.message(options) + (names.length > 0 ? ` (set by ${names.join(", ")})` : ""),
      rule.remedy,
    );
  }
  return { ...given, options, sources };
}
