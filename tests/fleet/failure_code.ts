import assert from "node:assert/strict";
import { Failure } from "../../src/core/failure.ts";

/** The code of the failure that this work ends with; `none` if it succeeds. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error.code;
  }
}
