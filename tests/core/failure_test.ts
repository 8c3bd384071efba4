import assert from "node:assert/strict";
import {
  cancelledFailure,
  EXIT_STATUS,
  Failure,
  toFailure,
  unexpectedStack,
  usageFailure,
} from "../../src/core/failure.ts";

Deno.test("each kind of end has its exit status", () => {
  assert.deepEqual(EXIT_STATUS, {
    operation: 1,
    usage: 2,
    incomplete: 3,
    sign_in_needed: 4,
    cancelled: 130,
  });
  assert.equal(new Failure("token_rejected", "b").kind, "operation");
  assert.equal(usageFailure("token_rejected", "b", "c").kind, "usage");
  assert.equal(cancelledFailure().kind, "cancelled");
});

Deno.test("a failure keeps its parts", () => {
  const cause = new Error("x");
  const failure = new Failure("token_rejected", "message", {
    remedy: "r",
    reference: "RFC 1 §1",
    cause,
  });
  assert.deepEqual(
    [failure.code, failure.message, failure.remedy, failure.reference, failure.cause, failure.name],
    ["token_rejected", "message", "r", "RFC 1 §1", cause, "Failure"],
  );
  assert.equal("cause" in new Failure("token_rejected", "b"), false);
});

Deno.test("a failure passes through, anything else thrown is an internal error with its cause", () => {
  const failure = new Failure("token_rejected", "b");
  assert.equal(toFailure(failure), failure);
  for (const thrown of [new TypeError("boom"), "boom", { toString: () => "boom" }]) {
    const made = toFailure(thrown);
    assert.equal(made.code, "internal_error");
    assert.match(made.message, /boom/);
    assert.equal(made.cause, thrown);
  }
});

Deno.test("an unexpected error has its positions in the remedy, and its stack with those of its causes", () => {
  const cause = new RangeError("inner");
  const failure = toFailure(new TypeError("outer\n    at words of a server", { cause }));
  assert.match(failure.remedy ?? "", /--debug-out <path>.*\nat .*failure_test\.ts:\d+:\d+/);
  assert.doesNotMatch(failure.remedy ?? "", /words of a server/);
  const stack = unexpectedStack(failure) ?? "";
  assert.match(
    stack,
    /^TypeError: outer[^]*failure_test[^]*\nCaused by: RangeError: inner\n {4}at /,
  );
  for (
    const other of [
      new Failure("token_rejected", "b", { cause }),
      toFailure("text"),
      toFailure(null),
    ]
  ) {
    assert.equal(unexpectedStack(other), undefined);
  }
  const endless = new Error("x");
  endless.cause = endless;
  assert.equal(unexpectedStack(toFailure(endless))?.match(/Caused by/g)?.length, 4);
});

Deno.test("whatever is thrown becomes a failure", () => {
  for (
    const thrown of [undefined, null, Symbol("x"), Object.create(null), { toString: 1, valueOf: 1 }]
  ) {
    assert.equal(toFailure(thrown).code, "internal_error");
  }
});

Deno.test("an unexpected error's text is made safe: it may quote a server", () => {
  const { message } = toFailure(new SyntaxError('Unexpected token "\u001b[2J\u202e"'));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(message, /[\u001b\u202e]/);
});
