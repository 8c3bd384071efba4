import assert from "node:assert/strict";
import { filesBelow, ROOT } from "../scripts/shell.ts";
import { COMMANDS } from "../src/cli/app/commands.ts";
import { ALL_PAGES, ALL_TOPICS } from "../src/findings/all_pages.ts";
import { notesByProduct, notesOfPage, type Page } from "../src/findings/mod.ts";
import { clausesOf, specLinks } from "../src/findings/spec_links.ts";
import type { Check } from "../src/oauth/common/judgement.ts";
import { checksOf } from "../src/oauth/metadata/metadata_judge.ts";
import type { MetadataSubject } from "../src/oauth/metadata/metadata_response_checks.ts";
import { SWITCHES } from "./lab/audit/switches.ts";

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
  const unused = [...ALL_PAGES.keys()].filter((code) =>
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
  // The mutation test of the audit looks at each check that the lab can break.
  const observed = new Set<string>(SWITCHES);
  for (const [path, text] of await sources("tests")) {
    if (path === "tests/catalogue_test.ts" || path.startsWith("tests/lab/")) continue;
    for (const [, word = ""] of OBSERVED.flatMap((pattern) => [...text.matchAll(pattern)])) {
      for (const code of meant(path, word)) observed.add(code);
    }
  }
  assert.deepEqual([...ALL_PAGES.keys()].filter((code) => !observed.has(code)), []);
});

/** The texts of a page, except what is said about products. */
const textsOf = ({ title, meaning, example, serverFix, fix, workaround }: Page) =>
  [title, meaning, example, serverFix, fix, workaround].filter((text) => text !== undefined);

Deno.test("no code is in two topics, and every page says what to do", () => {
  assert.equal(ALL_PAGES.size, ALL_TOPICS.flatMap(([, pages]) => Object.keys(pages)).length);
  for (const [code, page] of ALL_PAGES) {
    assert.match(code, /^[a-z][a-z0-9_]*$/);
    for (const text of textsOf(page)) assert.ok(text.length > 5, `${code}: ${text}`);
    assert.ok(page.serverFix ?? page.fix, `${code} has a fix, not only a workaround`);
    assert.doesNotMatch(JSON.stringify(page), /[\p{Cc}\p{Cf}]/u);
    assert.ok(page.title.length <= 60, code);
    assert.doesNotMatch(page.title, /\.$/, code);
    assert.doesNotMatch(textsOf(page).join("\n"), /none needed/i, code);
  }
});

const IGNORED_WORDS = new Set(
  ("a an the and or of to in is are it its at on by no not be as that this with for from has have " +
    "than which was were them they does only also can may one another other").split(" "),
);

const contentWords = (text: string): ReadonlySet<string> =>
  new Set(
    (text.toLowerCase().match(/[a-z0-9_]+/g) ?? []).filter((word) => !IGNORED_WORDS.has(word))
      .map((word) => word.replace(/s$/, "")),
  );

/** Common words of two texts, from 0 to 1 (Jaccard index). */
function similarity(one: string, other: string): number {
  const [words, others] = [contentWords(one), contentWords(other)];
  return words.intersection(others).size / words.union(others).size;
}

