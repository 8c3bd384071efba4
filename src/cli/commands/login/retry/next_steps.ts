/** What a person can do after a failed login: the rows of the menu, as data. @module */

import { flagsText, type OptionTexts } from "../../../../core/command_text.ts";
import type { Failure } from "../../../../core/failure.ts";
import type { LoginResult } from "../../../../flow/context/login_result.ts";
import type { Discovery } from "../../../../flow/discovery/discover.ts";
import { type RegistrationApproach, REVISIONS } from "../../../../oauth/mcp/revision.ts";
import { offersDevice } from "../../../../oauth/token/device.ts";
import type { LoginOptions } from "../options/login_flags.ts";
import { RELAXATIONS } from "./relaxations.ts";

type Option = keyof LoginOptions;

export interface FailedLogin {
  readonly failure: Failure;
  readonly result: LoginResult;
  /** The flags that the remedy of the failure adds. */
  readonly flags: OptionTexts;
  readonly options: LoginOptions;
  /** Undefined if the login failed before it found the authorization server. */
  readonly discovery: Discovery | undefined;
}

export interface NextStep {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** The options that it changes; undefined removes one. */
  readonly sets: OptionTexts;
  /** An option that a person types first. */
  readonly asks?: { readonly option: Option; readonly message: string } | undefined;
  /** The questions of the guide that are asked again. */
  readonly reopens?: readonly string[] | undefined;
}

type Row = (failed: FailedLogin) => NextStep | readonly NextStep[] | undefined;

const isPlaceholder = (value: OptionTexts[string]) =>
  typeof value === "string" && value.startsWith("<");

/** What a person can type if the remedy names a flag without its value. */
const TYPED: ReadonlyMap<string, readonly [label: string, message: string]> = new Map([
  ["authorizationServer", [
    "Name the authorization server",
    "Issuer of the authorization server (URL)",
  ]],
  ["authorizationServerMetadata", [
    "Give the metadata of the authorization server",
    "File or URL with the authorization server metadata",
  ]],
  ["clientName", ["Register with another client name", "Client name"]],
  ["privateKeyFile", ["Give the client's private key", "File with the private key"]],
  ["resource", ["Request the token for another resource", "Resource (URL)"]],
  ["softwareStatementFile", ["Give a software statement", "File with the software statement"]],
]);

/** Options that belong to one client. */
const CLIENT: OptionTexts = {
  clientId: undefined,
  clientSecret: undefined,
  clientSecretFile: undefined,
  clientMetadataUrl: undefined,
  privateKeyFile: undefined,
  privateKeyPassphraseFile: undefined,
  tokenAuthMethod: undefined,
  registrationTokenFile: undefined,
  softwareStatementFile: undefined,
};
const CLIENT_QUESTIONS = ["clientMetadataUrl", "clientId", "clientSecret"];

/** Options of a sign-in with a browser. */
const BROWSER: OptionTexts = {
  printUrl: undefined,
  noBrowser: undefined,
  browser: undefined,
  redirectUrl: undefined,
  par: undefined,
  authorizeParam: undefined,
};

/** Failures that may pass: the first thing to do is the same again. */
const MAY_PASS =
  /^(?:consent_timeout|page_needs_person|port_taken|access_refused|device_code_expired|device_denied|authorization_refused|unexpected_answer|network_.*)$/;

/** Steps whose failure can be about the scope. */
const WITH_SCOPE: readonly string[] = ["registration", "authorization", "token"];

/** Error codes that are not about the scope. */
const NOT_SCOPE: readonly string[] = [
  ...["invalid_client", "unauthorized_client", "invalid_token", "invalid_redirect_uri"],
];

function supports({ result: { protocolVersion } }: FailedLogin, approach: RegistrationApproach) {
  return REVISIONS.some((row) =>
    row.id === protocolVersion && row.registrationOrder.includes(approach)
  );
}

const again: NextStep = { value: "again", label: "Try again", sets: {} };

