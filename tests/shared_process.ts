/**
 * Loaded before each file of `deno task test`. Its files run next to each other in one process, so a
 * test must not write to what they share: it starts a process of its own to do that.
 *
 * @module
 */

import "./deadline.ts";

// An HTTP client writes the proxies that it uses into the environment, if there are any in it.
for (const name of Object.keys(Deno.env.toObject())) {
  if (/_proxy$/i.test(name)) Deno.env.delete(name);
}

// Coverage is that of the tests' own process: the programs that they start would write thousands of files.
Deno.env.delete("DENO_COVERAGE_DIR");

function refuse(): never {
  throw new Error("the test files that run beside this one share what this writes to");
}

// Libraries write what is there, and delete what is not.
Object.assign(Deno.env, {
  set: (name: string, value: string) => Deno.env.get(name) === value || refuse(),
  delete: (name: string) => Deno.env.has(name) && refuse(),
});
Object.assign(Deno, { chdir: refuse, umask: refuse, addSignalListener: refuse });