Deno.test("the meaning of a page is one to three sentences that do not repeat its title", () => {
  for (const [code, { title, meaning }] of ALL_PAGES) {
    const sentences = meaning.split(/(?<=\.) (?=[A-Z"]|mcpass)/);
    assert.ok(sentences.length <= 3, `${code}: ${sentences.length} sentences`);
    assert.match(meaning, /\.$/, code);
    assert.ok(!meaning.toLowerCase().includes(title.toLowerCase()), code);
    for (const sentence of sentences) {
      assert.ok(similarity(title, sentence) < 0.4, `${code}: ${title} / ${sentence}`);
    }
  }
});

const CLAUSES = /"((?:RFC \d{4}|MCP [a-z]+,|OAuth 2\.1|OpenID Connect|JSON-RPC 2\.0)[^"]*)"/g;

Deno.test("each clause of a page and of a finding has an address", async () => {
  const named = (await sources("src")).flatMap(([, text]) => [...text.matchAll(CLAUSES)])
    .map(([, it = ""]) => it).filter((it) => /§|, [A-Z]/.test(it) && !/[.:]$/.test(it));
  assert.ok(named.length > 100);
  for (const spec of [...[...ALL_PAGES.values()].flatMap(({ spec }) => spec ?? []), ...named]) {
    assert.deepEqual(specLinks(spec).map(({ clause }) => clause), clausesOf(spec), spec);
  }
  const urls = (spec: string) => specLinks(spec).map(({ url }) => url);
  const mcp = "https://modelcontextprotocol.io/specification";
  assert.deepEqual(urls("RFC 9728 §3.3; MCP authorization, Authorization Server Binding"), [
    "https://www.rfc-editor.org/rfc/rfc9728#section-3.3",
    `${mcp}/2026-07-28/basic/authorization/client-registration#authorization-server-binding`,
  ]);
  assert.deepEqual(urls("MCP authorization 2025-11-25, Step-Up Authorization Flow"), [
    `${mcp}/2025-11-25/basic/authorization#step-up-authorization-flow`,
  ]);
  assert.deepEqual(
    urls(
      "MCP security best practices, Scope Minimization; MCP transports, Server Validation; " +
        "MCP transports 2025-11-25, Session Management; SEP-1932",
    ),
    [
      "https://modelcontextprotocol.io/docs/2026-07-28/tutorials/security/security_best_practices#scope-minimization",
      `${mcp}/2026-07-28/basic/transports/streamable-http#server-validation`,
      `${mcp}/2025-11-25/basic/transports#session-management`,
      "https://github.com/modelcontextprotocol/modelcontextprotocol/pull/1932",
    ],
  );
  assert.deepEqual(urls("a clause of nobody"), []);
});

Deno.test("each source of a note about a product has an address", () => {
  const notes = [...notesByProduct(ALL_PAGES).values()].flat();
  for (const [code, { products = {} }] of ALL_PAGES) {
    for (const text of Object.values(products)) {
      if (typeof text === "string") continue;
      const note = notes.find((it) => it.code === code && it.note === text[0]);
      assert.match(note?.source ?? "", /^https:\/\/github\.com\//, `${code}: ${text[1]}`);
    }
  }
});

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
    const page = ALL_PAGES.get(code);
    if (page === undefined || said === "mcpass") return;
    compared += 1;
    const known = clausesOf(page.spec ?? "");
    strange.push(
      ...clausesOf(said).filter((it) => !known.includes(it))
        .map((it) => `${path}: ${code} rests on ${it}, its page on ${page.spec}`),
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
  private_when_hosted: "oauth proxy",
  validity_too_short: "oauth token",
  body_without_method: "oauth proxy",
  conflicting_options: "oauth debug-proxy",
  credentials_file_missing: "tools list",
  conflicting_credentials: "tools list",
  audit_incomplete: "oauth conformance",
  residue_file_invalid: "oauth conformance",
  unknown_check: "oauth conformance",
  config_name_taken: "config",
  config_direct_unsupported: "config",
  config_installer_failed: "config",
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
  for (const [code, page] of ALL_PAGES) {
    const notes = notesOfPage(code, page).map(([, { note }]) => note);
    for (const text of [...textsOf(page), ...notes]) {
      for (
        const [, words = "", rest = ""] of text.matchAll(
          /(?:mcpass ([a-z -]*[a-z]))?((?:(?!mcpass ).)*)/gs,
        )
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

const PARTY = "(?:Servers?|Authorization server|Identity provider|Operator)";

Deno.test("each line of a remedy is for one party, and introduces its command by an imperative", async () => {
  const inside = new RegExp(`[^"'\`n\\s(] ${PARTY}: [a-z]`);
  for (const [path, text] of await sources("src")) {
    if (path.startsWith("src/findings/")) continue;
    const lines = text.split("\n").filter((line) => !/^\s*(?:\*|\/\/)/.test(line));
    assert.deepEqual(lines.filter((line) => inside.test(line)), [], path);
    assert.deepEqual(lines.filter((line) => /, run["`']/.test(line)), [], path);
  }
});
