import type { Judgement } from "../../core/finding.ts";
import { isObject, type JsonObject, parseJson, repeatedMembers } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";

export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Media type of the answer, lower case, without parameters; empty when there is none. */
export function mediaType(answer: Answer): string {
  const value = answer.headers.get("content-type") ?? "";
  return (value.split(/[;,]/)[0] ?? "").trim().toLowerCase();
}

/** True for `application/json` and `application/*+json`. */
export function isJsonType(type: string): boolean {
  return type === "application/json" || /^application\/[^\s]+\+json$/.test(type);
}

/** The body as a JSON object, whatever the content type says; undefined when it is none. */
export function jsonObject(answer: Answer): JsonObject | undefined {
  const value = parseJson(answer.body);
  return isObject(value) ? value : undefined;
}

/** `200 text/html`: what an answer looked like, for messages. */
export function describeAnswer(answer: Answer): string {
  return `${answer.status} ${printable(mediaType(answer), 100) || "without content type"}`;
}

/** The warning for a JSON object that has a member twice; undefined when it has none. */
export function judgeMembers(answer: Answer): Judgement | undefined {
  const names = repeatedMembers(answer.body);
  if (names.length === 0) return undefined;
  return {
    code: "json_member_repeated",
    severity: "warning",
    message: `${quoted(answer.url)} has members more than once: ${
      names.map((name) => quoted(name, 60)).join(", ").slice(0, 300)
    }; the last of each counts`,
    remedy: "Server: send each member once",
    reference: "RFC 8259 §4",
  };
}
