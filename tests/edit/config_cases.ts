/** Configuration files as people and programs write them. @module */

import type { ConfigFormat } from "../../src/edit/edit_entry.ts";

export interface ConfigCase {
  readonly what: string;
  readonly format: ConfigFormat;
  readonly text: string;
  /** A part of the reason why the file is not changed. */
  readonly refused?: string;
}

/** Where an entry is in the cases. */
export const SECTIONS: Readonly<Record<ConfigFormat, string>> = {
  json: "mcpServers",
  toml: "mcp_servers",
  yaml: "extensions",
};

const json = (what: string, text: string, refused?: string): ConfigCase => ({
  what,
  format: "json",
  text,
  ...refused === undefined ? {} : { refused },
});
const toml = (what: string, text: string, refused?: string): ConfigCase => ({
  ...json(what, text, refused),
  format: "toml",
});
const yaml = (what: string, text: string, refused?: string): ConfigCase => ({
  ...json(what, text, refused),
  format: "yaml",
});

const COMMENTED = `// head
{
  "other": [1, 2,], // tail
  "mcpServers": { // open
    /* a */
    "a": { "command": "x" }, // after a
    // last comment
  },
  "z": 1.0, // number
}
`;

const GOOSE = `# head
GOOSE_MODEL: x # m
extensions:
    a:   {cmd: npx, args: [-y, "b"]} # A
    # last
q: 'single'
`;

const CODEX = `# head
model = "o" # m

[mcp_servers.a] # A
command = "x"
args = [
  "1", # one
  "2",
]

[profiles.p]
x = 1_000
# end
`;

const windows = (text: string) => text.replaceAll("\n", "\r\n");

