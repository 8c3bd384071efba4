import type { AuthMode, RegistrationChoice } from "../../../flow/context/login_plan.ts";
import { CLIENT_AUTH_METHODS } from "../../../oauth/client/client_auth.ts";
import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { type FlagExtras, type OptionsOf, type Parser, toggle, value } from "../../command/flag.ts";
import { storeFlags } from "../../shared/store_options.ts";
import {
  clientMetadataUrl,
  redirectUrl,
  resource,
  secureUrl,
  trustedIssuer,
} from "../../args/url_value.ts";
import {
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

const CONSENT = "Consent:";
const VERIFICATION = "Verification:";
const OUTPUT = "Output:";
const PROTOCOL = "Protocol:";

function valuesOf(group: string) {
  return <T>(flags: string, about: string, parse: Parser<T>, extras?: FlagExtras) =>
    value(group, flags, about, parse, extras);
}

const clientFlag = valuesOf("Client:");
const consentFlag = valuesOf(CONSENT);
const verificationFlag = valuesOf(VERIFICATION);
const outputFlag = valuesOf(OUTPUT);
const protocolFlag = valuesOf(PROTOCOL);
const relaxation = valuesOf("Relaxations (never read from the environment):");

const REGISTRATIONS: readonly RegistrationChoice[] = ["cimd", "dcr", "preregistered", "auto"];
const MODES: readonly AuthMode[] = [
  "interactive",
  "headless",
  "device",
  "client_credentials",
  "jwt_bearer",
  "enterprise",
];

export const LOGIN_FLAGS = {
  ...SERVER_FLAGS,
  protocolVersion: { ...VERSION_FLAG, relaxes: hasWeakerChecks },
  registration: clientFlag(
    "--registration <s>",
    `${REGISTRATIONS.join(", ")} (default: auto)`,
    choice(REGISTRATIONS),
  ),
  clientId: clientFlag("--client-id <id>", "id of a preregistered client", identifier),
  clientSecret: clientFlag(
    "--client-secret <secret>",
    "its secret; better from a file or MCPASS_CLIENT_SECRET",
    text,
    { secret: true },
  ),
  clientSecretFile: clientFlag(
    "--client-secret-file <path>",
    "file with the secret, or - for standard input",
    path,
  ),
  privateKeyFile: clientFlag(
    "--private-key-file <path>",
    "its key for private_key_jwt: PEM or JWK, or - for standard input",
    path,
  ),
  privateKeyPassphraseFile: clientFlag(
    "--private-key-passphrase-file <path>",
    "passphrase of an encrypted key; asked for otherwise",
    path,
  ),
  clientCert: clientFlag(
    "--client-cert <path>",
    "its certificate for mutual TLS (RFC 8705): PEM, the chain after it",
    path,
  ),
  clientKey: clientFlag(
    "--client-key <path>",
    "the certificate's key: PEM (default: in the same file)",
    path,
  ),
  clientKeyPassphraseFile: clientFlag(
    "--client-key-passphrase-file <path>",
    "passphrase of an encrypted --client-key; asked for otherwise",
    path,
  ),
  clientMetadataUrl: clientFlag(
    "--client-metadata-url <url>",
    "client ID metadata document",
    clientMetadataUrl,
  ),
  clientName: clientFlag("--client-name <name>", "name to register (default: mcpass)", identifier),
  registrationTokenFile: clientFlag(
    "--registration-token-file <path>",
    "initial access token for a closed registration, or - for standard input",
    path,
  ),
  softwareStatementFile: clientFlag(
    "--software-statement-file <path>",
    "signed statement about this software to register with, or - for standard input",
    path,
  ),
  authMode: consentFlag(
    "--auth-mode <m>",
    `${MODES.join(", ")} (default: interactive)`,
    choice(MODES),
  ),
  redirectUrl: consentFlag(
    "--redirect-url <url>",
    "default: http://127.0.0.1:<free port>/callback; with DCR, one path for each issuer",
    redirectUrl,
  ),
  scopes: consentFlag("--scopes <scopes>", "in place of what the server asks for", scopes),
  printUrl: toggle(CONSENT, "--print-url", "print the authorization URL, open no browser"),
  noBrowser: toggle(CONSENT, "--no-browser", "the same as --print-url"),
  browser: consentFlag(
    "--browser <cmd>",
    "open the URL with this program, also for device",
    program,
  ),
  consentTimeout: consentFlag(
    "--consent-timeout <ms>",
    "wait for the person (default: 300000)",
    milliseconds,
  ),
  assertionFile: consentFlag(
    "--assertion-file <path>",
    "the workload's JWT for jwt_bearer, or - for standard input",
    path,
  ),
  idpIssuer: consentFlag("--idp-issuer <url>", "identity provider for enterprise", secureUrl),
  idpClientId: consentFlag(
    "--idp-client-id <id>",
    "the client that signs in there, or that the ID token was issued to",
    identifier,
  ),
  idpClientSecret: consentFlag(
    "--idp-client-secret <secret>",
    "its secret there; better from a file or MCPASS_IDP_CLIENT_SECRET",
    text,
    { secret: true },
  ),
  idpClientSecretFile: consentFlag(
    "--idp-client-secret-file <path>",
    "file with that secret, or - for standard input",
    path,
  ),
  idpTokenEndpoint: consentFlag(
    "--idp-token-endpoint <url>",
    "default: as the identity provider's metadata says",
    secureUrl,
  ),
  idTokenFile: consentFlag(
    "--id-token-file <path>",
    "ID token in place of a sign-in there, or - for standard input",
    path,
  ),
  verifyTools: toggle(VERIFICATION, "--verify-tools", "connect with the token and list the tools"),
  verifyCallTool: verificationFlag(
    "--verify-call-tool <name>",
    "list the tools, then call this one",
    text,
  ),
  toolArgs: verificationFlag(
    "--tool-args <json>",
    "its arguments: a JSON object, @file, or - for standard input",
    text,
  ),
  debugOut: REQUEST_FLAGS.debugOut,
  credentialsOut: outputFlag(
    "--credentials-out <path>",
    "write the credentials to this file, and print no secret",
    outputPath,
  ),
  hideSecrets: toggle(
    OUTPUT,
    "--hide-secrets",
    "print no secret, for shared screens and CI logs (or set MCPASS_HIDE_SECRETS=1)",
    { env: true },
  ),
  ...storeFlags(OUTPUT),
  dryRun: toggle(OUTPUT, "--dry-run", "find out and show the plan, then stop"),
  stepTimeout: REQUEST_FLAGS.stepTimeout,
  authorizationServer: protocolFlag(
    "--authorization-server <issuer>",
    "use only this issuer: no secret, certificate or assertion is sent to another one",
    secureUrl,
  ),
  tokenAuthMethod: protocolFlag(
    "--token-auth-method <m>",
    CLIENT_AUTH_METHODS.join(", "),
    choice(CLIENT_AUTH_METHODS),
  ),
  dpop: toggle(
    PROTOCOL,
    "--dpop",
    "bind the token to a key (RFC 9449); by itself where the server demands it",
  ),
  par: toggle(
    PROTOCOL,
    "--par",
    "push the authorization request (RFC 9126); by itself where it is required",
  ),
  trustIssuer: relaxation(
    "--trust-issuer <pair>",
    "<expected>=<announced>: accept exactly this issuer mismatch",
    trustedIssuer,
    { env: false },
  ),
  trustPkce: relaxation(
    "--trust-pkce <issuer>",
    "accept that this issuer does not announce PKCE",
    secureUrl,
    { env: false },
  ),
  resource: relaxation(
    "--resource <value>",
    "none, or a URL to send in place of the published one",
    resource,
    { env: false },
  ),
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
