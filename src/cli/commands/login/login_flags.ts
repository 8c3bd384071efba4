import type { RegistrationChoice } from "../../../flow/context/login_plan.ts";
import { AUTH_MODES, type AuthMode } from "../../../oauth/authorization/auth_mode.ts";
import { CLIENT_AUTH_METHODS } from "../../../oauth/client/client_auth.ts";
import {
  PROGRESS_FLAG,
  REQUEST_FLAGS,
  RESULT_FLAGS,
  SERVER_FLAGS,
} from "../../args/common_flags.ts";
import { flagGroup, list, type OptionsOf, secretValue, toggle, value } from "../../command/flag.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import { LOGIN_STORE_FLAGS } from "../../shared/store_options.ts";
import { clientMetadataUrl, redirectUrl, secureUrl } from "../../args/url_value.ts";
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
} from "../../args/values.ts";
import { hasWeakerChecks, VERSION_FLAG } from "../../args/version_value.ts";

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
      `${REGISTRATIONS.join(", ")} (default: auto)`,
      choice(REGISTRATIONS),
      STORED,
    ),
    clientId: value("<id>", "id of a preregistered client", identifier),
    clientSecret: secretValue(
      "<secret>",
      "its secret; safer from a file or MCPASS_CLIENT_SECRET",
      text,
    ),
    clientSecretFile: file("file with the secret, or - for standard input"),
    privateKeyFile: file("its key for private_key_jwt: PEM or JWK, or - for standard input"),
    privateKeyPassphraseFile: file("passphrase of an encrypted key; asked for otherwise"),
    clientCert: file("its certificate for mutual TLS (RFC 8705): PEM, followed by the chain"),
    clientKey: file("the certificate's key: PEM (default: in the same file)"),
    clientKeyPassphraseFile: file("passphrase of an encrypted --client-key; asked for otherwise"),
    clientMetadataUrl: value("<url>", "client ID metadata document", clientMetadataUrl),
    clientName: value("<name>", "name to register (default: mcpass)", identifier, STORED),
    registrationTokenFile: file(
      "initial access token for a closed registration, or - for standard input",
    ),
    softwareStatementFile: file(
      "software statement for the registration (RFC 7591), or - for standard input",
    ),
  }),
  ...flagGroup("Consent:", {
    authMode: value("<m>", `${MODES.join(", ")} (default: interactive)`, choice(MODES)),
    redirectUrl: value(
      "<url>",
      "default: http://127.0.0.1:<free port>/callback, with DCR one path for each issuer; port 17823 " +
        "with --client-id or --client-metadata-url. In a URL without a port: a free port",
      redirectUrl,
      STORED,
    ),
    scopes: value(
      "<scopes>",
      "scopes to request (default: those that the server asks for)",
      scopes,
      STORED,
    ),
    printUrl: toggle("print the authorization URL, open no browser"),
    noBrowser: toggle("the same as --print-url"),
    browser: value("<cmd>", "open the URL with this program, also for device", program),
    consentTimeout: value(
      "<ms>",
      "time limit of the sign-in in the browser (default: 300000)",
      milliseconds,
    ),
    assertionFile: file("the workload's JWT for jwt_bearer, or - for standard input"),
    idpIssuer: value("<url>", "identity provider for enterprise", secureUrl),
    idpClientId: value(
      "<id>",
      "client ID at the identity provider, also of --id-token-file",
      identifier,
    ),
    idpClientSecret: secretValue(
      "<secret>",
      "its client secret; safer from a file or MCPASS_IDP_CLIENT_SECRET",
      text,
    ),
    idpClientSecretFile: file("file with its client secret, or - for standard input"),
    idpTokenEndpoint: value(
      "<url>",
      "default: from the identity provider's metadata",
      secureUrl,
    ),
    idTokenFile: file("ID token instead of a sign-in at the provider, or - for standard input"),
  }),
  ...flagGroup("Verification:", {
    verifyTools: toggle("connect with the token and list the tools"),
    verifyCallTool: value("<name>", "list the tools, then call this one", text),
    toolArgs: value("<json>", "its arguments: a JSON object, @file, or - for standard input", text),
  }),
  debugOut: REQUEST_FLAGS.debugOut,
  ...flagGroup("Output:", {
    credentialsOut: value(
      "<path>",
      "write the credentials to this file, and print no secret",
      outputPath,
    ),
    hideSecrets: toggle(
      "print no secret, for shared screens and CI logs (or set MCPASS_HIDE_SECRETS=1)",
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
      CLIENT_AUTH_METHODS.join(", "),
      choice(CLIENT_AUTH_METHODS),
      STORED,
    ),
    dpop: toggle(
      "use DPoP: bind the token to a key (RFC 9449); automatic if the server requires it",
      STORED,
    ),
    par: toggle(
      "push the authorization request (RFC 9126); automatic if the server requires it",
      STORED,
    ),
    authorizeParam: list(
      "<key=value>",
      "add a parameter to the authorization request, such as prompt=consent (repeatable)",
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
