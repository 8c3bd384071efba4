/**
 * Loaded before each test file: a test that waits for what never arrives fails at its deadline, under
 * its own name, and the tests after it run.
 *
 * @module
 */

/** Milliseconds a test has, unless its definition names another `timeout`, or the environment does. */
const DEADLINE_MS = Number(Deno.env.get("TEST_DEADLINE_MS") ?? 60_000);

/** Where Deno reads which line to report for a test that a helper defines. */
const LOCATION = Symbol.for("Deno.test.location");

type Definition = Partial<Deno.TestDefinition>;
type TestFunction = Deno.TestDefinition["fn"];
type Part = string | TestFunction | Definition;

function definitionOf(part: Part): Definition {
  if (typeof part === "string") return { name: part };
  return typeof part === "function" ? { fn: part } : part;
}

/** The file, line and column that called `callee`, as the stack writes them. */
function callSite(callee: (...parts: Part[]) => void): string | undefined {
  const error = new Error();
  Error.captureStackTrace(error, callee);
  return /\S+:\d+:\d+/.exec(error.stack?.split("\n")[1] ?? "")?.[0].replace("(", "");
}

function withDeadline(define: (test: Deno.TestDefinition) => void): (...parts: Part[]) => void {
  return function test(...parts) {
    const definition: Definition = { timeout: DEADLINE_MS };
    for (const part of parts) Object.assign(definition, definitionOf(part));
    const { name, fn, ...options } = definition;
    if (fn === undefined) throw new TypeError("A test has no function");
    const placed = Object.assign((context: Deno.TestContext) => fn(context), {
      [LOCATION]: callSite(test),
    });
    define({ ...options, name: name ?? fn.name, fn: placed });
  };
}

const { test } = Deno;
const limited = Object.assign(withDeadline(test), test, {
  only: withDeadline(test.only),
  ignore: withDeadline(test.ignore),
  // Its tests would have no deadline.
  each: undefined,
});
Object.assign(Deno, { test: limited });
