import assert from "node:assert/strict";
import { encodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { gzipSync } from "fflate";
import { sourceStack, stackIn } from "../../scripts/build/stack_lines.ts";
import { ROOT, run } from "../../scripts/shell.ts";

/** The words of a text, each mapped to a line of its own of `src/words.ts`. */
function mapOf(code: string) {
  const words = [...new Set(code.match(/\w+/g) ?? [])];
  const mappings = code.split("\n").map((line) =>
    Array.from(
      line.matchAll(/\w+/g),
      ({ index, 0: word }) =>
        [index, 0, words.indexOf(word), 0] as [number, number, number, number],
    )
  );
  const base = {
    version: 3 as const,
    names: [],
    sources: ["src/words.ts"],
    sourcesContent: [words.map((word) => `  call(${word});`).join("\n")],
  };
  return { ...base, mappings: encodedMappings(new TraceMap({ ...base, mappings })) };
}

const MAPS = { "./login-C7OtUVA4.js": mapOf("(function(){one;two;three})") };
const STACK = `TypeError: cannot use "./x"
    at a (./login-C7OtUVA4.js:1:17)
    at async ./login-C7OtUVA4.js:1:21
    at new b (./other-AAAAAAAA.js:1:5)
    at ext:core/01_core.js:1:1
Caused by: Error: no
    at c (./login-C7OtUVA4.js:1:13)`;
const LINES = `TypeError: cannot use "./x"
    at a (src/words.ts:3:1)
        call(two);
    at async src/words.ts:4:1
        call(three);
    at new b (./other-AAAAAAAA.js:1:5 (no source map))
    at ext:core/01_core.js:1:1
Caused by: Error: no
    at c (src/words.ts:2:1)
        call(one);`;

Deno.test("each position of a stack becomes one of the source, with its line", () => {
  assert.equal(sourceStack(STACK, { maps: MAPS }), LINES);
  assert.equal(
    sourceStack("at ./constructor.js:1:1", { maps: {} }),
    "at ./constructor.js:1:1 (no source map)",
  );
});

Deno.test("a stack is text, or in a debug artifact", () => {
  assert.equal(stackIn(STACK), STACK);
  assert.equal(stackIn(JSON.stringify({ outcome: { error: { stack: STACK } } })), STACK);
  assert.throws(() => stackIn('{"outcome":{"error":{"code":"x"}}}'), /no stack/);
  assert.throws(() => stackIn('{"outcome":{"error":null}}'), /no stack/);
  assert.throws(() => stackIn("[]"), /not a debug artifact/);
  for (const text of ["", "hello\n"]) {
    assert.throws(() => stackIn(text), /no position in the compiled program/);
  }
});

Deno.test("deno task stack reads a file or standard input, and says what it cannot read", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-stack-" });
  try {
    const maps = `${folder}/maps.json.gz`;
    const built = { version: "1.2.3", commit: "abc", maps: MAPS };
    await Deno.writeFile(maps, gzipSync(new TextEncoder().encode(JSON.stringify(built))));
    await Deno.writeTextFile(
      `${folder}/debug.json`,
      JSON.stringify({ outcome: { error: { stack: STACK } } }),
    );
    const task = (...args: string[]) =>
      run(Deno.execPath(), ["run", "-A", `${ROOT}scripts/stack.ts`, ...args]);
    const read = await task("--maps", maps, `${folder}/debug.json`);
    assert.equal(read.stdout, `${LINES}\n`);
    assert.match(read.stderr, /mcpass 1\.2\.3, commit abc/);
    for (const args of [["--maps", `${folder}/none`], ["--maps", maps, "a", "b"], ["--no"]]) {
      const refused = await task(...args);
      assert.equal(refused.code, 1);
      assert.notEqual(refused.stderr, "");
    }
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${ROOT}scripts/stack.ts`, "--maps", maps],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = command.stdin.getWriter();
    await writer.write(new TextEncoder().encode(STACK));
    await writer.close();
    const { stdout } = await command.output();
    assert.equal(new TextDecoder().decode(stdout), `${LINES}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
