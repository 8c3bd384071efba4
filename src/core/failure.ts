import type { Code } from "../findings/mod.ts";
import type { OptionTexts } from "./command_text.ts";
import { printable } from "./text.ts";

/** Exit statuses; no other code decides one. */
export const EXIT_STATUS = {
  operation: 1,
  usage: 2,
  incomplete: 3,
  sign_in_needed: 4,
  cancelled: 130,
} as const;

export type FailureKind = keyof typeof EXIT_STATUS;

export interface FailureOptions {
  /** Default: `operation`. */
  readonly kind?: FailureKind;
  /** What to change, a line for each party: see {@link "./remedy.ts".adviceOf}. */
  readonly remedy?: string | undefined;
  /** Flags that a login needs in addition; the remedy ends before its command line. */
  readonly loginFlags?: OptionTexts | undefined;
  /** The same for the command that failed, of whatever kind. */
  readonly commandFlags?: OptionTexts | undefined;
  /** The clause that was violated, e.g. `RFC 8414 §3.3`. */
  readonly reference?: string | undefined;
  /** Distinguishes cases of one code, in a word or two: an OAuth error, a status. */
  readonly detail?: string | undefined;
  /** What was observed, if the message also repeats the title of the code. */
  readonly observed?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The expected reason why an operation ended without success.
 *
 * `message` says what was attempted, the value in quotes, what was observed and what was expected,
 * without a full stop. Text from a server must already have passed {@link "./text.ts".printable}.
 */
export class Failure extends Error {
  readonly code: Code;
  readonly kind: FailureKind;
  readonly remedy: string | undefined;
  readonly loginFlags: OptionTexts | undefined;
  readonly commandFlags: OptionTexts | undefined;
  readonly reference: string | undefined;
  readonly detail: string | undefined;
  readonly observed: string | undefined;

  constructor(code: Code, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.code = code;
    this.kind = options.kind ?? "operation";
    this.remedy = options.remedy;
    this.loginFlags = options.loginFlags;
    this.commandFlags = options.commandFlags;
    this.reference = options.reference;
    this.detail = options.detail;
    this.observed = options.observed;
  }
}

/** A wrong command line, value or combination of values. */
export function usageFailure(code: Code, message: string, remedy?: string): Failure {
  return new Failure(code, message, { kind: "usage", remedy });
}

/** For Ctrl-C, and for a prompt that the person cancelled. */
export function cancelledFailure(message = "cancelled"): Failure {
  return new Failure("cancelled", message, { kind: "cancelled" });
}

/** Limit of the chain of causes. */
const MAX_CAUSES = 5;

/** The failure among an error and its causes: a library may have wrapped it. */
export function failureIn(error: unknown): Failure | undefined {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    if (current instanceof Failure) return current;
    current = current.cause;
  }
  return undefined;
}

/** The message of a thrown value, made safe to print: an error of the runtime may quote a server. */
function textOf(error: unknown): string {
  try {
    return printable(error instanceof Error ? error.message : String(error));
  } catch {
    return "a value without text was thrown";
  }
}

/** The first positions of a stack, which quote nothing: `at name (file:1:2)`. */
function positionsOf(error: unknown): string[] {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return stack.split("\n").filter((line) => /^ {4}at .*:\d+\)?$/.test(line)).slice(0, 10)
    .map((line) => printable(line.trim(), 200));
}

/** Throws an unexpected error again: it is a bug, not a fault of a server. */
export function expectedFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

/** An unexpected error becomes `internal_error`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const positions = positionsOf(error);
  const more = positions.length === 0
    ? ""
    : ", or with these lines if the command does not have that option:";
  const report =
    `This is a bug in mcpass. Please report it with the file that --debug-out <path> writes${more}`;
  const observed = textOf(error);
  return new Failure("internal_error", `unexpected error: ${observed}`, {
    observed,
    remedy: [report, ...positions].join("\n"),
    cause: error,
  });
}

/** The stacks of an unexpected error and its causes. They may quote a server and have secrets. */
export function unexpectedStack({ code, cause }: Failure): string | undefined {
  if (code !== "internal_error") return undefined;
  const stacks: string[] = [];
  let error: unknown = cause;
  while (error instanceof Error && stacks.length < MAX_CAUSES) {
    stacks.push(error.stack ?? String(error));
    error = error.cause;
  }
  return stacks.length === 0 ? undefined : stacks.join("\nCaused by: ");
}
