/** Dynamic client registration (RFC 7591 §3). @module */

import type { Remedy } from "../../core/command_text.ts";
import { ownClientFlags, redirectUriToRegister } from "../common/redirect_uri.ts";
import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import {
  describeValue,
  type JsonObject,
  stringListMember,
  stringMember,
  textMember,
} from "../../core/json.ts";
import { isPrintable, quoted } from "../../core/text.ts";
import {
  type EndpointResponse,
  jsonObject,
  judgeMembers,
  statusAndType,
} from "../common/endpoint_response.ts";
import { type ErrorResponse, errorResponse, retryRemedy } from "../common/error_response.ts";
import {
  type ClientAuthMethod,
  isClientAuthMethod,
  needsCertificate,
  needsSecret,
} from "./client_auth.ts";
import {
  type Checks,
  info,
  judgeNumbers,
  missingText,
  runChecks,
  warning,
} from "../common/judgement.ts";
import { managementAccess } from "./management_access.ts";
import { isScopeText } from "../mcp/scope.ts";

export interface RegistrationRequest {
  readonly clientName: string;
  readonly redirectUri: string | null;
  readonly grantTypes: readonly string[];
  readonly dpop?: boolean;
  readonly method: ClientAuthMethod;
  readonly scopes: readonly string[] | undefined;
  /** Members that describe the client certificate (RFC 8705 §2.1.2, §2.2.2, §3.4). */
  readonly certificateMembers?: Readonly<Record<string, unknown>> | undefined;
  readonly softwareStatement?: string | undefined;
  /** True when the request carries an initial access token (RFC 7591 §3). */
  readonly withToken?: boolean;
}

export function registrationBody(request: RegistrationRequest): Record<string, unknown> {
  const { clientName, redirectUri, grantTypes, method, scopes, dpop, softwareStatement } = request;
  return {
    client_name: clientName,
    redirect_uris: redirectUri === null ? [] : [redirectUri],
    grant_types: grantTypes,
    response_types: redirectUri === null ? [] : ["code"],
    token_endpoint_auth_method: method,
    application_type: "native",
    ...(scopes?.length ? { scope: scopes.join(" ") } : {}),
    ...(dpop === true ? { dpop_bound_access_tokens: true } : {}),
    ...request.certificateMembers,
    ...(softwareStatement === undefined ? {} : { software_statement: softwareStatement }),
  };
}

interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly method: ClientAuthMethod;
  readonly dpop?: true;
  readonly registeredScope?: string | undefined;
  readonly registrationUri?: string;
  readonly registrationToken?: string;
}

export type RegistrationJudgement =
  | {
    readonly registered: true;
    readonly client: RegisteredClient;
    readonly secrets: readonly string[];
    readonly judgements: readonly Judgement[];
  }
  | {
    readonly registered: false;
    readonly failure: Failure;
    /** Members of the request that the server's words name, to leave out in one retry. */
    readonly refusedMembers: readonly string[];
    /** True if the server's words ask for a scope, and none was sent. */
    readonly isScopeMissing: boolean;
  };

const SCOPE = /\b(?:client ?)?scopes?\b/i;

/** What a client can register without, and how the words of servers name it. */
const OPTIONAL_MEMBERS: readonly (readonly [name: string, about: RegExp])[] = [
  ["scope", SCOPE],
  ["application_type", /\bapplication_type\b/],
  ["client_name", /\bclient_name\b/],
  ["dpop_bound_access_tokens", /\bdpop_bound_access_tokens\b/],
  [
    "tls_client_certificate_bound_access_tokens",
    /\btls_client_certificate_bound_access_tokens\b/,
  ],
];

/** Errors that may be about one member; some servers have no OAuth error. */
const MEMBER_ERRORS: readonly unknown[] = [
  ...["invalid_client_metadata", "invalid_request", "invalid_scope", "insufficient_scope"],
  undefined,
];

const UNAPPROVED: Remedy = {
  remedy: "The operator has to approve this software. With a software statement that it " +
    "approves, run",
  loginFlags: { softwareStatementFile: "<path>" },
};

const REMEDIES: ReadonlyMap<string, Remedy> = new Map(Object.entries({
  unapproved_software_statement: UNAPPROVED,
  invalid_software_statement: {
    remedy: "The software statement has to be signed by somebody the server trusts and be valid " +
      "now. Obtain a new one, and run",
    loginFlags: { softwareStatementFile: "<path>" },
  },
}));

/** A client that the operator registers, as the remedy or in addition to another one. */
function withOwnClient(
  { request: { redirectUri } }: Pick<SentRegistration, "request">,
  text?: string,
): Remedy {
  const obtain = text === undefined ? "Obtain" : `${text}, or obtain`;
  const redirect = redirectUri === null
    ? ""
    : ` for the redirect URI ${quoted(redirectUriToRegister(redirectUri))}`;
  return {
    remedy: `${obtain} a client from the operator${redirect}, and run`,
    loginFlags: ownClientFlags(redirectUri),
  };
}

