/** The words of a server in a refused response: JSON of any shape, a form, text, or a page. @module */

import { isObject, type JsonObject, member, parseJson } from "../../core/json.ts";
import { withoutPartialSecret } from "../../core/text.ts";
import { type EndpointResponse, mediaType, visibleText } from "./endpoint_response.ts";

/** Characters that are read and that are shown, at most. */
const MAX_READ = 32 * 1024;
const MAX_SHOWN = 300;

const MAX_DEPTH = 5;
const MAX_ITEMS = 8;

/** Members with text for people, or with objects that have them; the order is that of the output. */
const TEXT_MEMBERS = [
  ...["error_description", "errorDescription", "error_summary", "errorSummary", "title"],
  ...["message", "Message", "msg", "errorMessage", "error_message", "error_msg", "userMessage"],
  ...["detail", "details", "description", "reason", "faultstring", "error_hint", "hint"],
  ...["errorCauses", "errorMessages", "generalErrors", "fieldErrors", "errors", "messages"],
  ...["error", "fault"],
];

/** What a text in a list is about: FastAPI's `loc`, and names that others use. */
const PLACE_MEMBERS = ["loc", "field", "path", "param", "parameter", "property"];

/** Names of values that must not be shown, in a body that is shown as it is. */
const SECRET_MEMBER = /token|secret|password|assertion|verifier|cookie|key|code|request_uri/i;

/** Phrases that only repeat the status. */
const PHRASE =
  /^(?:error|bad request|unauthorized|forbidden|not found|method not allowed|conflict|unprocessable (?:entity|content)|too many requests|(?:internal )?server error|bad gateway|service unavailable|gateway timeout)$/i;

/** Not a phrase such as `Unauthorized`, and not a name such as `UnauthorizedException`. */
const ERROR_CODE = /^(?![A-Z][a-z])[\w.:/-]+$/;

/** In a nested object, other values are common too: `code: "E42"`. */
const NESTED_CODE = /^[a-z]+(_[a-z]+)+$/;

function placeOf(item: JsonObject): string {
  const values = PLACE_MEMBERS.map((name) => member(item, name));
  const place = values.find((it) => typeof it === "string" || Array.isArray(it));
  const text = Array.isArray(place)
    ? place.filter((it) => typeof it !== "object").join(".")
    : place;
  return text ? ` (${text})` : "";
}

function textsOf(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return [value];
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).flatMap((item) =>
      textsOf(item, depth + 1).map((text) => text + (isObject(item) ? placeOf(item) : ""))
    );
  }
  if (!isObject(value)) return [];
  const named = TEXT_MEMBERS.flatMap((name) => {
    const item = member(value, name);
    const isCode = name === "error" && typeof item === "string" && isErrorCode(item);
    return isCode ? [] : textsOf(item, depth + 1);
  });
  if (named.length > 0 || depth === 0) return named;
  // Texts by the name of the member that they are about.
  return Object.entries(value).slice(0, MAX_ITEMS).flatMap(([name, item]) =>
    textsOf(item, depth + 1).filter((text) => text.includes(" ")).map((it) => `${it} (${name})`)
  );
}

function isErrorCode(text: string): boolean {
  return ERROR_CODE.test(text) && !PHRASE.test(text);
}

/** The error code of a parsed body (RFC 6749 §5.2), also of one that is nested or in a list. */
export function errorCode(body: unknown): string | undefined {
  if (Array.isArray(body)) return errorCode(body[0]);
  if (!isObject(body)) return undefined;
  const { error, detail } = body;
  if (typeof error === "string") return isErrorCode(error) ? error : undefined;
  if (!isObject(error)) return isObject(detail) ? errorCode(detail) : undefined;
  return ["error", "code", "type"].map((name) => member(error, name))
    .find((it): it is string => typeof it === "string" && NESTED_CODE.test(it));
}

/** True for a text that is a part of the other, or the other after a headline. */
function repeats(text: string, other: string): boolean {
  return other.includes(text) || text.endsWith(`: ${other}`);
}

/** Joins texts; repeated ones and status phrases are left out. */
function joined(texts: readonly string[]): string {
  const plain = texts.map((text) => text.replace(/\s+/g, " ").trim()).filter((text) => text !== "");
  const words = plain.some((text) => !PHRASE.test(text))
    ? plain.filter((text) => !PHRASE.test(text))
    : plain;
  const kept: string[] = [];
  for (const text of words) if (!kept.some((other) => repeats(text, other))) kept.push(text);
  return kept.slice(0, MAX_ITEMS).join("; ");
}

/** The texts for a person in a parsed body; empty if it has none. */
export function valueWords(value: unknown): string {
  return joined(textsOf(value));
}

function isReadable(type: string): boolean {
  return type === "" || type.startsWith("text/") && type !== "text/event-stream" ||
    /(?:json|xml|x-www-form-urlencoded)$/.test(type);
}

/** The body as a value: JSON under any content type, a form, or the first event of a stream. */
export function parsedBody(response: Pick<EndpointResponse, "headers" | "body">): unknown {
  const { body } = response;
  const type = mediaType(response);
  if (type === "application/x-www-form-urlencoded") {
    return Object.fromEntries(new URLSearchParams(body));
  }
  const event = type === "text/event-stream" ? /^data: ?(.*)$/m.exec(body)?.[1] : undefined;
  return parseJson(event ?? body);
}

/** Title and text of a page; the head has nothing else for people. */
function pageWords(page: string): string {
  const title = visibleText(/<title\b[^<>]*>([^<]*)/i.exec(page)?.[1] ?? "");
  const head = page.search(/<head\b/i);
  const end = /<\/head\s*>/i.exec(page);
  const text = visibleText(
    head === -1 || end === null ? page : page.slice(0, head) + page.slice(end.index),
  );
  return title === "" || text.startsWith(title) ? text : [title, text].filter(Boolean).join(": ");
}

/** Text that begins like JSON but is not valid may have a secret anywhere. */
const BROKEN_JSON = /^\s*[[{]/;

/** Masks a text before it is changed or cut, so that no part of a secret remains. */
function masked(text: string, mask: (text: string) => string): string {
  const isLong = text.length > MAX_READ;
  return mask(isLong ? withoutPartialSecret(text.slice(0, MAX_READ)) : text);
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_SHOWN ? text : `${characters.slice(0, MAX_SHOWN).join("")}…`;
}

/** What the server says in the body; undefined without words. Without `mask`, it is not cut. */
export function serverWords(
  { headers, body, mask, status }: Pick<EndpointResponse, "headers" | "body" | "mask" | "status">,
): string | undefined {
  const type = mediaType({ headers });
  const parsed = parsedBody({ headers, body });
  const safe = (text: string) => mask === undefined ? text : masked(text, mask);
  let words = "";
  if (parsed !== undefined) {
    words = joined(textsOf(parsed).map(safe));
    const mayShow = status >= 400 && isObject(parsed) && Object.keys(parsed).length > 0 &&
      errorCode(parsed) === undefined && !SECRET_MEMBER.test(body);
    if (words === "" && mayShow) words = safe(body).trim();
  } else if (isReadable(type) && !BROKEN_JSON.test(body)) words = pageWords(safe(body));
  if (words === "") return undefined;
  return mask === undefined ? words : shortened(words);
}
