import type { RegistrationChoice } from "../../../../flow/context/login_plan.ts";
import { AUTH_MODES, type AuthMode } from "../../../../oauth/authorization/auth_mode.ts";
import { CLIENT_AUTH_METHODS } from "../../../../oauth/client/client_auth.ts";
import {
  PROGRESS_FLAG,
  REQUEST_FLAGS,
  RESULT_FLAGS,
  SERVER_FLAGS,
} from "../../../args/common_flags.ts";
import {
  flagGroup,
  list,
  type OptionsOf,
  secretValue,
  toggle,
  value,
} from "../../../command/flag.ts";
import { DISCOVERY_FLAGS } from "../../../args/discovery_flags.ts";
import { LOGIN_STORE_FLAGS } from "../../../shared/sign_in/store_options.ts";
import { clientMetadataUrl, redirectUrl, secureUrl } from "../../../args/url_value.ts";
import {
  authorizeParam,
  choice,
  identifier,
  milliseconds,
  outputPath,
  path,
  program,
  scopes,
  text,
} from "../../../args/values.ts";
import { hasWeakerChecks, VERSION_FLAG } from "../../../args/version_value.ts";

const REGISTRATIONS: readonly RegistrationChoice[] = ["cimd", "dcr", "preregistered", "auto"];
const MODES = Object.keys(AUTH_MODES) as AuthMode[];

const STORED = { stored: "text" } as const;

const file = (about: string) => value("<path>", about, path, { stored: "path" });