/** What the server's words are about, and the remedy. */
const BY_WORDS: readonly (readonly [about: RegExp, remedy: (sent: SentRegistration) => Remedy])[] =
  [
    [
      /too many|rate.?limit|quota|limit (?:exceeded|reached)/i,
      (sent) => withOwnClient(sent, "The server limits registrations: try again later"),
    ],
    [/software.?statement/i, () => UNAPPROVED],
    [
      /initial access token|registration.?token|authori[sz]ation header|bearer/i,
      (sent) => closedRemedy(401, sent, "token"),
    ],
    [/redirect|callback/i, redirectPolicyRemedy],
    [
      SCOPE,
      ({ members }) =>
        members.includes("scope")
          ? {
            remedy:
              "The server does not register this client for these scopes. With other scopes, run",
            loginFlags: { scopes: "<a b>" },
          }
          : {
            remedy: "The server requires scopes. With scopes, run",
            loginFlags: { scopes: "<a b>" },
          },
    ],
    [
      /client.?name|allow.?list|white.?list/i,
      (sent) => ({
        remedy: "The server allows listed clients only, and this one is named " +
          `${quoted(sent.request.clientName)}. With a name that it allows, run`,
        loginFlags: { clientName: "<name>" },
      }),
    ],
  ];

interface SentRegistration {
  readonly request: RegistrationRequest;
  /** The names of the members that were sent. */
  readonly members: readonly string[];
}

function redirectPolicyRemedy(sent: SentRegistration): Remedy {
  const redirectUri = sent.request.redirectUri ?? "";
  const text =
    `The server does not accept the redirect URI ${quoted(redirectUri)}. Server: allow ` +
    "loopback redirect URIs of native clients (RFC 8252 §7.3)";
  return redirectUri.startsWith("http://localhost") ? withOwnClient(sent, text) : {
    remedy: `${text}. Meanwhile, try another name of this machine`,
    loginFlags: { redirectUrl: "http://localhost/callback" },
  };
}

function closedRemedy(status: number, sent: SentRegistration, words: string): Remedy {
  if (sent.request.withToken === true) {
    const text = status === 401
      ? "The initial access token is not accepted: it may have expired or been used up. Obtain a new one"
      : "The initial access token does not allow this registration: ask the operator";
    return withOwnClient(sent, text);
  }
  const text = words === ""
    ? "Registration is not open here"
    : "The server refuses this registration";
  return withOwnClient(
    sent,
    `${text}. Give an initial access token from the operator with --registration-token-file <path>`,
  );
}

const NO_ENDPOINT: readonly number[] = [404, 405, 501];

function refusalRemedy(
  response: EndpointResponse,
  { error, description = "" }: ErrorResponse,
  sent: SentRegistration,
): Remedy {
  const { status } = response;
  const known = REMEDIES.get(error ?? "");
  const retry = retryRemedy(response);
  if (known !== undefined) return known;
  if (error === "invalid_redirect_uri") return redirectPolicyRemedy(sent);
  if (retry !== undefined) {
    return withOwnClient(
      sent,
      `With --store auto, later logins use the registered client. ${retry}`,
    );
  }
  const [, byWords] = BY_WORDS.find(([about]) => about.test(description)) ?? [];
  if (byWords !== undefined) return byWords(sent);
  if (status === 401 || status === 403) return closedRemedy(status, sent, description);
  if (error === undefined && NO_ENDPOINT.includes(status)) {
    const text = "No client can be registered at this address. Server: serve registration there, " +
      "or do not announce it";
    return withOwnClient(sent, text);
  }
  return description === "" && error !== "invalid_client_metadata"
    ? withOwnClient(sent)
    : withOwnClient(sent, "Look at the server's words for the member it refuses");
}

function refusal(response: EndpointResponse, sent: SentRegistration): RegistrationJudgement {
  const answer = errorResponse(response);
  const { error, description = "", said } = answer;
  const message = `registering a client at ${quoted(response.url)} was refused with HTTP ` +
    statusAndType(response) + said;
  const failure = new Failure("registration_refused", message, {
    ...refusalRemedy(response, answer, sent),
    reference: "RFC 7591 §3.2.2",
    detail: error ?? `HTTP ${response.status}`,
  });
  const mayRetry = MEMBER_ERRORS.includes(error) && response.status < 429;
  const refusedMembers = OPTIONAL_MEMBERS
    .filter(([name, about]) => mayRetry && sent.members.includes(name) && about.test(description))
    .map(([name]) => name);
  const isScopeMissing = mayRetry && !sent.members.includes("scope") && SCOPE.test(description);
  return { registered: false, failure, refusedMembers, isScopeMissing };
}

