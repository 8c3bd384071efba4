/**
 * What the tests of the judges share.
 *
 * @module
 */

import assert from "node:assert/strict";
import { commandText, type Remedy, remedyText } from "../../src/core/command_text.ts";
import { Failure } from "../../src/core/failure.ts";
import type { EndpointResponse } from "../../src/oauth/common/endpoint_response.ts";

/** An answer with a JSON body, or with the text given. */
export function answerOf(
  status: number,
  body: unknown,
  headers: Record<string, string> = { "content-type": "application/json" },
  url = "https://as.example/endpoint",
): EndpointResponse {
  return {
    url,
    status,
    headers: new Headers(headers),
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** The failure that `work` throws; anything else thrown, or nothing, fails the test. */
export function failureFrom(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    assert.fail(`threw ${String(error)} in place of a Failure`);
  }
  assert.fail("nothing was thrown");
}

/** The remedy with the command line of a login. */
export function remedyOf(judgement: Remedy<string | undefined> | undefined): string {
  const login = (flags: Remedy<string>["loginFlags"]) => ({ line: commandText("login", flags) });
  return judgement === undefined ? "" : remedyText(judgement, login) ?? "";
}

/** Everything a failure says to a person. */
export function wordsOf(failure: Failure): string {
  return [failure.message, remedyOf(failure), failure.reference].join("\n");
}

/** Names every object inherits: a table that is looked up by a server's word must not know them. */
export const INHERITED_NAMES: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
];

/** JSON text nested so deep that a recursive walk overflows the stack. */
export function deepJson(levels = 60_000): string {
  return "[".repeat(levels) + "]".repeat(levels);
}
