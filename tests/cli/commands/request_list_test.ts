import assert from "node:assert/strict";
import { sequence } from "../../lab/journal.ts";
import { openBrowser } from "../../lab/person.ts";
import { type FakeLabOptions, startFakeLab, startLab } from "../../lab/shapes.ts";
import { openHome } from "../real_run.ts";

const SECRET = "a-secret-of-32-characters-or-more";
const DOCUMENT = "https://client.example/metadata.json";
const REDIRECT = "http://127.0.0.1:33418/callback";

type Era = "both" | "legacy";

const startProvider = (era: Era) =>
  startLab({
    mcp: { era },
    as: {
      clients: [
        { clientId: "known", clientSecret: SECRET, redirectUris: [REDIRECT] },
        {
          clientId: "machine",
          clientSecret: SECRET,
          grantTypes: ["client_credentials"],
          redirectUris: [],
        },
      ],
    },
  });

const CIMD: FakeLabOptions = {
  clientDocuments: {
    [DOCUMENT]: {
      client_id: DOCUMENT,
      client_name: "test",
      redirect_uris: ["http://127.0.0.1/callback"],
    },
  },
};

const DISCOVERY = [
  "mcp POST /mcp tools/list",
  "mcp GET /.well-known/oauth-protected-resource/mcp",
  "as GET /.well-known/oauth-authorization-server",
];
const CODE = ["as GET /auth", "as POST /token authorization_code"];
const REFRESH = ["as POST /token refresh_token"];

/** An MCP session for one method. */
const SESSION: Readonly<Record<Era, (method: string) => string[]>> = {
  both: (method) => ["mcp POST /mcp server/discover", `mcp POST /mcp ${method}`],
  legacy: (method) => [
    "mcp POST /mcp server/discover",
    "mcp POST /mcp initialize",
    "mcp POST /mcp notifications/initialized",
    `mcp POST /mcp ${method}`,
    "mcp DELETE /mcp",
  ],
};

interface Line {
  readonly words: string;
  /** Every request, in order. */
  readonly requests: readonly string[];
}

const HEADLESS = "oauth login --auth-mode headless";

const registered = (era: Era): readonly Line[] => [
  { words: `${HEADLESS} --dry-run`, requests: DISCOVERY },
  { words: HEADLESS, requests: [...DISCOVERY, "as POST /reg", ...CODE] },
  { words: HEADLESS, requests: [...DISCOVERY, ...CODE] },
  {
    words: `${HEADLESS} --verify-tools`,
    requests: [...DISCOVERY, ...CODE, ...SESSION[era]("tools/list")],
  },
  { words: "oauth token", requests: [] },
  { words: "oauth status", requests: [] },
  { words: "oauth refresh", requests: REFRESH },
  { words: "tools list", requests: SESSION[era]("tools/list") },
  {
    words: 'tools call --tool-name echo --tool-args {"message":"x"}',
    requests: SESSION[era]("tools/call"),
  },
  {
    words: "oauth logout",
    requests: ["as POST /token/revocation", "as POST /token/revocation"],
  },
];

const preregistered = (era: Era): readonly Line[] => {
  const login = `${HEADLESS} --client-id known --redirect-url ${REDIRECT}`;
  return [
    { words: login, requests: [...DISCOVERY, ...CODE] },
    {
      words: `${login} --verify-tools`,
      requests: [...DISCOVERY, ...CODE, ...SESSION[era]("tools/list")],
    },
    { words: "oauth refresh", requests: REFRESH },
    {
      words: "oauth login --auth-mode client_credentials --client-id machine --account machine",
      requests: [...DISCOVERY, "as POST /token client_credentials"],
    },
    { words: "oauth token --account machine", requests: [] },
  ];
};

/** The person's browser asks again what mcpass asked before it (the state is another one). */
const interactive = (): readonly Line[] => [
  {
    words: "oauth login --print-url",
    requests: [...DISCOVERY, "as POST /reg", "as GET /auth", ...CODE],
  },
  { words: "oauth login --print-url", requests: [...DISCOVERY, "as GET /auth", ...CODE] },
];

const documented = (): readonly Line[] => {
  const login = `${HEADLESS} --registration cimd --client-metadata-url ${DOCUMENT}`;
  const requests = [...DISCOVERY, "as GET /authorize", "as POST /token authorization_code"];
  return [{ words: login, requests }, { words: login, requests }, {
    words: "oauth token",
    requests: [],
  }];
};

/** Opens the authorization URL of a login, once. */
function openOnce() {
  let isOpened = false;
  return (stderr: string) => {
    const line = stderr.split("\n").find((text) => text.startsWith('{"event":"authorization_url"'));
    if (line === undefined || isOpened) return;
    isOpened = true;
    openBrowser().visit(JSON.parse(line).url).catch(() => {});
  };
}

const FLOWS: readonly (readonly [name: string, era: Era, lines: readonly Line[]])[] = [
  ["a client that a login registers", "both", registered("both")],
  ["the same at a legacy server", "legacy", registered("legacy")],
  ["a client that was registered before", "both", preregistered("both")],
  ["the same at a legacy server, registered before", "legacy", preregistered("legacy")],
  ["a person with a browser", "both", interactive()],
  ["a client with a metadata document", "both", documented()],
];

for (const [name, era, lines] of FLOWS) {
  Deno.test(`the requests of each command are exactly these: ${name}`, async () => {
    const isDocumented = lines.some(({ words }) => words.includes(DOCUMENT));
    await using lab = await (isDocumented ? startFakeLab(CIMD) : startProvider(era));
    await using home = await openHome();
    for (const { words, requests } of lines) {
      lab.requests.length = 0;
      const args = words.split(" ");
      const format = args[1] === "token" ? [] : ["--format", "json"];
      const ran = await home.run([...args, "--url", lab.mcpUrl, ...format], {
        env: words.includes("--client-id") ? { MCPASS_CLIENT_SECRET: SECRET } : {},
        reads: openOnce(),
      });
      assert.equal(ran.status, 0, `${words}: ${ran.stdout}${ran.stderr}`);
      // The client opens its GET stream next to other requests: their order is not fixed.
      const seen = sequence(lab.requests).filter((line) => line !== "mcp GET /mcp");
      assert.deepEqual(seen, requests, words);
    }
  });
}
