import assert from "node:assert/strict";
import { filesBelow, ROOT } from "../scripts/shell.ts";
import { COMMANDS } from "../src/cli/app/commands.ts";
import { PAGE_TOPICS, PAGES } from "../src/findings/mod.ts";
import type { Check } from "../src/oauth/common/judgement.ts";
import { checksOf } from "../src/oauth/metadata/metadata_judge.ts";
import type { MetadataSubject } from "../src/oauth/metadata/metadata_response_checks.ts";

/** The TypeScript files below a folder of the repository. */
async function sources(folder: string): Promise<(readonly [path: string, text: string])[]> {
  const files = (await filesBelow(ROOT + folder)).filter((path) => path.endsWith(".ts"));
  return await Promise.all(files.map(async (file) => {
    const path = `${folder}/${file}`;
    return [path, await Deno.readTextFile(ROOT + path)] as const;
  }));
}

const FAMILIES = [/^network_(?=[a-z])/, /_failed$/];

// That every code has a page is checked by the compiler: the type `Code` is made from the pages.
Deno.test("every page has a code in the source that can be reported", async () => {
  const used = new Set<string>();
  for (const [path, text] of await sources("src")) {
    if (path.startsWith("src/findings/")) continue;
    for (
      const [, word, key] of text.matchAll(
        /"([a-z][a-z0-9_]+)"|^ +([a-z0-9_]+): (?:\{$|[a-z]+\()/gm,
      )
    ) {
      used.add(word ?? key ?? "");
    }
  }
  const unused = [...PAGES.keys()].filter((code) =>
    !used.has(code) && !FAMILIES.some((it) => it.test(code) && used.has(code.replace(it, "")))
  );
  assert.deepEqual(unused, []);
});

/**
 * Where a test looks at a code that came out: the code alone between quotes, with its severity, alone
 * in a pattern, or as the name of a row. A code within a sentence is no test, and `error:` before it
 * is what a server sent.
 */
const OBSERVED = [
  /(?<!error: )"(?:(?:error|warning|info) )?([a-z][a-z0-9_]+)"/g,
  /\/(?:\^ \{2\}|mcpass explain )?([a-z][a-z0-9]+(?:_[a-z0-9]+)+)\$?\//g,
  /^ {2}([a-z][a-z0-9]+(?:_[a-z0-9]+)+): (?:\{|\()/gm,
];

/** The codes that a file's short words stand for. */
function meant(path: string, word: string): string[] {
  if (path.startsWith("tests/http/")) return [word, `network_${word}`];
  return /^tests\/(cli|audit)\//.test(path) ? [word, `${word}_failed`] : [word];
}

Deno.test("every page has a test that looks at its code", async () => {
  const observed = new Set<string>();
  for (const [path, text] of await sources("tests")) {
    if (path === "tests/catalogue_test.ts" || path.startsWith("tests/lab/")) continue;
    for (const [, word = ""] of OBSERVED.flatMap((pattern) => [...text.matchAll(pattern)])) {
      for (const code of meant(path, word)) observed.add(code);
    }
  }
  assert.deepEqual([...PAGES.keys()].filter((code) => !observed.has(code)), []);
});

Deno.test("no code stands in two topics, and every page says what to do", () => {
  assert.equal(PAGES.size, PAGE_TOPICS.flatMap(([, pages]) => Object.keys(pages)).length);
  for (const [code, page] of PAGES) {
    assert.match(code, /^[a-z][a-z0-9_]*$/);
    for (const name of ["title", "means", "looks", "change", "meanwhile"] as const) {
      assert.ok((page[name] ?? page.title).length > 5, `${code}: ${name}`);
    }
    assert.doesNotMatch(JSON.stringify(page), /[\p{Cc}\p{Cf}]/u);
    assert.ok(`error: ${page.title}`.length <= 80, code);
    assert.doesNotMatch(page.title, /\.$/, code);
  }
});

/** `RFC 6749 §5.1, §5.2; MCP x` as its single clauses. */
function clausesOf(text: string): string[] {
  return text.split("; ").flatMap((part) => {
    const [document = "", ...sections] = part.split(/,? (?=§)/);
    return sections.length === 0 ? [document] : sections.map((it) => `${document} ${it}`);
  });
}

Deno.test("no finding is without a message, a remedy or a reference", async () => {
  for (const [path, text] of await sources("src")) {
    assert.deepEqual(text.match(/\b(?:message|remedy|reference): ""/g), null, path);
  }
});

const WITH_CLAUSE = [
  /\bcode: "([a-z_]+)",(?:(?!\bcode:)[^])*?\breference: "([^"]+)"/g,
  /new Failure\(\s*"([a-z_]+)",(?:(?!new Failure)[^])*?\breference: "([^"]+)"/g,
  /^ +([a-z_]+): (?:error|warning|info)\(\s*"([^"]+)"/gm,
];

