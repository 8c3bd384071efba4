/**
 * What an HTTP response at a metadata URL is (RFC 9728 §3.2, RFC 8414 §3.2). A client may look elsewhere
 * only for a document that is absent. A document that cannot be read is not absent: if a client ignored
 * it, anyone who can damage it could make the client use less secure metadata.
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, parseJson, stringMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import {
  type EndpointResponse,
  isJsonType,
  mediaType,
  statusAndType,
} from "../common/endpoint_response.ts";
import { retryTime } from "../common/error_response.ts";
import { serverWords } from "../common/server_words.ts";

/** The members without which an object is not a document of its kind. */
const MEMBERS = {
  resource_metadata: {
    isPresent: ({ resource = null, authorization_servers: servers = null }: JsonObject) =>
      resource !== null || servers !== null,
    names: '"resource" and "authorization_servers"',
    reference: "RFC 9728 §3.2",
  },
  authorization_server_metadata: {
    // An issuer that is missing is a fault of the document, and not a missing document.
    isPresent: (it: JsonObject) =>
      ["issuer", "authorization_endpoint", "token_endpoint"]
        .some((name) => stringMember(it, name) !== undefined),
    names: '"issuer" and endpoints',
    reference: "RFC 8414 §3.2",
  },
};

/** The documents that a login looks for, by the name of the step. */
export type SoughtDocument = keyof typeof MEMBERS;

export interface NoDocument {
  /**
   * `absent`: the next URL is tried. `unavailable`: the next URL of the same document is tried, but
   * no less secure source. `refused`: the search fails.
   */
  readonly verdict: "absent" | "unavailable" | "refused";
  readonly reason: string;
  /** Undefined for a plain 404 or 405; an error if the document is refused. */
  readonly judgement: Judgement | undefined;
  /** Authorization server metadata where resource metadata was expected. */
  readonly serverMetadata?: JsonObject | undefined;
}

export type MetadataResponse =
  | { readonly verdict: "found"; readonly document: JsonObject }
  | NoDocument;

type Body =
  | "empty"
  | "web_page"
  | "text"
  | "broken_json"
  | "no_json_object"
  | "other_object"
  | "document";

interface Row {
  readonly statuses?: readonly (readonly [from: number, to: number])[];
  readonly bodies?: readonly Body[];
  readonly verdict: NoDocument["verdict"];
  readonly code?: keyof typeof REMEDIES;
}

const REMEDIES = {
  metadata_unavailable: "find the fault in its log; return 404 where there is no " +
    "document\nTry again later",
  metadata_invalid:
    "publish one JSON object there with HTTP 200, or return 404 if there is no document",
  metadata_not_public: "let every request read /.well-known/ without a token, also past " +
    "firewall rules; return 404 where there is no document",
  metadata_is_web_page: "exclude /.well-known/ from the catch-all route of web pages; " +
    "return 404 where there is no document",
  metadata_answer_unusable: "return 404 where there is no document",
} as const;

const OK = [[200, 200]] as const;

const ROWS: readonly Row[] = [
  // These statuses say that the server could not answer now, not that there is no document.
  {
    statuses: [[408, 408], [425, 425], [429, 429], [500, 599]],
    verdict: "unavailable",
    code: "metadata_unavailable",
  },
  // A redirect that could be followed was followed before.
  { statuses: [[300, 399]], verdict: "refused", code: "metadata_invalid" },
  // The document exists, and RFC 9728 §3.2 and RFC 8414 §3.2 allow clients to read it with 200 only.
  { bodies: ["document"], verdict: "refused", code: "metadata_invalid" },
  { statuses: [[404, 405]], verdict: "absent" },
  { statuses: [[401, 401], [403, 403]], verdict: "absent", code: "metadata_not_public" },
  // With 200, the server says that this is the document. An error object with 200 means that something
  // failed, which is not the same as 404. Text that begins like an object is a damaged document.
  {
    statuses: OK,
    bodies: ["broken_json", "no_json_object", "other_object"],
    verdict: "refused",
    code: "metadata_invalid",
  },
  { statuses: OK, bodies: ["web_page"], verdict: "absent", code: "metadata_is_web_page" },
];