export const LOGIN_FLAGS = {
  ...SERVER_FLAGS,
  protocolVersion: { ...VERSION_FLAG, ...STORED, relaxes: hasWeakerChecks },
  ...flagGroup("Client:", {
    registration: value(
      "<s>",
      `how to obtain a client: ${REGISTRATIONS.join(", ")} (default: auto)`,
      choice(REGISTRATIONS),
      STORED,
    ),
    clientId: value("<id>", "client ID of a pre-registered client", identifier),
    clientSecret: secretValue(
      "<secret>",
      "client secret; safer in a file or in MCPASS_CLIENT_SECRET",
      text,
    ),
    clientSecretFile: file("file with the client secret, or - for standard input"),
    privateKeyFile: file("private key for private_key_jwt: PEM or JWK, or - for standard input"),
    privateKeyPassphraseFile: file("file with the passphrase of --private-key-file (default: ask)"),
    clientCert: file("client certificate for mutual TLS (RFC 8705): PEM with its chain"),
    clientKey: file("private key of --client-cert: PEM (default: in the same file)"),
    clientKeyPassphraseFile: file("file with the passphrase of --client-key (default: ask)"),
    clientMetadataUrl: value(
      "<url>",
      "URL of the client ID metadata document (CIMD)",
      clientMetadataUrl,
    ),
    clientName: value("<name>", "client name to register (default: mcpass)", identifier, STORED),
    registrationTokenFile: file(
      "file with an initial access token for registration, or - for standard input",
    ),
    softwareStatementFile: file(
      "file with a software statement (RFC 7591), or - for standard input",
    ),
  }),
  ...flagGroup("Consent:", {
    authMode: value(
      "<m>",
      `how to authorize: ${MODES.join(", ")} (default: interactive)`,
      choice(MODES),
    ),
    redirectUrl: value(
      "<url>",
      "redirect URI (default: http://127.0.0.1:<free port>/callback; port 17823 with --client-id or " +
        "--client-metadata-url). Without a port in the URL, mcpass uses a free one",
      redirectUrl,
      STORED,
    ),
    scopes: value(
      "<scopes>",
      "scopes to request, separated by spaces (default: what the server asks for)",
      scopes,
      STORED,
    ),
    printUrl: toggle("print the authorization URL instead of opening a browser"),
    noBrowser: toggle("the same as --print-url"),
    browser: value("<cmd>", "program that opens the authorization URL", program),
    forBridges: toggle("sign in without a terminal, for mcpass bridge, which starts this itself"),
    consentTimeout: value(
      "<ms>",
      "time limit for the sign-in in the browser (default: 300000)",
      milliseconds,
    ),
    assertionFile: file("file with the JWT for jwt_bearer, or - for standard input"),
    idpIssuer: value("<url>", "issuer of the identity provider, for enterprise", secureUrl),
    idpClientId: value(
      "<id>",
      "client ID at the identity provider",
      identifier,
    ),
    idpClientSecret: secretValue(
      "<secret>",
      "client secret at the identity provider; safer in a file or in MCPASS_IDP_CLIENT_SECRET",
      text,
    ),
    idpClientSecretFile: file("file with that client secret, or - for standard input"),
    idpTokenEndpoint: value(
      "<url>",
      "token endpoint of the identity provider (default: from its metadata)",
      secureUrl,
    ),
    idTokenFile: file(
      "file with an ID token, instead of signing in at the identity provider; - for standard input",
    ),
  }),
  ...flagGroup("Hand-over:", {
    begin: toggle("print the page to open and a handle, and end; --finish completes the login"),
    handleOut: value(
      "<path>",
      "with --begin: write the handle to this file instead of printing it",
      outputPath,
    ),
    finish: value(
      "<address>",
      "complete a pending login: the final URL of the browser, or - for standard input",
      text,
      { env: false, secret: true },
    ),
    handle: secretValue("<handle>", "with --finish: the handle of --begin, or @file", text),
  }),
  ...flagGroup("Verification:", {
    verifyTools: toggle("after the login, connect and list the tools"),
    verifyCallTool: value("<name>", "after the login, also call this tool", text),
    toolArgs: value(
      "<json>",
      "arguments for the tool: a JSON object, @file, or - for standard input",
      text,
    ),
  }),
  debugOut: REQUEST_FLAGS.debugOut,
  ...flagGroup("Output:", {
    credentialsOut: value(
      "<path>",
      "write the credentials to this file instead of printing them",
      outputPath,
    ),
    hideSecrets: toggle(
      "print no secrets, for shared screens and CI logs (or set MCPASS_HIDE_SECRETS=1)",
      { env: true },
    ),
    ...LOGIN_STORE_FLAGS,
    dryRun: toggle("discover and print the plan; register nothing"),
  }),
  ...PROGRESS_FLAG,
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  ...DISCOVERY_FLAGS,
  ...flagGroup("Protocol:", {
    tokenAuthMethod: value(
      "<m>",
      `client authentication: ${CLIENT_AUTH_METHODS.join(", ")}`,
      choice(CLIENT_AUTH_METHODS),
      STORED,
    ),
    dpop: toggle(
      "use DPoP (RFC 9449); automatic if the server requires it",
      STORED,
    ),
    par: toggle(
      "use pushed authorization requests (RFC 9126); automatic if required",
      STORED,
    ),
    authorizeParam: list(
      "<key=value>",
      "parameter for the authorization request, such as prompt=consent (repeatable)",
      authorizeParam,
      STORED,
    ),
  }),
  ...RESULT_FLAGS,
};

export type LoginOptions = OptionsOf<typeof LOGIN_FLAGS>;

/** Options that name a file, or `-` for standard input. */
export const INPUT_FILES = [
  "clientSecretFile",
  "privateKeyFile",
  "registrationTokenFile",
  "softwareStatementFile",
  "privateKeyPassphraseFile",
  "assertionFile",
  "idTokenFile",
  "idpClientSecretFile",
] as const;

/** Options that name a file whose path is stored, so `-` is refused. */
export const CERTIFICATE_FILES = ["clientCert", "clientKey", "clientKeyPassphraseFile"] as const;

export const FILE_OPTIONS = [...INPUT_FILES, ...CERTIFICATE_FILES] as const;

export type FileOption = typeof FILE_OPTIONS[number];
