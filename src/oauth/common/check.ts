/** Rules as rows of a table; the name of a row is the code of its judgements. @module */

import type { Judgement, Severity } from "../../core/finding.ts";
import type { Code } from "../../findings/mod.ts";

/** A message, or false without a fault; an object replaces severity or remedy of the check. */
export type Found =
  | string
  | false
  | (Pick<Judgement, "message"> & Partial<Pick<Judgement, "severity" | "remedy">>);

export interface Check<Subject> {
  readonly severity: Severity;
  readonly reference: string;
  readonly remedy: string;
  find(subject: Subject): Found | readonly Found[];
}

export type Checks<Subject> = Readonly<Partial<Record<Code, Check<Subject>>>>;

type CheckMaker = <Subject>(
  reference: string,
  remedy: string,
  find: Check<Subject>["find"],
) => Check<Subject>;

function checkMaker(severity: Severity): CheckMaker {
  return (reference, remedy, find) => ({ severity, reference, remedy, find });
}

export const error: CheckMaker = checkMaker("error");
export const warning: CheckMaker = checkMaker("warning");
export const info: CheckMaker = checkMaker("info");

export function runChecks<Subject>(checks: Checks<Subject>, subject: Subject): Judgement[] {
  return (Object.entries(checks) as [Code, Check<Subject>][])
    .flatMap(([code, { severity, reference, remedy, find }]) =>
      [find(subject)].flat().filter((found) => found !== false).map((found) => ({
        code,
        severity,
        reference,
        remedy,
        ...typeof found === "string" ? { message: found } : found,
      }))
    );
}
