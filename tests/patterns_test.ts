import assert from "node:assert/strict";
import type { checkSync } from "recheck";
// The checker's build in JavaScript; its others start a program.
import recheck from "recheck/lib/browser.js";
import { type SourceFile, sourceFiles, visit } from "./source_code.ts";

const check: typeof checkSync = recheck.checkSync;

/** A pattern as written: a literal, or what `RegExp` is called with. */
interface Found {
  readonly path: string;
  /** The source text; names a row of the tables below. */
  readonly text: string;
  /** Pattern and flags; undefined where the pattern is made at run time. */
  readonly pattern: readonly [source: string, flags: string] | undefined;
}

/** Super-linear patterns that never read a long text, and why. */
const BOUNDED: readonly (readonly [path: string, text: string, proof: string])[] = [];

/** Patterns that are made at run time, one a file: what they are made into, in every form there is. */
const COMPOSED: readonly {
  readonly path: string;
  readonly forms: readonly (readonly [source: string, flags: string])[];
}[] = [
  {
    path: "src/consent/browser.ts",
    forms: [
      [String.raw`"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<space>\s+)|(?<plain>[^])`, "g"],
      [String.raw`\\(?<escaped>[^])|"([^"]*)"|'([^']*)'|(\s+)|([^])`, "g"],
    ],
  },
  {
    path: "src/store/file/store_files.ts",
    forms: [[String.raw`^0123456789abcdef\.[0-9a-f]{16}\.tmp$`, ""]],
  },
];