const DEFAULT_ROW: Row = { verdict: "absent", code: "metadata_answer_unusable" };

function bodyKind(response: EndpointResponse, value: unknown, sought: SoughtDocument): Body {
  const text = response.body.trim();
  const type = mediaType(response);
  const bracketed = text.startsWith("{") || text.startsWith("[");
  if (text === "") return "empty";
  if (isObject(value)) return MEMBERS[sought].isPresent(value) ? "document" : "other_object";
  if (type === "text/html" || type === "application/xhtml+xml") return "web_page";
  // "OK" and 200 are text that a catch-all route sends, unless the server says that they are JSON.
  if (value !== undefined && (bracketed || isJsonType(type))) return "no_json_object";
  return bracketed ? "broken_json" : "text";
}

function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return "it is nested too deeply";
  } catch (error) {
    return printable(error instanceof Error ? error.message : String(error), 120);
  }
}

function describe(
  response: EndpointResponse,
  body: Body,
  value: unknown,
  sought: SoughtDocument,
): string {
  const status = `HTTP ${statusAndType(response)}`;
  // A plain 404 or 405 has nothing to say about the document.
  const isSilent = response.status === 404 || response.status === 405 || body === "document";
  const words = isSilent ? undefined : serverWords(response);
  const said = words === undefined ? "" : `; it says ${quoted(words)}`;
  if (response.status !== 200) {
    const retry = retryTime(response.headers);
    const when = retry === "later" ? "" : `; it asks to try again ${retry}`;
    return body === "document"
      ? `${status} with a metadata document, which clients accept with HTTP 200 only`
      : status + said + when;
  }
  const text = response.body.trim();
  const type = Array.isArray(value) ? "array" : typeof value;
  const kind = value === null ? "null" : `a JSON ${type}`;
  const details: Readonly<Record<Body, () => string>> = {
    empty: () => " with an empty body",
    web_page: () => " with a web page",
    text: () => ` with text that is not JSON and begins ${quoted(text, 60)}`,
    broken_json: () => ` with invalid JSON (${jsonFault(text)}) that begins ${quoted(text, 60)}`,
    no_json_object: () => ` with ${kind} instead of a JSON object`,
    other_object: () => ` with a JSON object without ${MEMBERS[sought].names}${said}`,
    document: () => "",
  };
  return status + details[body]();
}

/** Judges the response at `requested`, the URL before redirects. */
export function judgeMetadataResponse(
  response: EndpointResponse,
  sought: SoughtDocument,
  requested = response.url,
): MetadataResponse {
  const value = parseJson(response.body.trim());
  const body = bodyKind(response, value, sought);
  const { status } = response;
  if (status === 200 && body === "document" && isObject(value)) {
    return { verdict: "found", document: value };
  }
  const isOther = status === 200 && sought === "resource_metadata" && isObject(value) &&
    MEMBERS.authorization_server_metadata.isPresent(value);
  const isRedirected = response.url !== requested;
  const { verdict, code = isRedirected ? "metadata_answer_unusable" : undefined } =
    ROWS.find(({ statuses, bodies }) =>
      (statuses?.some(([from, to]) => from <= status && status <= to) ?? true) &&
      (bodies?.includes(body) ?? true)
    ) ?? DEFAULT_ROW;
  const reason = describe(response, body, value, sought);
  const server = sought === "resource_metadata" ? "Server: " : "Authorization server: ";
  return {
    verdict,
    reason,
    serverMetadata: isOther ? value : undefined,
    judgement: code === undefined ? undefined : {
      code,
      severity: verdict === "refused" ? "error" : "warning",
      message: isRedirected
        ? `${quoted(requested)} redirects to ${quoted(response.url)}, which returned ${reason}`
        : `${quoted(requested)} returned ${reason}`,
      remedy: server + REMEDIES[code],
      reference: MEMBERS[sought].reference,
    },
  };
}
