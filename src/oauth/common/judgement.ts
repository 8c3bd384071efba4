import type { Judgement, Severity } from "../../core/finding.ts";
import { type JsonObject, stringListMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";

export type JudgementMaker = (code: Code, message: string, remedy: string) => Judgement;

/** Makes judgements that share severity and reference. */
export function judgementMaker(severity: Severity, reference: string): JudgementMaker {
  return (code, message, remedy) => ({ code, severity, message, remedy, reference });
}

/** False if the list is absent or has the value. */
export function valueNotListed(document: JsonObject, name: string, value: string): string | false {
  const list = stringListMember(document, name);
  return list !== undefined && !list.includes(value) &&
    `"${name}" lists ${quoted(list.join(", "))} and not "${value}"`;
}
