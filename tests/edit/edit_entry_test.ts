import assert from "node:assert/strict";
import {
  type ConfigFormat,
  parseConfig,
  removeEntry,
  setEntry,
  textBefore,
  valueAt,
} from "../../src/edit/edit_entry.ts";
import { Failure } from "../../src/core/failure.ts";
import { CONFIG_CASES, SECTIONS } from "./config_cases.ts";
import { difference } from "./difference.ts";

const ENTRY = {
  command: "/opt/mcpass/bin/mcpass",
  args: ["bridge", "--url", "https://server.example/mcp"],
  timeout: 120,
};

/** The reason why a file is not changed. */
function reasonOf(change: () => unknown): string | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "config_not_changed");
    return error.message;
  }
}

/** The document without the section of the entries. */
function others(format: ConfigFormat, text: string): unknown {
  const { [SECTIONS[format]]: _, ...rest } = parseConfig(format, text);
  return structuredClone(rest);
}

/** True for JSON without comments and trailing commas, or nothing yet. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, "").trim() || "{}");
    return true;
  } catch {
    return false;
  }
}

for (const { what, format, text, refused } of CONFIG_CASES) {
  const path = [SECTIONS[format], "linear"];
  if (refused !== undefined) {
    Deno.test(`${format}, ${what}: not changed`, () => {
      const reason = reasonOf(() => setEntry(format, text, path, ENTRY)) ?? "changed";
      assert.ok(reason.includes(refused), reason);
      assert.ok(!reason.includes("secret-text"));
    });
    continue;
  }
  Deno.test(`${format}, ${what}: only the entry is added, changed and removed`, () => {
    const added = setEntry(format, text, path, ENTRY);
    assert.match(difference(text, added).removed, /^\s*(?:\{\}.*)?$/);
    assert.deepEqual(structuredClone(valueAt(parseConfig(format, added), path)), ENTRY);
    assert.deepEqual(others(format, added), others(format, text));
    assert.equal(setEntry(format, added, path, ENTRY), added);
    if (format === "json" && isJson(text)) assert.ok(isJson(added), added);
    assert.equal(added.startsWith("\ufeff"), text.startsWith("\ufeff"));
    if (!text.includes("\r")) assert.ok(!added.includes("\r"));
    else if (!/[^\r]\n/.test(text)) assert.doesNotMatch(added, /[^\r]\n/);

    const changed = setEntry(format, added, path, { ...ENTRY, command: "/other" });
    assert.deepEqual(difference(added, changed), {
      removed: "pt/mcpass/bin/mcpass",
      added: "ther",
    });

    const removed = removeEntry(format, added, path);
    const restored = textBefore(format, added, path, [`${text} `, text]) ?? removed;
    assert.equal(restored, text);
  });
}

/** The texts after the entry `linear` was removed. */
const REMOVALS: readonly (readonly [
  what: string,
  format: ConfigFormat,
  text: string,
  expected: string,
])[] = [
  [
    "the last member",
    "json",
    '{\n  "mcpServers": {\n    "a": {}, // about a\n    "linear": { "b": [1] } // about linear\n  }\n}\n',
    '{\n  "mcpServers": {\n    "a": {} // about a\n  }\n}\n',
  ],
  [
    "the last member with a trailing comma",
    "json",
    '{\n  "mcpServers": {\n    "a": {},\n    "linear": {},\n  },\n}\n',
    '{\n  "mcpServers": {\n    "a": {},\n  },\n}\n',
  ],
  [
    "a member between others on one line",
    "json",
    '{"mcpServers": {"a": {}, "linear": {}, "b": {}}}',
    '{"mcpServers": {"a": {}, "b": {}}}',
  ],
  [
    "the last member on one line",
    "json",
    '{"mcpServers":{"a":{},"linear":{}}}',
    '{"mcpServers":{"a":{}}}',
  ],
  [
    "tables of one entry in several places",
    "toml",
    '[mcp_servers.linear]\ncommand = "x"\n\n[a]\nb = 1\n\n[mcp_servers.linear.env]\nC = "d"\n\n# about z\n[z]\n',
    "\n[a]\nb = 1\n\n# about z\n[z]\n",
  ],
  [
    "an entry with texts of several lines and brackets in comments",
    "toml",
    '[a]\n[mcp_servers.linear]\nx = """\n[z]\n"""""\ny = \'\'\'\n[z]\n\'\'\'\nargs = [ # ] [z]\n  "]", # ]\n]\n[b]\n',
    "[a]\n[b]\n",
  ],
  [
    "an inline table",
    "toml",
    '[mcp_servers]\nlinear = { command = "x" } # it\na = {}\n',
    "[mcp_servers]\na = {}\n",
  ],
  [
    "dotted keys",
    "toml",
    'mcp_servers.linear.command = "x"\nmcp_servers.linear.args = []\nb = 1\n',
    "b = 1\n",
  ],
  [
    "an entry with a text of several lines",
    "yaml",
    "extensions:\n  linear:\n    cmd: |\n      x\n\n  # about a\n  a: {}\n",
    "extensions:\n\n  # about a\n  a: {}\n",
  ],
  [
    "the only entry",
    "yaml",
    "extensions: # mine\n  linear: {}\nb: 1\n",
    "extensions: {} # mine\nb: 1\n",
  ],
];