/** A function that makes judgements with one reference. */
const MAKER =
  /\bconst (\w+) = (?:judgementMaker\(\s*"\w+",\s*|\(code: Code[^)]*\): Judgement => \(\{[^}]*?\breference: )"([^"]+)"/g;

/** Codes whose page names other clauses than their judgements, which share a reference with others. */
const OTHER_CLAUSES = [
  "pkce_not_advertised_tolerated",
  "pkce_not_advertised_trusted",
  "resource_invalid",
  "resource_not_https",
];

Deno.test("a finding rests on the clause that its page names", async () => {
  const strange: string[] = [];
  let compared = 0;
  const compare = (path: string, code: string, said: string) => {
    const page = PAGES.get(code);
    if (page === undefined || said === "mcpass") return;
    compared += 1;
    const known = clausesOf(page.clause ?? "");
    strange.push(
      ...clausesOf(said).filter((it) => !known.includes(it))
        .map((it) => `${path}: ${code} rests on ${it}, its page on ${page.clause}`),
    );
  };
  for (const kind of ["protected_resource", "authorization_server"] as const) {
    for (const [code, { reference }] of Object.entries<Check<MetadataSubject>>(checksOf(kind))) {
      compare("metadata checks", code, reference);
    }
  }
  for (const [path, text] of await sources("src")) {
    if (path.startsWith("src/findings/")) continue;
    for (const [, code = "", said = ""] of WITH_CLAUSE.flatMap((it) => [...text.matchAll(it)])) {
      compare(path, code, said);
    }
    for (const [, maker = "", said = ""] of text.matchAll(MAKER)) {
      const codes = text.matchAll(new RegExp(`\\b${maker}\\(\\s*"([a-z_]+)"`, "g"));
      for (const [, code = ""] of codes) {
        if (!OTHER_CLAUSES.includes(code)) compare(path, code, said);
      }
    }
  }
  assert.ok(compared > 100);
  assert.deepEqual(strange, []);
});

/** Pages about another command than the login, which they do not name. */
const OTHER_COMMANDS: Readonly<Record<string, string>> = {
  registration_management_unusable: "oauth logout",
  address_refused: "oauth proxy",
  http_status: "oauth proxy",
  body_without_method: "oauth proxy",
  conflicting_options: "oauth debug-proxy",
  credentials_file_missing: "tools list",
  conflicting_credentials: "tools list",
};

Deno.test("each flag that a page names is one of the command that it names, else of the login", async () => {
  const flagsOf = new Map(
    await Promise.all(COMMANDS.map(async ({ name, load }) => {
      const rows = Object.values((await load()).flags);
      const names = rows.flatMap(({ flags }) => flags.match(/--[a-z][a-z-]+/g) ?? []);
      return [name, new Set<string>(["--help", "--version", ...names])] as const;
    })),
  );
  const shownAsMistakes = new Set(["--scope"]);
  const wrong: string[] = [];
  for (const [code, page] of PAGES) {
    const { means, looks, change, meanwhile, products = {} } = page;
    for (const text of [means, looks, change, meanwhile, ...Object.values(products)]) {
      for (
        const [, words = "", rest = ""]
          of text?.matchAll(/(?:mcpass ([a-z -]*[a-z]))?((?:(?!mcpass ).)*)/gs) ?? []
      ) {
        const named = [...flagsOf.keys()].filter((name) => `${words} `.startsWith(`${name} `))
          .toSorted((one, other) => other.length - one.length)[0];
        const command = named ?? OTHER_COMMANDS[code] ?? "login";
        const flags = rest.match(/--[a-z][a-z-]+/g) ?? [];
        const missing = flags.filter((it) =>
          !flagsOf.get(command)?.has(it) && !shownAsMistakes.has(it)
        );
        wrong.push(...missing.map((flag) => `${code}: mcpass ${command} has no ${flag}`));
      }
    }
  }
  assert.deepEqual(wrong, []);
});
