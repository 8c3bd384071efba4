/** The error of an endpoint (RFC 6749 §5.2), and what its status means for a person. @module */

import { type JsonObject, member } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import {
  type EndpointResponse,
  jsonObject,
  mediaType,
  statusAndType,
} from "./endpoint_response.ts";
import { errorCode, parsedBody, serverWords } from "./server_words.ts";

export interface ErrorResponse {
  /** Empty if the body is not a JSON object. */
  readonly members: JsonObject;
  readonly error: string | undefined;
  /** True also for an error without a code, such as an object or a phrase. */
  readonly hasError: boolean;
  /** `error_description`, or what the server says anywhere else in the body. */
  readonly description: string | undefined;
  readonly summary: string;
  /** Error and description; empty if the server says nothing. */
  readonly words: string;
  /** The words as the end of a message. */
  readonly said: string;
}

/** `members` replaces the JSON object of the body. */
export function errorResponse(
  response: EndpointResponse,
  members: JsonObject = jsonObject(response) ?? {},
): ErrorResponse {
  const error = errorCode(Object.keys(members).length > 0 ? members : parsedBody(response));
  const describe = () => serverWords(response);
  return {
    members,
    error,
    hasError: error !== undefined || Boolean(member(members, "error")),
    get description() {
      return describe();
    },
    get summary() {
      const words = describe();
      const status = error === undefined
        ? `HTTP ${statusAndType(response)}`
        : `HTTP ${response.status}, ${quoted(error)}`;
      return status + (words === undefined ? "" : `; it says ${quoted(words)}`);
    },
    get words() {
      return [error, describe()].filter((word) => word !== undefined).join(": ");
    },
    get said() {
      return this.words === "" ? "" : `; the server says ${quoted(this.words)}`;
    },
  };
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** `Retry-After` as a number of seconds; undefined for a date, and without one. */
export function retrySeconds(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

/** When to try again (RFC 9110 §10.2.3): `later`, or what `Retry-After` says. */
export function retryTime(headers: Headers): string {
  const seconds = retrySeconds(headers);
  if (seconds !== undefined) return `in ${seconds} s (Retry-After)`;
  const value = headers.get("retry-after")?.trim() ?? "";
  return HTTP_DATE.test(value) ? `after ${value} (Retry-After)` : "later";
}

/** What to do about a server that limits requests or cannot answer now; undefined for others. */
export function retryRemedy(
  { status, headers }: Pick<EndpointResponse, "status" | "headers">,
): string | undefined {
  const time = retryTime(headers);
  if (status === 429) return `The server limits requests: try again ${time}`;
  const isUnavailable = status >= 500 && status !== 501 || status >= 400 && time !== "later";
  return isUnavailable
    ? `The server, or a proxy in front of it, failed or is not available now: try again ${time}`
    : undefined;
}

/** {@link retryRemedy} for 429, 503 and `Retry-After` only: another 5xx may be about the request. */
export function busyRemedy(
  response: Pick<EndpointResponse, "status" | "headers">,
): string | undefined {
  const { status, headers } = response;
  const isBusy = status === 429 || status === 503 || retryTime(headers) !== "later";
  return isBusy ? retryRemedy(response) : undefined;
}

/** Words about a refresh token, with any error. */
const OF_TOKEN = /refresh.?token/i;

const CLIENT_WORDS = /client|secret|authenticat/i;

/** Errors with such words that are about something else. */
const OTHER_ERRORS: readonly string[] = ["unauthorized_client", "invalid_client_metadata"];

/** Errors that some servers send with 401. */
const NOT_OF_CLIENT = /grant|scope|target|dpop|pending|slow_down|expired|unavailable|server_error/i;

/** Words about the grant or the network that name the client too. The code may be used up by then. */
const OTHER_WORDS = /redirect|verifier|pkce|code_challenge|client.?(?:ip|address)/i;

/** True if the server refused the client, and so did not look at the grant (RFC 6749 §5.2). */
export function refusesClient(response: EndpointResponse): boolean {
  const { status } = response;
  const { error = "", description = "" } = errorResponse(response);
  const isBusy = status >= 500 || retryRemedy(response) !== undefined;
  if (isBusy || OF_TOKEN.test(`${error} ${description}`)) return false;
  // A page may be of a firewall: only its words count.
  const isPage = /html/.test(mediaType(response));
  if (status === 401 && !isPage) return !NOT_OF_CLIENT.test(error);
  if (CLIENT_WORDS.test(error)) return !OTHER_ERRORS.includes(error);
  const isUnclear = error === "invalid_request" || error === "" && status >= 400;
  return isUnclear && CLIENT_WORDS.test(description) && !OTHER_WORDS.test(description);
}
