import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";

const FIXTURES = `${ROOT}tests/http/fixtures/`;
const AUTHORITY = `${FIXTURES}ca.crt`;

/** A server whose certificate the authority of the fixtures has issued. */
function serve() {
  return Deno.serve({
    ...{ hostname: "127.0.0.1", port: 0, onListen: () => {} },
    cert: Deno.readTextFileSync(`${FIXTURES}server.crt`),
    key: Deno.readTextFileSync(`${FIXTURES}server.key`),
  }, () => new Response(null, { status: 404 }));
}

type Outcome = "trusted" | "untrusted" | "ca_store_unavailable" | "invalid_value";

interface Case {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly outcome: Outcome;
}

/** The authority of the fixtures is the only one of "the system" where this names it. */
const SYSTEM = { SSL_CERT_FILE: AUTHORITY };
const NO_SYSTEM = { SSL_CERT_FILE: "/nonexistent", SSL_CERT_DIR: "/nonexistent" };

const CASES: readonly Case[] = [
  { outcome: "untrusted" },
  { env: { DENO_CERT: AUTHORITY }, outcome: "untrusted" },
  { env: { NODE_EXTRA_CA_CERTS: AUTHORITY }, outcome: "untrusted" },
  { env: { DENO_TLS_CA_STORE: "nonsense" }, args: ["--ca-file", AUTHORITY], outcome: "trusted" },
  { env: { ...SYSTEM, DENO_TLS_CA_STORE: "mozilla" }, outcome: "trusted" },
  { env: SYSTEM, outcome: "trusted" },
  { env: SYSTEM, args: ["--ca-store", "both"], outcome: "trusted" },
  { env: SYSTEM, args: ["--ca-store", "system"], outcome: "trusted" },
  { env: { ...SYSTEM, MCPASS_CA_STORE: "system" }, outcome: "trusted" },
  { env: SYSTEM, args: ["--ca-store", "bundled"], outcome: "untrusted" },
  { env: { ...SYSTEM, MCPASS_CA_STORE: "bundled" }, outcome: "untrusted" },
  {
    env: { ...SYSTEM, DENO_TLS_CA_STORE: "system", DENO_CERT: AUTHORITY },
    args: ["--ca-store", "bundled"],
    outcome: "untrusted",
  },
  { args: ["--ca-store", "bundled", "--ca-file", AUTHORITY], outcome: "trusted" },
  { args: ["--ca-store", "system", "--ca-file", AUTHORITY], outcome: "trusted" },
  { env: NO_SYSTEM, outcome: "untrusted" },
  { env: NO_SYSTEM, args: ["--ca-file", AUTHORITY], outcome: "trusted" },
  { env: NO_SYSTEM, args: ["--ca-store", "system"], outcome: "ca_store_unavailable" },
  { env: NO_SYSTEM, args: ["--ca-store", "both"], outcome: "ca_store_unavailable" },
  { args: ["--ca-store", "nonsense"], outcome: "invalid_value" },
];

/** What the certificate of the server is to a command. */
async function outcomeOf(
  program: readonly string[],
  words: readonly string[],
  { env = {}, args = [] }: Case,
): Promise<Outcome | string> {
  const [file = "", ...first] = program;
  const home = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await run(file, [...first, ...words, ...args], {
      clearEnv: true,
      env: { HOME: home, MCPASS_STORE: "none", DENO_DIR: denoDir, ...env },
    });
    const said = stdout + stderr;
    if (code === 2) return /"code": "(\w+)"/.exec(said)?.[1] ?? said;
    const untrusted = said.includes("network_tls_untrusted");
    return untrusted ? "untrusted" : said.includes("404") ? "trusted" : said;
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const { stdout: info } = await run(Deno.execPath(), ["info", "--json"]);
const denoDir: string = JSON.parse(info).denoDir;

const PROGRAMS = {
  "the executable": [`${ROOT}dist/mcpass`],
  "the source": [Deno.execPath(), "run", "-A", "--quiet", "--no-check", `${ROOT}main.ts`],
};

const COMMANDS: readonly (readonly [what: string, words: readonly string[], host: string])[] = [
  ["server probe", ["server", "probe", "--format", "json", "--url"], "127.0.0.1"],
  // A name of loopback is dialled by this program.
  ["server probe of a dialled name", ["server", "probe", "--format", "json", "--url"], "localhost"],
  [
    "oauth debug-proxy",
    ["oauth", "debug-proxy", "--allow-private", "--format", "json", "--url"],
    "127.0.0.1",
  ],
];

for (const [name, program] of Object.entries(PROGRAMS)) {
  for (const [what, words, host] of COMMANDS) {
    Deno.test(`${name}, ${what}: only --ca-store and --ca-file choose the authorities`, async () => {
      await using server = serve();
      const url = `https://${host}:${server.addr.port}/mcp`;
      for (const it of CASES) {
        const outcome = await outcomeOf(program, [...words, url], it);
        assert.equal(outcome, it.outcome, JSON.stringify(it));
      }
    });
  }
}