const ROWS: readonly Row[] = [
  ({ failure: { code } }) => MAY_PASS.test(code) ? again : undefined,
  // What belongs to one server is not sent to another one that a server names.
  ({ flags: { url }, options: { header, clientId, clientMetadataUrl } }) =>
    typeof url === "string" && header.length === 0 && (clientId ?? clientMetadataUrl) === undefined
      ? { value: "named", label: `Sign in to ${url} instead`, sets: { url } }
      : undefined,
  ({ discovery, failure: { code } }) =>
    discovery === undefined && code === "not_an_mcp_endpoint"
      ? {
        value: "search",
        label: "Search this host for the MCP endpoint",
        hint: "/mcp, /sse, /",
        sets: {},
      }
      : undefined,
  function suggested({ flags }) {
    const { clientId, url, authorizationServer, ...sets } = flags;
    const isOpen = Object.entries(sets).some(([name, value]) =>
      RELAXATIONS.has(name) || isPlaceholder(value)
    );
    if (Object.keys(sets).length === 0 || isOpen) return undefined;
    if ((clientId ?? url ?? authorizationServer) !== undefined) return undefined;
    return { value: "suggested", label: `Try again with ${flagsText(sets)}`, sets };
  },
  function typed({ flags }) {
    return Object.entries(flags).flatMap(([name, value]) => {
      const texts = TYPED.get(name);
      if (texts === undefined || !isPlaceholder(value)) return [];
      const [label, message] = texts;
      return { value: `typed ${name}`, label, sets: {}, asks: { option: name as Option, message } };
    });
  },
  function initialToken({ failure: { code }, options: { registrationTokenFile } }) {
    return code === "registration_refused" && registrationTokenFile === undefined
      ? {
        value: "token",
        label: "Register with an initial access token",
        hint: "from the operator",
        sets: {},
        asks: { option: "registrationTokenFile", message: "File with the initial access token" },
      }
      : undefined;
  },
  function anotherSecret({ result: { currentStep, registrationStrategy }, options }) {
    const { clientSecret, clientSecretFile, clientCert, privateKeyFile } = options;
    const isPossible = registrationStrategy === "preregistered" && currentStep === "token" &&
      (clientCert ?? privateKeyFile) === undefined;
    const hasSecret = (clientSecret ?? clientSecretFile) !== undefined;
    return isPossible
      ? {
        value: "secret",
        label: hasSecret ? "Type the client secret again" : "Sign in with a client secret",
        sets: { clientSecret: undefined, clientSecretFile: undefined },
        reopens: ["clientSecret"],
      }
      : undefined;
  },
  function ownClient({ discovery, result: { registrationStrategy } }) {
    if (discovery === undefined) return undefined;
    const label = registrationStrategy === "preregistered"
      ? "Use another client ID or secret"
      : "Use a client ID (and secret) that you have";
    const hint = `registered at ${discovery.server.issuer}`;
    const sets = { ...CLIENT, registration: "preregistered" };
    return { value: "preregistered", label, hint, sets, reopens: CLIENT_QUESTIONS };
  },
  function dynamic(failed) {
    const { discovery, result: { registrationStrategy } } = failed;
    const isPossible = registrationStrategy !== "dcr" && supports(failed, "dcr") &&
      discovery?.server.registrationEndpoint !== undefined;
    const label = "Register a client now (dynamic client registration, DCR)";
    return isPossible
      ? { value: "dcr", label, sets: { ...CLIENT, registration: "dcr" } }
      : undefined;
  },
  function hosted(failed) {
    const { discovery, result: { registrationStrategy } } = failed;
    const isPossible = registrationStrategy !== "cimd" && supports(failed, "cimd") &&
      discovery?.server.clientIdMetadataDocument === true;
    const label = "Use a hosted client metadata document (CIMD)";
    const sets = { ...CLIENT, registration: "cimd" };
    return isPossible ? { value: "cimd", label, sets, reopens: CLIENT_QUESTIONS } : undefined;
  },
  function device({ discovery, failure: { code, detail }, options: { authMode } }) {
    // The device grant needs a client, too, but no redirect URI.
    const hasClient = code !== "registration_refused" || detail === "invalid_redirect_uri";
    const isPossible = discovery !== undefined && authMode !== "device" && hasClient &&
      offersDevice(discovery.server);
    const label = "Sign in on another device with a short code";
    const sets = { ...BROWSER, authMode: "device" };
    return isPossible ? { value: "device", label, hint: "device grant", sets } : undefined;
  },
  function browser({ discovery, flags, options: { authMode } }) {
    const isPossible = discovery?.server.authorizationEndpoint !== undefined &&
      authMode === "device" && flags["authMode"] === undefined;
    const label = "Sign in with a browser instead";
    return isPossible ? { value: "browser", label, sets: { authMode: "interactive" } } : undefined;
  },
  ({ discovery, failure: { detail = "" }, result: { currentStep } }) =>
    discovery !== undefined && WITH_SCOPE.includes(currentStep) && !NOT_SCOPE.includes(detail)
      ? {
        value: "scopes",
        label: "Request other scopes",
        sets: { scopes: undefined },
        reopens: ["scopes"],
      }
      : undefined,
  ({ discovery }) =>
    discovery === undefined
      ? { value: "url", label: "Use another server URL", sets: {} }
      : undefined,
  ({ failure: { code } }) => MAY_PASS.test(code) ? undefined : again,
  ({ options: { debugOut } }) =>
    debugOut === undefined
      ? {
        value: "trace",
        label: "Save a trace of every request",
        hint: "secrets are masked",
        sets: {},
      }
      : undefined,
];

/** Responses that may be an attack: another way to sign in there is no remedy. */
const SUSPICIOUS = /^(?:iss|state)_/;

/** The rows for a failure, in the order in which they help most. */
export function nextSteps(failed: FailedLogin): NextStep[] {
  const steps = ROWS.flatMap((row) => row(failed) ?? []);
  return SUSPICIOUS.test(failed.failure.code)
    ? steps.filter(({ value }) => value === "trace" || value === "again").reverse()
    : steps;
}