function methodInEffect(
  { token_endpoint_auth_method: returned = null }: JsonObject,
  asked: ClientAuthMethod,
  url: string,
): ClientAuthMethod {
  if (returned === null || returned === "") return asked;
  // A registration by this client announces no keys but those of a certificate it has.
  const usable = isClientAuthMethod(returned) && returned !== "private_key_jwt" &&
    (returned === asked || !needsCertificate(returned));
  if (usable) return returned;
  const message = `${quoted(url)} registered the client with token_endpoint_auth_method ` +
    `${describeValue(returned)}, which was not asked for and is not known here`;
  throw new Failure("registration_method_unknown", message, {
    remedy: `Server: register the method asked for (${asked}) or refuse`,
    reference: "RFC 7591 §3.2.1",
  });
}

export function registeredScopeOf(document: JsonObject): string | undefined {
  const scope = stringMember(document, "scope");
  return scope !== undefined && isScopeText(scope) ? scope : undefined;
}

function invalid(message: string, remedy: string): RegistrationJudgement {
  const reference = "RFC 7591 §3.2.1";
  const failure = new Failure("registration_answer_invalid", message, { remedy, reference });
  return { registered: false, refusedMembers: [], isScopeMissing: false, failure };
}

interface RegistrationSubject {
  readonly response: EndpointResponse;
  readonly document: JsonObject;
  readonly request: RegistrationRequest;
  readonly method: ClientAuthMethod;
}

const CHECKS: Checks<RegistrationSubject> = {
  registration_status: warning(
    "RFC 7591 §3.2.1",
    "Server: answer 201 Created",
    ({ response }) => response.status === 200 && "the registration was answered with HTTP 200",
  ),
  registration_echo_missing: warning(
    "RFC 7591 §3.2.1",
    "Server: return all registered metadata",
    ({ document: { token_endpoint_auth_method: returned = null }, request }) =>
      (returned === null || returned === "") &&
      'the registration response has no "token_endpoint_auth_method"; ' +
        `mcpass assumes ${quoted(request.method)}, which it requested`,
  ),
  registration_needless_secret: info(
    "RFC 7591 §3.2.1",
    "Server: issue no secret to a public client",
    ({ document, method }) =>
      method === "none" && stringMember(document, "client_secret") !== undefined &&
      'a client secret was issued for a client that authenticates with "none"',
  ),
  registration_redirect_changed: warning(
    "RFC 7591 §3.2.1",
    "Server: register the redirect URI asked for, or refuse",
    ({ document, request: { redirectUri } }) => {
      const registered = stringListMember(document, "redirect_uris");
      return redirectUri !== null && registered?.includes(redirectUri) === false &&
        `the server registered the redirect URIs ${quoted(registered.join(" "))}, not ` +
          `${quoted(redirectUri)}; the authorization will probably be refused`;
    },
  ),
};

/** Judges a registration response; `sent` has the names of the members that were sent. */
export function judgeRegistration(
  response: EndpointResponse,
  request: RegistrationRequest,
  sent: readonly string[],
): RegistrationJudgement {
  const { members: document, hasError } = errorResponse(response);
  if (hasError || (response.status !== 201 && response.status !== 200)) {
    return refusal(response, { request, members: sent });
  }
  const server = quoted(response.url);
  const clientId = textMember(document, "client_id");
  if (clientId === undefined) {
    const isObject = jsonObject(response) !== undefined;
    const members = isObject ? Object.keys(document).join(", ") : "no JSON object";
    const found = "client_id" in document ? "" : ` (it has ${quoted(members)})`;
    const { said } = errorResponse(response);
    const fault = missingText(document, "client_id");
    const message = `the registration response of ${server} ${fault}${found}${said}`;
    return invalid(message, 'Server: return 201 with "client_id", a string');
  }
  if (!isPrintable(clientId)) {
    const message = `the registration response of ${server} has the "client_id" ` +
      `${quoted(clientId)}, which contains characters that no client id has`;
    return invalid(message, "Server: issue client ids of visible ASCII characters");
  }
  const method = methodInEffect(document, request.method, response.url);
  const clientSecret = textMember(document, "client_secret");
  if (clientSecret === undefined && needsSecret(method)) {
    const message = `the registration answer of ${server} has no "client_secret", and the client ` +
      `is to authenticate with ${quoted(method)}`;
    return invalid(message, 'Server: issue a secret, or register the client with "none"');
  }
  const management = managementAccess(document, response.url);
  return {
    registered: true,
    client: {
      clientId,
      clientSecret,
      method,
      registeredScope: registeredScopeOf(document) ??
        (sent.includes("scope") ? request.scopes?.join(" ") : undefined),
      ...management.access,
      ...(document["dpop_bound_access_tokens"] === true ? { dpop: true } : {}),
    },
    secrets: [clientSecret, stringMember(document, "registration_access_token")]
      .filter((value) => value !== undefined),
    judgements: [
      ...judgeMembers(response),
      ...judgeNumbers(document, ["client_id", "client_secret"], "RFC 7591 §3.2.1"),
      ...runChecks(CHECKS, { response, document, request, method }),
      ...management.judgements,
    ],
  };
}
