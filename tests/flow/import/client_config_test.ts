import assert from "node:assert/strict";
import { clientFiles } from "../../../src/flow/mcp_clients/client_locations.ts";
import { configuredServers } from "../../../src/flow/mcp_clients/client_config.ts";
import { matchingPaths } from "../../../src/flow/mcp_clients/own_files.ts";
import { parseClientFile } from "../../../src/flow/mcp_clients/parse_client_file.ts";
import { hasCredential, maskUrl } from "../../../src/flow/mcp_clients/url_credentials.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { parseJsonc } from "../../../src/edit/jsonc.ts";
import { mcpRemoteCall, mcpRemoteHash } from "../../../src/flow/mcp_clients/mcp_remote_call.ts";

/** What a file with this name and text has. */
async function serversIn(path: string, text: string, env: Record<string, string> = {}) {
  const document = await parseClientFile(path, text);
  return document === undefined ? [] : configuredServers(document, envOf(env));
}

const envOf = (variables: Record<string, string>) => ({
  get: (name: string) => new Map(Object.entries(variables)).get(name),
  toObject: () => variables,
});

for (
  const [what, text, value] of [
    ["comments and trailing commas", `{ // one\n "a": [1, /* two */ 2,], }`, { a: [1, 2] }],
    ["a byte order mark and CRLF", '\ufeff{\r\n"a": "b",\r\n}\r\n', { a: "b" }],
    ["a text like a comment", `{"a": "http://b/*c*/, }", "d": "\\"//"}`, {
      a: "http://b/*c*/, }",
      d: '"//',
    }],
    ["a comment before the end", "[1, // last\n]", [1]],
    ["a cut file", '{"a": 1, "b', undefined],
    ["a comment without an end", '{"a": 1} /* no end', { a: 1 }],
    ["two commas", "[1,,]", undefined],
  ] as const
) {
  Deno.test(`JSON of an editor: ${what}`, () => {
    assert.deepEqual(parseJsonc(text), value);
  });
}

/** One entry of each client, as its documentation shows it. */
const SHAPES: readonly (readonly [client: string, document: unknown, ...urls: string[]])[] = [
  [
    "Claude Code",
    {
      mcpServers: { a: { type: "http", url: "https://a.example/mcp" } },
      projects: { "/p": { mcpServers: { b: { type: "sse", url: "https://b.example/sse" } } } },
    },
    "https://a.example/mcp",
    "https://b.example/sse",
  ],
  [
    "Claude Desktop",
    { mcpServers: { a: { command: "npx", args: ["-y", "mcp-remote", "https://a.example/mcp"] } } },
    "https://a.example/mcp",
  ],
  [
    "VS Code",
    { servers: { a: { type: "http", url: "https://a.example/mcp" } } },
    "https://a.example/mcp",
  ],
  [
    "VS Code settings",
    { "mcp": { servers: { a: { url: "https://a.example/mcp" } } }, "editor.fontSize": 12 },
    "https://a.example/mcp",
  ],
  [
    "Windsurf",
    { mcpServers: { a: { serverUrl: "https://a.example/mcp" } } },
    "https://a.example/mcp",
  ],
  ["Zed", { context_servers: { a: { url: "https://a.example/mcp" } } }, "https://a.example/mcp"],
  [
    "Gemini CLI",
    { mcpServers: { a: { httpUrl: "https://a.example/mcp" } } },
    "https://a.example/mcp",
  ],
  [
    "opencode",
    {
      mcp: {
        a: { type: "remote", url: "https://a.example/mcp" },
        b: { type: "local", command: ["npx", "mcp-remote@0.1.37", "https://b.example/mcp"] },
        c: { type: "local", command: ["node", "server.js"] },
      },
    },
    "https://a.example/mcp",
    "https://b.example/mcp",
  ],
  ["nothing", { mcpServers: null, servers: [], projects: { "/p": 1 } }],
];

for (const [client, document, ...urls] of SHAPES) {
  Deno.test(`the servers of a file of ${client} are found`, () => {
    const found = configuredServers(document as JsonObject, envOf({}));
    assert.deepEqual(found.map(({ serverUrl }) => serverUrl), urls);
  });
}

