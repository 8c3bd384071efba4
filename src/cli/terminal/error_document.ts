/** A failure as part of a document. @module */

import type { Failure } from "../../core/failure.ts";
import type { Code } from "../../findings/mod.ts";

export interface ErrorMember {
  readonly code: Code;
  readonly message: string;
  readonly remedy?: string;
}

/** The `error` member for a failure. */
export function errorMember({ code, message, remedy }: Failure): ErrorMember {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** A document that holds nothing but the error. */
export function errorDocument(failure: Failure): unknown {
  return { completed: false, error: errorMember(failure) };
}
