import assert from "node:assert/strict";
import { clientFiles } from "../../../src/flow/import/client_locations.ts";
import { configuredServers } from "../../../src/flow/import/client_config.ts";
import { parseJsonc } from "../../../src/flow/import/jsonc.ts";
import { mcpRemoteCall, mcpRemoteHash } from "../../../src/flow/import/mcp_remote_call.ts";

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
    const found = configuredServers(JSON.stringify(document), envOf({}));
    assert.deepEqual(found?.map(({ serverUrl }) => serverUrl), urls);
  });
}

Deno.test("a fixed credential is reported, and its value is not read", () => {
  const entry = (more: object) => ({ url: "https://a.example/mcp", ...more });
  const table = {
    header: entry({ headers: { Authorization: "Bearer canary" } }),
    key: entry({ headers: { "X-Api-Key": "canary" } }),
    plain: entry({ headers: { "X-Region": "eu" } }),
    query: { url: "https://a.example/mcp?apiKey=canary" },
  };
  const found = configuredServers(JSON.stringify({ mcpServers: table }), envOf({})) ?? [];
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
      const text = JSON.stringify({ mcpServers: { a: entry } });
      const [found] = configuredServers(text, envOf(secrets)) ?? [];
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
  const text = JSON.stringify({ mcpServers: { a: { command: "npx", args } } });
  const [{ mcpRemote: _, ...shown } = {}] = configuredServers(text, envOf({})) as object[] as [
    { mcpRemote?: unknown },
  ];
  assert.equal(JSON.stringify(shown).includes("canary"), false);
});

Deno.test("only a file of plain JSON may be very large", () => {
  const long = `[${"1,".repeat(3_000_000)}1]`;
  assert.equal((parseJsonc(long) as unknown[]).length, 3_000_001);
  assert.equal(parseJsonc(`// comment\n${long}`), undefined);
});

Deno.test("variables in a URL are replaced; without a value there is no URL", () => {
  const servers = {
    a: { url: "https://${HOST}/mcp" },
    b: { url: "https://${env:HOST}/${PATH_PART:-mcp}" },
    c: { url: "https://${MISSING}/mcp" },
    d: { url: "http://plain.example/mcp" },
  };
  const env = envOf({ HOST: "h.example" });
  const found = configuredServers(JSON.stringify({ servers }), env) ?? [];
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
      "/home/me/.config/zed/settings.json",
      "/src/project/.mcp.json",
      "/src/.vscode/mcp.json",
    ],
    [
      "darwin",
      { HOME: "/Users/me", CLAUDE_CONFIG_DIR: "/c" },
      "/c/.claude.json",
      "/Users/me/Library/Application Support/Claude/claude_desktop_config.json",
      "/Users/me/.config/zed/settings.json",
    ],
    [
      "windows",
      { USERPROFILE: "C:\\Users\\me", APPDATA: "C:\\Users\\me\\AppData\\Roaming" },
      "C:\\Users\\me\\.cursor\\mcp.json",
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
