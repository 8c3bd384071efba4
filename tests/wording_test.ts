/** Words that readers stumble over stay out of every text that a person can read. */
import { deepEqual, ok } from "node:assert/strict";
import { filesBelow, ROOT } from "../scripts/shell.ts";
import { sourceFiles, visit } from "./source_code.ts";

/** Retired words, and what to write. */
const RETIRED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/(?<!\bthere )\b(?:is|are|was|were) no\b(?! (?:longer|more)\b)/i, "is not a, must be one of"],
  [/\b(?:is|are) none of\b|\bnone that\b/i, "must be one of, no"],
  [/\bbesides?\b/i, "in addition to, next to"],
  [/\b(?:by|of) itself\b/i, "automatically"],
  [/\ball the same\b/i, "anyway, still"],
  [/\b(?:stands?|stood)\b/i, "is, is in, means"],
  [/\b(?:kept|keeps)\b/i, "stored, stores; continues"],
  [/\btakes?\b(?! (?:effect|place|precedence|a minute|longer|up to|\d)\b)/i, "accept, read, last"],
  [/\b(?:took|taken)\b(?! (?:\d|from\b|place\b))/i, "accepted, used"],
  [/(?<!\b(?:do|if) you )\bwant(?:s|ed)?\b/i, "requires, asks for"],
  [/\b(?:came|comes)\b/i, "received, response, is"],
  [/\bsettl(?:e|es|ed|ing)\b/i, "register, choose"],
  [/\black(?:s|ed|ing)?\b/i, "is missing"],
  [/\bmend(?:s|ed|ing)?\b/i, "fix, fixed"],
  [/\ban account of\b/i, "a trace of"],
  [/\b(?:come by|(?:be|is|are) had|had from)\b/i, "obtain, available"],
  [/\b(?:kin|passed over|told|whoever|whatsoever)\b/i, "alike, skipped, reported, anyone who, any"],
  [/\b(?:sorts?|remarks?|remarked)\b(?! by\b)/i, "kind, note"],
  [/\b(?:is|are|was|were) over\b/i, "has expired, ended"],
  [/\bwires?\b/i, "protocol"],
  [/\bwhole\b(?! numbers?\b)/i, "everything, the complete"],
  [/\bgo(?:es)? on\b/i, "continue"],
  [/\b(?:in words|in (?:its|their|this|that) place|in place of)\b/i, "as text, there, instead of"],
  [/\brenew(?:s|ed|ing)?\b(?! the (?:server's )?certificate)/i, "refresh"],
  [/\b(?:token|credential|document)s? (?:is|are) (?:good|sound)\b|\bsound\b/i, "valid"],
  [/\bcannot be had\b/i, "is not available"],
];

/** Its strings are the words that a secret may consist of. */
const WORD_LISTS: readonly string[] = ["src/trace/weak_secrets.ts"];

interface Text {
  readonly where: string;
  readonly text: string;
}

function faultsOf(texts: readonly Text[]): string[] {
  return texts.flatMap(({ where, text }) => {
    return RETIRED.flatMap(([pattern, instead]) => {
      const found = pattern.exec(text);
      if (found === null) return [];
      const excerpt = text.slice(Math.max(0, found.index - 30), found.index + 50);
      return [`${where}: "${found[0]}" in "${excerpt.replaceAll(/\s+/g, " ")}": ${instead}`];
    });
  });
}

function refuse(faults: readonly string[]): void {
  ok(faults.length === 0, `${faults.length} retired words:\n${faults.join("\n")}`);
}

/** The string literals that have at least two words, and the texts of templates. */
async function stringsOfSources(): Promise<Text[]> {
  const texts: Text[] = [];
  for (const file of await sourceFiles()) {
    if (WORD_LISTS.includes(file.path)) continue;
    const add = (text: string, at: number) => {
      if (!/\p{L}{2,} |\p{L} \p{L}/u.test(text)) return;
      const line = file.text.slice(0, at).split("\n").length;
      texts.push({ where: `${file.path}:${line}`, text });
    };
    visit(file, () => ({
      Literal: ({ value, range }) => {
        if (typeof value === "string") add(value, range[0]);
      },
      TemplateElement: ({ cooked, range }) => add(cooked, range[0]),
    }));
  }
  return texts;
}

async function documents(): Promise<Text[]> {
  const docs = (await filesBelow(`${ROOT}docs`)).filter((path) => /\.(md|1)$/.test(path));
  const root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
  const paths = [...root, ...docs.map((path) => `docs/${path}`)];
  return paths.flatMap((path) =>
    Deno.readTextFileSync(ROOT + path).split("\n")
      .map((text, index) => ({
        where: `${path}:${index + 1}`,
        text: text.replaceAll(/`[^`]*`/g, "`"),
      }))
  );
}

Deno.test("a retired word is found, and its good use is not", () => {
  const bad = ['"x" is no URL', "the token is renewed", "The whole of it", '"x" is none of a, b'];
  for (const text of bad) ok(faultsOf([{ where: "here", text }]).length > 0, text);
  const good = [
    "there is no listener",
    "it is no longer valid",
    "a standard whole number",
    "none of them",
  ];
  for (const text of good) deepEqual(faultsOf([{ where: "here", text }]), [], text);
});

Deno.test("no string of the program has a retired word", async () => {
  const texts = await stringsOfSources();
  ok(texts.length > 3000, `${texts.length} strings`);
  refuse(faultsOf(texts));
});

Deno.test("no document has a retired word", async () => {
  refuse(faultsOf(await documents()));
});
