/** The member `error` of a JSON document. Loaded after a failure. @module */

import type { Failure } from "../../core/failure.ts";
import { adviceOf, type Fix } from "../../core/remedy.ts";
import type { Code } from "../../findings/mod.ts";

interface ErrorFix extends Omit<Fix, "commands"> {
  readonly commands?: readonly string[];
}

export interface ErrorMember {
  readonly code: Code;
  readonly message: string;
  readonly remedy?: string;
  /** The remedy, by party. */
  readonly fixes: readonly ErrorFix[];
  /** A command of the remedy that runs as it is. */
  readonly try?: string;
}

export function errorMember(
  { code, message, remedy }: Pick<Failure, "code" | "message" | "remedy">,
): ErrorMember {
  const { fixes, try: command } = adviceOf(remedy);
  return {
    code,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    fixes: fixes.map(({ commands, ...fix }) => commands.length === 0 ? fix : { ...fix, commands }),
    ...(command === undefined ? {} : { try: command }),
  };
}

export function errorDocument(failure: Failure): object {
  return { completed: false, error: errorMember(failure) };
}

interface TextResultOptions {
  readonly format?: unknown;
  readonly field?: unknown;
}

/** Whether a command whose result is text was asked for a document. */
export function asksForDocument({ format, field }: TextResultOptions): boolean {
  return format === "json" || typeof field === "string";
}

/** For such a command: nobody evaluates an error as a script. */
export function requestedErrorDocument(
  failure: Failure,
  _invocation: unknown,
  options: TextResultOptions,
): object | undefined {
  return asksForDocument(options) ? errorDocument(failure) : undefined;
}