/** Files as the documentation of the client shows them. */
const FILES: readonly (readonly [client: string, name: string, text: string])[] = [
  [
    "Codex",
    "config.toml",
    `model = "gpt-5" # a comment
[mcp_servers.a]
url = "https://a.example/mcp"
bearer_token_env_var = "A_TOKEN"
[mcp_servers.b]
url = "https://b.example/mcp"
http_headers = { "X-Region" = "eu" }
env_http_headers = { "X-Api-Key" = "KEY" }
[mcp_servers."c d"]
command = "npx"
args = ["-y", "mcp-remote", "https://c.example/mcp"]
[mcp_servers.local]
command = "node"
[mcp_servers.local.env]
URL = "https://not-read.example"
`,
  ],
  [
    "goose",
    "config.yaml",
    `GOOSE_PROVIDER: x
extensions:
  a: { type: streamable_http, uri: "https://a.example/mcp", enabled: true, headers: { Authorization: "Bearer canary" } }
  b:
    type: streamable_http
    uri: https://b.example/mcp
    headers:
      X-Api-Key: canary
  c d:
    type: stdio
    cmd: npx
    args: [-y, mcp-remote, https://c.example/mcp]
  developer: { type: builtin, name: developer }
`,
  ],
  [
    "Continue",
    "mine.yaml",
    `name: mine
schema: v1
mcpServers:
  - name: a
    type: streamable-http
    url: https://a.example/mcp
    requestOptions: { headers: { Authorization: Bearer canary } }
  - name: b
    url: https://b.example/mcp
    requestOptions:
      headers: { X-Api-Key: canary }
  - name: c d
    command: npx
    args: ["-y", "mcp-remote", "https://c.example/mcp"]
  - name: local
    command: node
`,
  ],
];

for (const [client, name, text] of FILES) {
  for (const form of [text, `\ufeff${text.replaceAll("\n", "\r\n")}`]) {
    const which = form === text ? "" : " with CRLF and a byte order mark";
    Deno.test(`the servers of ${name} of ${client}${which} are found`, async () => {
      const found = await serversIn(name, form);
      assert.deepEqual(
        found.map((it) => [it.name, it.serverUrl, it.hasStaticSecret]),
        [
          ["a", "https://a.example/mcp", true],
          ["b", "https://b.example/mcp", true],
          ["c d", "https://c.example/mcp", false],
        ],
      );
      assert.equal(JSON.stringify(found).includes("canary"), false);
    });
  }
}

for (
  const [name, text, message] of [
    ["a.toml", 'a = 1\ntoken = "canary\n', /not valid TOML \(line 2\)/],
    ["a.yaml", "a: 1\ntoken: [canary\n", /not valid YAML \(line \d\)/],
    ["a.yml", "- canary\n", /not a YAML object/],
    ["a.json", "canary", /not a JSON object/],
    ["a.yaml", `a: ${"x".repeat(2 ** 20)}`, /larger than 1 MiB/],
  ] as const
) {
  Deno.test(`a file is not used: ${name} is ${message.source}`, async () => {
    await assert.rejects(serversIn(name, text), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
  });
}

Deno.test("a file with comments alone has no servers", async () => {
  for (const [name, text] of [["a.yaml", "# none\n"], ["a.toml", "# none\n"], ["a.json", " \n"]]) {
    assert.deepEqual(await serversIn(name ?? "", text ?? ""), []);
  }
});

Deno.test("references in a YAML file do not make it large", async () => {
  const levels = Array.from({ length: 30 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}]`);
  await assert.rejects(
    serversIn("a.yaml", ["l0: &l0 [x, x]", ...levels].join("\n")),
    /not valid YAML/,
  );
});

Deno.test("a path with * is each file that exists", async () => {
  const folder = await Deno.makeTempDir();
  for (const profile of ["b", "a"]) {
    await Deno.mkdir(`${folder}/profiles/${profile}`, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/x.yaml`, "");
  await Deno.writeTextFile(`${folder}/x.md`, "");
  assert.deepEqual(await matchingPaths(`${folder}/profiles/*/mcp.json`), [
    `${folder}/profiles/a/mcp.json`,
    `${folder}/profiles/b/mcp.json`,
  ]);
  assert.deepEqual(await matchingPaths(`${folder}/*.yaml`), [`${folder}/x.yaml`]);
  assert.deepEqual(await matchingPaths(`${folder}/none/*.yaml`), []);
  assert.deepEqual(await matchingPaths(`${folder}/plain.json`), [`${folder}/plain.json`]);
  await Deno.remove(folder, { recursive: true });
});

