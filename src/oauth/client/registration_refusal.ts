/** A refused registration: the remedy by the server's words, and what to change (RFC 7591 §3.2.2). @module */

import type { Remedy } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { type EndpointResponse, statusAndType } from "../common/endpoint_response.ts";
import { type ErrorResponse, errorResponse, retryRemedy } from "../common/error_response.ts";
import { ownClientFlags, redirectUriToRegister } from "../common/redirect_uri.ts";
import type { RegistrationRequest } from "./registration_request.ts";

export interface RefusedRegistration {
  readonly registered: false;
  readonly failure: Failure;
  /** Members of the request that the server's words name, to leave out in one retry. */
  readonly refusedMembers: readonly string[];
  /** True if the server's words ask for a scope, and none was sent. */
  readonly isScopeMissing: boolean;
}

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
  remedy: "The operator has to approve this software. Use a software statement that it " +
    "approves",
  loginFlags: { softwareStatementFile: "<path>" },
};

const REMEDIES: ReadonlyMap<string, Remedy> = new Map(Object.entries({
  unapproved_software_statement: UNAPPROVED,
  invalid_software_statement: {
    remedy: "The software statement must be valid, and signed by an authority that the server " +
      "trusts. Use a new one",
    loginFlags: { softwareStatementFile: "<path>" },
  },
}));

/** A client that the operator registers, as the remedy or in addition to another one. */
function withOwnClient(
  { request: { redirectUri } }: Pick<SentRegistration, "request">,
  text?: string,
): Remedy {
  const isForServer = text?.startsWith("Authorization server: ");
  const obtain = text === undefined ? "Obtain" : text + (isForServer ? "\nObtain" : ", or obtain");
  const redirect = redirectUri === null
    ? ""
    : ` for the redirect URI ${quoted(redirectUriToRegister(redirectUri))}`;
  return {
    remedy: `${obtain} a client from the operator${redirect}, and use it`,
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
              "The server does not register this client for these scopes. Request other scopes",
            loginFlags: { scopes: "<a b>" },
          }
          : {
            remedy: "The server requires scopes. Name them",
            loginFlags: { scopes: "<a b>" },
          },
    ],
    [
      /client.?name|allow.?list|white.?list/i,
      (sent) => ({
        remedy: "The server allows listed clients only, and this one has the name " +
          `${quoted(sent.request.clientName)}. Use a name that it allows`,
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
    `Authorization server: allow the redirect URI ${quoted(redirectUri)}, a loopback redirect ` +
    "URI of a native client (RFC 8252 §7.3)";
  return redirectUri.startsWith("http://localhost") ? withOwnClient(sent, text) : {
    remedy: `${text}\nTry localhost instead of 127.0.0.1`,
    loginFlags: { redirectUrl: "http://localhost/callback" },
  };
}

function closedRemedy(status: number, sent: SentRegistration, words: string): Remedy {
  if (sent.request.withToken === true) {
    const text = status === 401
      ? "The initial access token may have expired, or was used before. Obtain a new one"
      : "The initial access token does not allow this registration. Ask the operator";
    return withOwnClient(sent, text);
  }
  const text = words === ""
    ? "The server allows no open registration"
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
    const text = "Authorization server: serve registration at this URL, or do not announce it";
    return withOwnClient(sent, text);
  }
  return description === "" && error !== "invalid_client_metadata"
    ? withOwnClient(sent)
    : withOwnClient(sent, "Change the member that the text of the server names");
}

export function refusedRegistration(
  response: EndpointResponse,
  sent: SentRegistration,
): RefusedRegistration {
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