export const CONFIG_CASES: readonly ConfigCase[] = [
  json("an empty file", ""),
  json("only blanks", " \n\n"),
  json("only a comment", "// hi\n"),
  json("only a comment without a line break", "// hi"),
  json("an empty object", "{}"),
  json("an empty object with a line break", "{}\n"),
  json("an empty object on two lines", "{\n}\n"),
  json("an empty object with a comment", "{ // none yet\n}\n"),
  json("comments and trailing commas", COMMENTED),
  json("CRLF", windows(COMMENTED)),
  json("a byte order mark", `\ufeff${COMMENTED}`),
  json("a byte order mark and CRLF", `\ufeff${windows(COMMENTED)}`),
  json("tabs", COMMENTED.replaceAll("  ", "\t")),
  json("four spaces", COMMENTED.replaceAll("  ", "    ")),
  json("mixed line endings", '{\r\n  "a": 1,\n  "mcpServers": {\r\n    "b": {}\n  }\r\n}\n'),
  json("no final line break", '{\n  "mcpServers": {\n    "a": {}\n  }\n}'),
  json("an empty section", '{\n  "mcpServers": {}\n}\n'),
  json("an empty section with a trailing comma", '{\n  "mcpServers": {},\n}\n'),
  json("an empty section with a comment", '{\n  "mcpServers": {\n    // none yet\n  }\n}\n'),
  json("an empty section with a comment on its line", '{ "mcpServers": { /* none */ } }'),
  json("an empty section on two lines", '{\n  "mcpServers": {\n  }\n}\n'),
  json("no section", '{\n  "theme": "dark", // mine\n  "n": 9007199254740993\n}\n'),
  json("one line", '{"mcpServers":{"a":{"command":"x"}},"n":9007199254740993}'),
  json("one line with spaces", '{ "mcpServers": { "a": { "command": "x" } } }'),
  json(
    "one line in a file of several",
    '{\n  "mcpServers": {"a": {"command": "x"}},\n  "b": 1e400\n}\n',
  ),
  json(
    "unknown members",
    '{"$schema":"s","mcpServers":{"a":{"x":[{}],"y":null}},"mcp":{"k":[1.0]}}\n',
  ),
  json(
    "scopes of projects",
    '{\n  "projects": {\n    "/p": { "mcpServers": { "linear": {} } }\n  },\n  "mcpServers": {}\n}\n',
  ),
  json(
    "texts like comments",
    '{\n  "a": "// \\" /* , }",\n  "mcpServers": { "b": { "u": "https://x//y" } }\n}\n',
  ),
  json(
    "a name in another case",
    '{\n  "mcpServers": {\n    "Linear": { "command": "x" }\n  }\n}\n',
  ),
  json(
    "a prototype name",
    '{\n  "__proto__": { "a": 1 },\n  "mcpServers": { "__proto__": {} }\n}\n',
  ),
  json("escaped names", '{\n  "mcp\\u0053ervers": {\n    "a": {}\n  }\n}\n'),
  json(
    "a comment before the first member",
    '{\n  /* two\n     lines */\n  "mcpServers": {\n    // a\n    "a": {}\n  }\n}\n',
  ),
  json("a comma on the next line", '{\n  "mcpServers": {\n    "a": {}\n    , "b": {}\n  }\n}\n'),
  json("blanks at the ends of lines", '{  \n  "mcpServers": {\t\n    "a": {}  \n  }  \n}  \n'),
  json("null instead of the section", '{"mcpServers":null}', "null"),
  json("a list instead of the section", '{"mcpServers":[{"name":"a"}]}', "a list"),
  json("a text instead of the section", '{"mcpServers":"secret-text"}', "not an object"),
  json("two sections", '{"mcpServers":{},"mcpServers":{}}', 'two members named "mcpServers"'),
  json("two servers of one name", '{"mcpServers":{"a":{},"a":{}}}', 'two members named "a"'),
  json("a missing brace", '{"mcpServers":{"a":', "not valid JSON"),
  json("a comment without an end", '{"mcpServers":{}} /*', "not valid JSON"),
  json("two documents", "{}{}", "not valid JSON"),
  json("a list", "[]", "not a JSON object"),
  json("single quotes", "{'mcpServers':{}}", "not valid JSON"),
  toml("an empty file", ""),
  toml("only a comment", "# hi\n"),
  toml("comments and tables", CODEX),
  toml("CRLF", windows(CODEX)),
  toml("a byte order mark and CRLF", `\ufeff${windows(CODEX)}`),
  toml("no final line break", "model = 'x' # m"),
  toml("blank lines at the end", "model = 'x'\n\n\n"),
  toml("a large number", "n = 9007199254740993\nh = 0xdead_beef\nf = 1e3\n"),
  toml("dates", "d = 1979-05-27T07:32:00-08:00\nl = 07:32:00\n"),
  toml(
    "texts of several lines",
    'a = """\n[mcp_servers.linear]\n"""""\nb = \'\'\'\n# no comment\n\'\'\'\n',
  ),
  toml(
    "inline tables in the section",
    '[mcp_servers]\na = { command = "x", env = { B = "c" } }\n',
  ),
  toml("dotted keys", 'mcp_servers.a.command = "x"\nmcp_servers."b c".command = "y"\n'),
  toml("lists of tables", "[[x]]\na = 1\n[[x]]\na = [ { b = 2 }, [3] ]\n"),
  toml("quoted names", '[mcp_servers."Linear"]\ncommand = "x"\n[ mcp_servers . \'l\' ]\n'),
  toml("an inline section", "mcp_servers = { a = { command = 'x' } }\n", "cannot be changed"),
  toml("a list instead of the section", "mcp_servers = []\n", "a list"),
  toml("a list of tables instead of the section", "[[mcp_servers]]\na = 1\n", "a list"),
  toml("a key twice", "a = 1\na = 2\n", "not valid TOML (line 2)"),
  toml("an unfinished text", 'a = "b\n', "not valid TOML"),
  yaml("an empty file", ""),
  yaml("only a comment", "# hi\n"),
  yaml("comments and a flow entry", GOOSE),
  yaml("CRLF", windows(GOOSE)),
  yaml("a byte order mark and CRLF", `\ufeff${windows(GOOSE)}`),
  yaml("no final line break", "a: 1 # one"),
  yaml("a text to the end without a line break", "a: |\n  x"),
  yaml("a text with blank lines at the end", "a: |+\n  x\n\n"),
  yaml("a section without a value", "extensions:\na: 1\n"),
  yaml("an empty section", "extensions: {} # none\na: 1\n"),
  yaml("a start of the document", "---\na: 1\n"),
  yaml("an end of the document", "---\na: 1\n...\n"),
  yaml("anchors and aliases", "x: &x\n  b: 1\nextensions:\n  a: *x\n  c:\n    <<: *x\n"),
  yaml(
    "blank and comment lines in the section",
    "extensions:\n\n  # first\n\n  a:\n    cmd: x\n\n  b: {}\nz: 9007199254740993\n",
  ),
  yaml(
    "old booleans and octals",
    "a: yes\nb: 0o17\nc: 1_000\nextensions:\n  d: {enabled: on}\n",
  ),
  yaml("an indented document", "  a: 1\n  extensions:\n      b: {}\n"),
  yaml("quoted keys", "\"extensions\":\n  'a b': {}\n"),
  yaml("a text that a line break would change", "a: |+\n  x\n  "),
  yaml("a section in flow style", "extensions: {a: {cmd: x}}\n", "flow style"),
  yaml("a document in flow style", "{extensions: {}}\n", "flow style"),
  yaml("an alias instead of the section", "a: &a\n  b: {}\nextensions: *a\n", "refers to another"),
  yaml("a list instead of the section", "extensions:\n  - a\n", "a list"),
  yaml("a key twice", "a: 1\na: 2\n", "a key twice (line 2)"),
  yaml("two documents", "a: 1\n---\nb: 2\n", "not one valid YAML document"),
  yaml("explicit keys", "extensions:\n  ? a\n  : cmd: x\n", "not at the start"),
  yaml("a tab", "a:\n\tb: 1\n", "not one valid YAML document"),
];