for (
  const [url, shown] of [
    ["https://a.example/mcp?access=canary", "https://a.example/mcp?access=…"],
    ["https://a.example/mcp?x=1&api_key=canary&y=2", "https://a.example/mcp?x=1&api_key=…&y=2"],
    ["https://a.example/mcp?API%5FKEY=canary", "https://a.example/mcp?API%5FKEY=…"],
    ["https://a.example/mcp?code=canary", "https://a.example/mcp?code=…"],
    ["https://a.example/mcp?sig=canary#token=canary", "https://a.example/mcp?sig=…#token=…"],
    ["https://a.example/mcp?q=ca0nary1ca2nary3ca4nary", "https://a.example/mcp?q=…"],
    ["https://a.example/mcp?ca0nary1ca2nary3ca4nary", "https://a.example/mcp?…"],
    ["https://me:canary@a.example/mcp", "https://…@a.example/mcp"],
    [
      "https://a.example/s/Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A/mcp",
      "https://a.example/s/…/mcp",
    ],
    ["canary?token=canary", "canary?token=…"],
  ] as const
) {
  Deno.test(`a URL with a credential is shown as ${shown}`, () => {
    assert.equal(maskUrl(url), shown);
    assert.equal(hasCredential(url), true);
  });
}

Deno.test("a URL without a credential is shown as it is", () => {
  for (
    const query of [
      "",
      "?project_ref=abcdefghijklmnopqrst&read_only=true",
      "?workspace=0b8ee1a6-52f1-4d35-8c6a-3a5d7d2a9f10",
      "?features=docs,database&region=eu-central-1",
      "?tenant=acme-production-2026",
    ]
  ) {
    const url = `https://a.example/0b8ee1a6-52f1-4d35-8c6a-3a5d7d2a9f10/mcp${query}`;
    assert.equal(maskUrl(url), url);
  }
});

Deno.test("a fixed credential is reported, and its value is not read", () => {
  const entry = (more: object) => ({ url: "https://a.example/mcp", ...more });
  const table = {
    header: entry({ headers: { Authorization: "Bearer canary" } }),
    key: entry({ headers: { "X-Api-Key": "canary" } }),
    plain: entry({ headers: { "X-Region": "eu" } }),
    query: { url: "https://a.example/mcp?apiKey=canary" },
  };
  const found = configuredServers({ mcpServers: table }, envOf({}));
  assert.deepEqual(
    found.map(({ name, hasStaticSecret }) => [name, hasStaticSecret]),
    [["header", true], ["key", true], ["plain", false], ["query", true]],
  );
  assert.equal(JSON.stringify(found).includes("canary"), false);
});

const UNREAD = "its URL has a variable that is not set, or that mcpass does not read";

Deno.test("a file of a project reads no variable into a URL of its choice", () => {
  const secrets = { GITHUB_TOKEN: "canary", AWS_KEY: "canary", WORD: "canary", PORT: "8080" };
  for (
    const [url, read] of [
      ["https://evil.example/${WORD}"],
      ["https://evil.example/mcp?q=${env:AWS_KEY}"],
      ["https://${WORD}.evil.example/mcp"],
      ["https://evil.example:${WORD}/mcp"],
      ["https://evil.example/${WORD:-mcp}"],
      ["https://${GITHUB_TOKEN}/mcp"],
      ["${X:-https://evil.example/}${WORD}"],
      ["http://localhost:${PORT}/mcp", "http://localhost:8080/mcp"],
      ["${BASE:-https://a.example}/mcp", "https://a.example/mcp"],
    ] as const
  ) {
    for (const entry of [{ url }, { command: "npx", args: ["mcp-remote", url] }]) {
      if ("args" in entry && !url.startsWith("http")) continue;
      const [found] = configuredServers({ mcpServers: { a: entry } }, envOf(secrets));
      assert.deepEqual([found?.serverUrl, found?.problem], [
        read ?? null,
        read ? undefined : UNREAD,
      ]);
      const { mcpRemote: _, ...shown } = found ?? {};
      assert.equal(JSON.stringify(shown).includes("canary"), false, url);
    }
  }
});

Deno.test("a header without its name, and with a value in its place, is not shown", () => {
  const args = ["mcp-remote", "https://a.example/mcp", "--header", "Bearer canary:x"];
  const document = { mcpServers: { a: { command: "npx", args } } };
  const [{ mcpRemote: _, ...shown } = {}] = configuredServers(document, envOf({})) as object[] as [
    { mcpRemote?: unknown },
  ];
  assert.equal(JSON.stringify(shown).includes("canary"), false);
});

