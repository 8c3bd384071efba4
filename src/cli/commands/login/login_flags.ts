import type { AuthMode, RegistrationChoice } from "../../../flow/context/login_plan.ts";
import { CLIENT_AUTH_METHODS } from "../../../oauth/client/client_auth.ts";
import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../../args/common_flags.ts";
import { type OptionsOf, toggle, value } from "../../command/flag.ts";
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
import { hasWeakerChecks, protocolVersion, VERSIONS } from "../../args/version_value.ts";

const SERVER = "Server:";
const CLIENT = "Client:";
const CONSENT = "Consent:";
const VERIFY = "Verification:";
const OUTPUT = "Output:";
const CONTROL = "Protocol:";
const RELAX = "Relaxations (never read from the environment):";

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
  protocolVersion: value(
    SERVER,
    "--protocol-version <v>",
    `${VERSIONS.join(", ")} (default: auto)`,
    protocolVersion,
    { relaxes: hasWeakerChecks },
  ),
  registration: value(
    CLIENT,
    "--registration <s>",
    `${REGISTRATIONS.join(", ")} (default: auto)`,
    choice(REGISTRATIONS),
  ),
  clientId: value(CLIENT, "--client-id <id>", "id of a preregistered client", identifier),
  clientSecret: value(
    CLIENT,
    "--client-secret <secret>",
    "its secret; better from a file or MCPASS_CLIENT_SECRET",
    text,
    { secret: true },
  ),
  clientSecretFile: value(
    CLIENT,
    "--client-secret-file <path>",
    "file with the secret, or - for standard input",
    path,
  ),
  privateKeyFile: value(
    CLIENT,
    "--private-key-file <path>",
    "its key for private_key_jwt: PEM or JWK, or - for standard input",
    path,
  ),
  privateKeyPassphraseFile: value(
    CLIENT,
    "--private-key-passphrase-file <path>",
    "passphrase of an encrypted key; asked for otherwise",
    path,
  ),
  clientCert: value(
    CLIENT,
    "--client-cert <path>",
    "its certificate for mutual TLS (RFC 8705): PEM, the chain after it",
    path,
  ),
  clientKey: value(
    CLIENT,
    "--client-key <path>",
    "the certificate's key: PEM (default: in the same file)",
    path,
  ),
  clientKeyPassphraseFile: value(
    CLIENT,
    "--client-key-passphrase-file <path>",
    "passphrase of an encrypted --client-key; asked for otherwise",
    path,
  ),
  clientMetadataUrl: value(
    CLIENT,
    "--client-metadata-url <url>",
    "client ID metadata document",
    clientMetadataUrl,
  ),
  clientName: value(
    CLIENT,
    "--client-name <name>",
    "name to register (default: mcpass)",
    identifier,
  ),
  registrationTokenFile: value(
    CLIENT,
    "--registration-token-file <path>",
    "initial access token for a closed registration, or - for standard input",
    path,
  ),
  softwareStatementFile: value(
    CLIENT,
    "--software-statement-file <path>",
    "signed statement about this software to register with, or - for standard input",
    path,
  ),
  authMode: value(
    CONSENT,
    "--auth-mode <m>",
    `${MODES.join(", ")} (default: interactive)`,
    choice(MODES),
  ),
  redirectUrl: value(
    CONSENT,
    "--redirect-url <url>",
    "default: http://127.0.0.1:<free port>/callback; with DCR, one path for each issuer",
    redirectUrl,
  ),
  scopes: value(CONSENT, "--scopes <scopes>", "in place of what the server asks for", scopes),
  printUrl: toggle(CONSENT, "--print-url", "print the authorization URL, open no browser"),
  noBrowser: toggle(CONSENT, "--no-browser", "the same as --print-url"),
  browser: value(
    CONSENT,
    "--browser <cmd>",
    "open the URL with this program, also for device",
    program,
  ),
  consentTimeout: value(
    CONSENT,
    "--consent-timeout <ms>",
    "wait for the person (default: 300000)",
    milliseconds,
  ),
  assertionFile: value(
    CONSENT,
    "--assertion-file <path>",
    "the workload's JWT for jwt_bearer, or - for standard input",
    path,
  ),
  idpIssuer: value(
    CONSENT,
    "--idp-issuer <url>",
    "identity provider for enterprise",
    secureUrl,
  ),
  idpClientId: value(
    CONSENT,
    "--idp-client-id <id>",
    "the client that signs in there, or that the ID token was issued to",
    identifier,
  ),
  idpClientSecret: value(
    CONSENT,
    "--idp-client-secret <secret>",
    "its secret there; better from a file or MCPASS_IDP_CLIENT_SECRET",
    text,
    { secret: true },
  ),
  idpClientSecretFile: value(
    CONSENT,
    "--idp-client-secret-file <path>",
    "file with that secret, or - for standard input",
    path,
  ),
  idpTokenEndpoint: value(
    CONSENT,
    "--idp-token-endpoint <url>",
    "default: as the identity provider's metadata says",
    secureUrl,
  ),
  idTokenFile: value(
    CONSENT,
    "--id-token-file <path>",
    "ID token in place of a sign-in there, or - for standard input",
    path,
  ),
  verifyTools: toggle(VERIFY, "--verify-tools", "connect with the token and list the tools"),
  verifyCallTool: value(
    VERIFY,
    "--verify-call-tool <name>",
    "list the tools, then call this one",
    text,
  ),
  toolArgs: value(
    VERIFY,
    "--tool-args <json>",
    "its arguments: a JSON object, @file, or - for standard input",
    text,
  ),
  debugOut: REQUEST_FLAGS.debugOut,
  credentialsOut: value(
    OUTPUT,
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
  authorizationServer: value(
    CONTROL,
    "--authorization-server <issuer>",
    "use only this issuer: no secret, certificate or assertion is sent to another one",
    secureUrl,
  ),
  tokenAuthMethod: value(
    CONTROL,
    "--token-auth-method <m>",
    CLIENT_AUTH_METHODS.join(", "),
    choice(CLIENT_AUTH_METHODS),
  ),
  dpop: toggle(
    CONTROL,
    "--dpop",
    "bind the token to a key (RFC 9449); by itself where the server demands it",
  ),
  par: toggle(
    CONTROL,
    "--par",
    "push the authorization request (RFC 9126); by itself where it is required",
  ),
  trustIssuer: value(
    RELAX,
    "--trust-issuer <pair>",
    "<expected>=<announced>: accept exactly this issuer mismatch",
    trustedIssuer,
    { env: false },
  ),
  trustPkce: value(
    RELAX,
    "--trust-pkce <issuer>",
    "accept that this issuer does not announce PKCE",
    secureUrl,
    { env: false },
  ),
  resource: value(
    RELAX,
    "--resource <value>",
    "none, or a URL to send in place of the published one",
    resource,
    { env: false },
  ),
  ...RESULT_FLAGS,
};

export type LoginOptions = OptionsOf<typeof LOGIN_FLAGS>;
