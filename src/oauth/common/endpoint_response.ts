import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, parseJson, repeatedMembers } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";

export interface EndpointResponse {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Masks secrets in a text of the server. */
  readonly mask?: ((text: string) => string) | undefined;
}

/** Media type of the answer, lower case, without parameters; empty when there is none. */
export function mediaType({ headers }: Pick<EndpointResponse, "headers">): string {
  const value = headers.get("content-type") ?? "";
  return (value.split(/[;,]/)[0] ?? "").trim().toLowerCase();
}

export function isJsonType(type: string): boolean {
  return type === "application/json" || /^application\/[^\s]+\+json$/.test(type);
}

/** The body as a JSON object, for any content type; undefined if it is not one. */
export function jsonObject(response: EndpointResponse): JsonObject | undefined {
  const value = parseJson(response.body);
  return isObject(value) ? value : undefined;
}

/** `200 text/html`, for messages. */
export function statusAndType(response: EndpointResponse): string {
  return `${response.status} ${printable(mediaType(response), 100) || "without content type"}`;
}

export function isSuccess({ status }: EndpointResponse): boolean {
  return status >= 200 && status < 300;
}

export function judgeMembers(response: EndpointResponse): Judgement[] {
  const repeated = repeatedMembers(response.body);
  if (repeated.length === 0) return [];
  const names = repeated.map((name) => quoted(name, 60)).join(", ").slice(0, 300);
  return [{
    code: "json_member_repeated",
    severity: "warning",
    message: `${quoted(response.url)} has members more than once: ${names}; mcpass uses the last ` +
      "value",
    remedy: "Server: send each member once",
    reference: "RFC 8259 §4",
  }];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["apos", "'"],
  ["#39", "'"],
  ["#x27", "'"],
  ["gt", ">"],
  ["lt", "<"],
  ["nbsp", " "],
  ["quot", '"'],
]);

/** The text that a person sees. Scripts often repeat the request, so their words prove nothing. */
export function visibleText(page: string): string {
  const [first = "", ...rest] = page.split(/<(?=(?:script|style)\b|!--)/i);
  const parts = rest.map((part) => {
    const isComment = part.startsWith("!--");
    const end = isComment ? part.indexOf("-->") : part.search(/<\/(?:script|style)/i);
    return end === -1 ? "" : part.slice(isComment ? end + "-->".length : end);
  });
  return [first, ...parts].join(" ").replace(/<[^<>]*>/g, " ")
    .replace(/&(amp|apos|#39|#x27|gt|lt|nbsp|quot);/g, (_, name) => ENTITIES.get(name) ?? "")
    .replace(/\s+/g, " ").trim();
}