Deno.test("a very large file may have comments", () => {
  const long = `[${"1,".repeat(3_000_000)}1]`;
  assert.equal((parseJsonc(long) as unknown[]).length, 3_000_001);
  assert.equal((parseJsonc(`// comment\n${long}`) as unknown[]).length, 3_000_001);
});

Deno.test("variables in a URL are replaced; without a value there is no URL", () => {
  const servers = {
    a: { url: "https://${HOST}/mcp" },
    b: { url: "https://${env:HOST}/${PATH_PART:-mcp}" },
    c: { url: "https://${MISSING}/mcp" },
    d: { url: "http://plain.example/mcp" },
  };
  const env = envOf({ HOST: "h.example" });
  const found = configuredServers({ servers }, env);
  assert.deepEqual(
    found.map(({ serverUrl, problem }) => serverUrl ?? problem),
    [
      "https://h.example/mcp",
      "https://h.example/mcp",
      UNREAD,
      "its URL is neither https, nor http on loopback",
    ],
  );
});

/** Recorded from mcp-remote 0.15.1: the names of the files that it wrote for these arguments. */
const HASHES: readonly (readonly [hash: string, ...args: string[]])[] = [
  ["41de1428c5b082cf5ea630e2db10fddd"],
  ["66099b233a239dcff8ae75ddb46637b9", "--header", "X-B:two", "--header", "X-A:${VAR}"],
  [
    "4f17133d697e47c8714917b9f608c413",
    ...["--resource", "https://r.example/"],
    ...["--authorize-param", "audience=z", "--authorize-param", "b=1"],
  ],
  [
    "4577e94964caf85fdc75f819be6f3db2",
    ...["--header", "X-A:1", "--resource", "https://r.example/x"],
    ...["--client-metadata-url", "https://c.example/doc"],
  ],
];

for (const [hash, ...args] of HASHES) {
  Deno.test(`the files of mcp-remote with ${args.join(" ") || "a URL alone"} are recognised`, () => {
    const call = mcpRemoteCall([
      "npx",
      "-y",
      "mcp-remote@latest",
      "http://127.0.0.1:9/mcp",
      ...args,
    ]);
    assert.equal(call && mcpRemoteHash(call), hash);
  });
}

Deno.test("only a command line of mcp-remote is one", () => {
  for (const words of [["npx", "other", "https://a.example"], ["mcp-remote"], []]) {
    assert.equal(mcpRemoteCall(words), undefined);
  }
  for (const word of ["mcp-remote", "/usr/bin/mcp-remote", "C:\\npm\\mcp-remote.cmd"]) {
    assert.equal(
      mcpRemoteCall([word, "https://a.example/mcp"])?.serverUrl,
      "https://a.example/mcp",
    );
  }
});

for (
  const [os, env, ...paths] of [
    [
      "linux",
      { HOME: "/home/me" },
      "/home/me/.claude.json",
      "/home/me/.cursor/mcp.json",
      "/home/me/.config/Code/User/mcp.json",
      "/home/me/.config/Code/User/profiles/*/mcp.json",
      "/home/me/.config/zed/settings.json",
      "/home/me/.codex/config.toml",
      "/home/me/.config/goose/config.yaml",
      "/home/me/.continue/config.yaml",
      "/src/project/.continue/mcpServers/*.yaml",
      "/src/project/.mcp.json",
      "/src/.vscode/mcp.json",
    ],
    [
      "darwin",
      { HOME: "/Users/me", CLAUDE_CONFIG_DIR: "/c", CODEX_HOME: "/x" },
      "/c/.claude.json",
      "/x/config.toml",
      "/Users/me/Library/Application Support/Claude/claude_desktop_config.json",
      "/Users/me/.config/zed/settings.json",
    ],
    [
      "windows",
      { USERPROFILE: "C:\\Users\\me", APPDATA: "C:\\Users\\me\\AppData\\Roaming" },
      "C:\\Users\\me\\.cursor\\mcp.json",
      "C:\\Users\\me\\AppData\\Roaming\\Block\\goose\\config\\config.yaml",
      "C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json",
      "C:\\Users\\me\\AppData\\Local\\Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json",
    ],
  ] as const
) {
  Deno.test(`the configuration files of clients are looked for where ${os} has them`, () => {
    const cwd = os === "windows" ? "C:\\src\\project" : "/src/project";
    const found = clientFiles(envOf(env), cwd, os).map(({ path }) => path);
    for (const path of paths) assert.ok(found.includes(path), path);
  });
}