for (const [what, format, text, expected] of REMOVALS) {
  Deno.test(`${format}: ${what} is removed`, () => {
    assert.equal(removeEntry(format, text, [SECTIONS[format], "linear"]), expected);
  });
}

Deno.test("an anchor that another part uses is not removed", () => {
  const text = "extensions:\n  linear: &l\n    cmd: x\n  b: *l\n";
  const reason = reasonOf(() => removeEntry("yaml", text, ["extensions", "linear"]));
  assert.match(reason ?? "", /without changing other parts/);
});

for (
  const [format, text, expected] of [
    [
      "json",
      '{\n  "mcpServers": {\n    "linear": {\n      // mine\n      "command": "old",\n      "args": ["a"],\n      "env": { "N": 9007199254740993 }\n    }\n  }\n}\n',
      '{\n  "mcpServers": {\n    "linear": {\n      "timeout": 120,\n      // mine\n      "command": "/opt/mcpass/bin/mcpass",\n      "args": ["bridge", "--url", "https://server.example/mcp"],\n      "env": { "N": 9007199254740993 }\n    }\n  }\n}\n',
    ],
    [
      "toml",
      '[mcp_servers.linear] # mine\nargs = [\n  "a", # one\n]\ncommand = "old"\nenv = { N = 1_0 }\n',
      '[mcp_servers.linear] # mine\ntimeout = 120\nargs = ["bridge", "--url", "https://server.example/mcp"]\ncommand = "/opt/mcpass/bin/mcpass"\nenv = { N = 1_0 }\n',
    ],
    [
      "yaml",
      "extensions:\n  linear:\n    command: old # mine\n    args:\n      - a\n    envs: {N: 0o7}\n",
      'extensions:\n  linear:\n    timeout: 120\n    command: /opt/mcpass/bin/mcpass # mine\n    args:\n      [bridge, "--url", "https://server.example/mcp"]\n    envs: {N: 0o7}\n',
    ],
  ] as const
) {
  Deno.test(`${format}: an update keeps what a person added to the entry`, () => {
    assert.equal(setEntry(format, text, [SECTIONS[format], "linear"], ENTRY), expected);
  });
}

Deno.test("an entry of the other kind is replaced completely", () => {
  for (
    const [format, text] of [
      ["json", '{"mcpServers": {"linear": {"url": "https://a.example", "x": 1}, "b": {}}}'],
      ["toml", '[mcp_servers.linear]\nurl = "https://a.example"\n[mcp_servers.b]\n'],
      ["yaml", "extensions:\n  linear:\n    url: https://a.example\n  b: {}\n"],
    ] as const
  ) {
    const section = SECTIONS[format];
    const changed = setEntry(format, text, [section, "linear"], ENTRY, ["url"]);
    assert.deepEqual(
      structuredClone(parseConfig(format, changed)[section]),
      { linear: ENTRY, b: {} },
    );
  }
});

Deno.test("a file of 10 MB with one long line is changed in one place", () => {
  const history = JSON.stringify({ text: 'x, \\" }] // '.repeat(900_000) });
  const text = `{\n  "history": ${history},\n  "mcpServers": {\n    "a": {}\n  }\n}\n`;
  const added = setEntry("json", text, ["mcpServers", "linear"], ENTRY);
  assert.equal(removeEntry("json", added, ["mcpServers", "linear"]), text);
});