/** The text of an expression that is written out: a string, or strings that are joined. */
function constant(node: Deno.lint.Node | undefined): string | undefined {
  if (node === undefined) return "";
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const [left, right] = [constant(node.left), constant(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** Methods of a string that make a pattern of a string. */
const MAKING = ["match", "matchAll", "search"];

function patternsIn(file: SourceFile): Found[] {
  const found: Found[] = [];
  const { path } = file;
  visit(file, (textOf) => {
    const called = (node: Deno.lint.NewExpression | Deno.lint.CallExpression) => {
      const { callee, arguments: [first, second] } = node;
      if (callee.type === "Identifier" && callee.name === "RegExp") {
        const [source, flags] = [constant(first), constant(second)];
        const written = first !== undefined && source !== undefined && flags !== undefined;
        found.push({ path, text: textOf(node), pattern: written ? [source, flags] : undefined });
      }
    };
    return {
      NewExpression: called,
      CallExpression(node) {
        called(node);
        const { callee, arguments: [first] } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (MAKING.includes(callee.property.name) && constant(first)) {
          found.push({ path, text: textOf(node), pattern: undefined });
        }
      },
      Literal(node) {
        if (!("regex" in node) || node.regex === undefined) return;
        const { pattern, flags } = node.regex;
        found.push({ path, text: textOf(node), pattern: [pattern, flags] });
      },
    };
  });
  return found;
}

/** The parts of a pattern: escapes, classes, brackets, bars, repetitions, and other characters. */
const PARTS = /\\[^]|\[(?:\\[^]|[^\]\\])*\]|\{(\d+)(?:(,)(\d*))?\}|[^]/gu;

/**
 * The pattern with every repetition of a fixed number cut to three: how its time grows with the text
 * does not change, and the checker needs not count.
 */
function shortened(source: string): string {
  return source.replace(PARTS, (part, least?: string, comma?: string, most?: string) => {
    if (least === undefined) return part;
    const low = Math.min(Number(least), 2);
    if (comma === undefined) return `{${low}}`;
    return most === "" ? `{${low},}` : `{${low},${Math.max(low, Math.min(Number(most), 3))}}`;
  });
}

/**
 * The alternatives of a pattern. Each is checked alone: where one that has read far fails and a
 * shorter one matches, the search begins again behind the shorter one.
 */
function alternatives(source: string): string[] {
  const found = [""];
  let depth = 0;
  for (const [part] of source.matchAll(PARTS)) {
    if (part === "(") depth += 1;
    if (part === ")") depth -= 1;
    if (part === "|" && depth === 0) found.push("");
    else found.push(found.pop() + part);
  }
  return found;
}

/** True for a pattern that repeats nothing without a limit. */
function isLimited(source: string): boolean {
  return [...source.matchAll(PARTS)].every(([part, , comma, most]) =>
    part !== "*" && part !== "+" && !(comma === "," && most === "")
  );
}

/**
 * What looks around is not proved but attacked; these limits find every planted pattern. They count
 * steps: the checker takes an attack that a busy machine interrupts for a slow pattern.
 */
const LIMITS = {
  timeout: null,
  incubationTimeout: null,
  attackTimeout: null,
  recallTimeout: -1,
  maxIteration: 5,
  incubationLimit: 10_000,
  attackLimit: 10_000_000,
};

/** How the time of a pattern grows, where that is faster than the text; undefined else. */
function growth([source, flags]: readonly [string, string]): string | undefined {
  for (const part of new Set([source, ...alternatives(source)])) {
    if (isLimited(part)) continue;
    const result = check(shortened(part), flags, LIMITS);
    if (result.status === "vulnerable") return result.complexity.summary;
    if (result.status === "unknown") return "not known";
  }
  return undefined;
}

Deno.test("the check of patterns sees what is quadratic, wherever it is written", () => {
  const text = [
    "const a: RegExp = /\\s+$/;",
    "const b = (text: string) => text.replace(/<head[^]*?>/gi, '');",
    "const c = new RegExp('<a[^]*' + '?>');",
    "const d = RegExp('a+b|a', 'g');",
    "const e = /a+(?=b)/;",
    "const look = [/[\\r\\n]+[ \\t]*(?=[^\\r\\n])/g, /(?<=.)[\\\\/]+$/, /(a+)\\1$/];",
    "const f = /^(?:a{1,500}){2,}$/ satisfies RegExp;",
    "const g = (word: string) => new RegExp(`${word}+$`);",
    "const h = 'a'.search('a+$');",
    "const ok = [/^\\s+/, /\\s{1,500}$/, /[^a]+a?/g, 'a'.split('b+$')];",
  ].join("\n");
  const found = patternsIn({ path: "planted.ts", text });
  const grow = found.filter(({ pattern }) => pattern !== undefined && growth(pattern));
  assert.deepEqual(grow.map(({ text }) => text), [
    "/\\s+$/",
    "/<head[^]*?>/gi",
    "new RegExp('<a[^]*' + '?>')",
    "RegExp('a+b|a', 'g')",
    "/a+(?=b)/",
    "/[\\r\\n]+[ \\t]*(?=[^\\r\\n])/g",
    "/(?<=.)[\\\\/]+$/",
    "/(a+)\\1$/",
    "/^(?:a{1,500}){2,}$/",
  ]);
  assert.deepEqual(
    found.filter(({ pattern }) => pattern === undefined).map(({ text }) => text),
    ["new RegExp(`${word}+$`)", "'a'.search('a+$')"],
  );
});

/** What is wrong with the patterns of some files. */
function faultsOf(files: readonly SourceFile[]): string[] {
  const here = new Set(files.map(({ path }) => path));
  const bounded = BOUNDED.filter(([path]) => here.has(path)).map(([path, text]) =>
    `${path} ${text}`
  );
  const composed = COMPOSED.filter(({ path }) => here.has(path));
  const used = new Set<string>();
  const faults: string[] = [];
  for (const { path, text, pattern } of files.flatMap(patternsIn)) {
    const name = pattern === undefined ? path : `${path} ${text}`;
    const row = composed.find((it) => it.path === path);
    const forms = pattern === undefined ? row?.forms : [pattern];
    if (forms === undefined || (pattern === undefined && used.has(path))) {
      faults.push(`${path} ${text}: made at run time; list its forms in COMPOSED`);
      continue;
    }
    const grows = forms.map(growth).find((it) => it !== undefined);
    if (grows !== undefined && !bounded.includes(name)) faults.push(`${name}: ${grows}`);
    if (grows !== undefined || pattern === undefined) used.add(name);
  }
  const stale = [...bounded, ...composed.map(({ path }) => path)].filter((name) => !used.has(name));
  return [...faults, ...stale.map((name) => `${name}: a row without its pattern`)];
}

const FOLDERS = Map.groupBy(
  await sourceFiles(),
  ({ path }) => path.slice(0, path.lastIndexOf("/")),
);

for (const [folder, files] of FOLDERS) {
  Deno.test({
    name: `the time of a pattern in ${folder} grows no faster than the text it reads`,
    // One pattern can need ten seconds of a processor.
    timeout: 300_000,
    fn: () => assert.deepEqual(faultsOf(files), []),
  });
}

Deno.test("every row of the tables is about a file that exists", () => {
  const paths = new Set([...FOLDERS.values()].flat().map(({ path }) => path));
  const rows = [...BOUNDED.map(([path]) => path), ...COMPOSED.map(({ path }) => path)];
  assert.deepEqual(rows.filter((path) => !paths.has(path)), []);
});
