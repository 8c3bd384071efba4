/** The members that every JSON document has: `ok`, and `error` after a failure. @module */

import type { Failure } from "../../core/failure.ts";
import type { Code } from "../../findings/mod.ts";

export interface ErrorMember {
  readonly code: Code;
  readonly message: string;
  readonly remedy?: string;
}

export function errorMember(
  { code, message, remedy }: Pick<Failure, "code" | "message" | "remedy">,
): ErrorMember {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

export function errorDocument(failure: Failure): object {
  return { completed: false, error: errorMember(failure) };
}

/** Adds `ok`, the first member: true exactly when there is no `error`. */
export function withOutcome(document: object, error?: ErrorMember): object {
  const shown = error === undefined ? document : { ...document, error };
  const ok = !("error" in shown) || shown.error === undefined;
  return { ok, ...shown };
}
