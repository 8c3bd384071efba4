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

export function errorDocument(failure: Failure): unknown {
  return { completed: false, error: errorMember(failure) };
}
