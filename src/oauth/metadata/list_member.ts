/** Lists in metadata. Some servers publish a string instead. @module */

import type { Judgement } from "../../core/finding.ts";
import { type JsonObject, member, stringListMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";

/** The lists that a login reads. */
const NAMES: readonly string[] = [
  "authorization_servers",
  "code_challenge_methods_supported",
  "dpop_signing_alg_values_supported",
  "grant_types_supported",
  "scopes_supported",
  "token_endpoint_auth_methods_supported",
];

/** The strings of a list; a string counts as a list of its words. */
export function listMember(document: JsonObject, name: string): readonly string[] | undefined {
  const value = member(document, name);
  return typeof value === "string"
    ? value.split(/[\s,]+/).filter((word) => word !== "")
    : stringListMember(document, name);
}

/** True for a string that {@link judgeWordLists} reports. */
export function isWordList(name: string, value: unknown): value is string {
  return typeof value === "string" && NAMES.includes(name);
}

export function judgeWordLists(document: JsonObject): Judgement[] {
  return NAMES.flatMap((name) => {
    const value = member(document, name);
    if (!isWordList(name, value)) return [];
    const list = JSON.stringify(listMember(document, name));
    return {
      code: "member_type",
      severity: "warning",
      message: `"${name}" is the string ${quoted(value)}, expected a list of strings; ` +
        "mcpass reads it as a list",
      remedy: `Server: publish "${name}": ${list}`,
      reference: "RFC 9728 §2; RFC 8414 §2",
    };
  });
}
