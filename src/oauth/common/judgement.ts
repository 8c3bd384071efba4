import type { Judgement, Severity } from "../../core/finding.ts";
import { describeValue, type JsonObject, member, stringListMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";

/** Servers build URLs with http if they do not know that a proxy terminates TLS in front of them. */
export const BEHIND_PROXY =
  "If a proxy terminates TLS in front of the server, let the proxy send " +
  "X-Forwarded-Proto: https and let the server trust it, or configure the server's public https URL";

/** The same judgement about an authorization server: "Server" is the MCP server. */
export function ofAuthorizationServer(judgement: Judgement): Judgement {
  return { ...judgement, remedy: judgement.remedy.replace(/^Server: /, "Authorization server: ") };
}

/** Makes judgements that share severity and reference. */
export function judgementMaker(
  severity: Severity,
  reference: string,
): (code: Code, message: string, remedy: string) => Judgement {
  return (code, message, remedy) => ({ code, severity, message, remedy, reference });
}

/** A message, or false without a fault; an object replaces severity or remedy of the check. */
export type Found =
  | string
  | false
  | (Pick<Judgement, "message"> & Partial<Pick<Judgement, "severity" | "remedy" | "loginFlags">>);

export interface Check<Subject> {
  readonly severity: Severity;
  readonly reference: string;
  readonly remedy: string;
  find(subject: Subject): Found | readonly Found[];
}

/** The name of a row is the code of its judgements. */
export type Checks<Subject> = Readonly<Partial<Record<Code, Check<Subject>>>>;

const checkMaker =
  (severity: Severity) =>
  <Subject>(reference: string, remedy: string, find: Check<Subject>["find"]): Check<Subject> => ({
    severity,
    reference,
    remedy,
    find,
  });

export const error = checkMaker("error");
export const warning = checkMaker("warning");
export const info = checkMaker("info");

export function runChecks<Subject>(checks: Checks<Subject>, subject: Subject): Judgement[] {
  return (Object.entries(checks) as [Code, Check<Subject>][])
    .flatMap(([code, { severity, remedy, reference, find }]) =>
      [find(subject)].flat().filter((found) => found !== false).map((found) => {
        const { message, ...changes } = typeof found === "string" ? { message: found } : found;
        return { code, severity, message, remedy, reference, ...changes };
      })
    );
}

/** The members that are numbers instead of strings. */
export function judgeNumbers(
  document: JsonObject,
  names: readonly string[],
  reference: string,
): Judgement[] {
  return names.filter((name) => typeof member(document, name) === "number").map((name) => ({
    code: "number_instead_of_string",
    severity: "warning",
    message: `"${name}" is a number instead of a string; mcpass reads it as text`,
    remedy: `Authorization server: send "${name}" as a JSON string`,
    reference,
  }));
}

/** `has no "x"`, or what it has instead of a string. */
export function missingText(document: JsonObject, name: string): string {
  const value = member(document, name);
  if (value === undefined) return `has no "${name}"`;
  return value === ""
    ? `has an empty "${name}"`
    : `has "${name}": ${describeValue(value)}, expected a string`;
}

/** False if the list is absent or has the value. */
export function valueNotListed(document: JsonObject, name: string, value: string): string | false {
  const list = stringListMember(document, name);
  return list !== undefined && !list.includes(value) &&
    `"${name}" lists ${quoted(list.join(", "))} and not "${value}"`;
}
