/** A failure as part of a document. @module */

import type { Failure } from "../../core/failure.ts";
import type { Code } from "../../findings/mod.ts";

export interface ErrorMember {
  readonly code: Code;
  readonly message: string;
  readonly remedy?: string;
}

/** The `error` member of a document. */
export function errorMember(
  { code, message, remedy }: Pick<Failure, "code" | "message" | "remedy">,
): ErrorMember {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** A document with the error alone. */
export function errorDocument(failure: Failure): unknown {
  return { completed: false, error: errorMember(failure) };
}
