/** What every published server is tested for. @module */

import assert from "node:assert/strict";
import type { Ran } from "../cli/fake_runtime.ts";
import { shellWords } from "../cli/printed_commands.ts";
import { type Home, openHome } from "../cli/real_run.ts";
import { formOf } from "../lab/journal.ts";
import { openBrowser } from "../lab/person.ts";
import { freePort } from "./program.ts";
import { textsOf } from "../products/product_steps.ts";
import {
  type Feature,
  type RealServer,
  type StartedServer,
  startRealServer,
} from "./real_server.ts";

/** One server during a test. */
interface Visit {
  readonly row: RealServer;
  readonly server: StartedServer;
  readonly home: Home;
  /** Runs a command for the server's URL; fails unless it ends with this status. */
  run(status: number, ...words: string[]): Promise<Ran>;
  /** Runs a command that signs in, as a person does where the server asks one. */
  trySignIn(...words: string[]): Promise<Ran>;
  /** The same; fails if the command does. */
  signIn(...words: string[]): Promise<Ran>;
}

/** Opens the authorization URL that a login prints, once. */
function browserOf(person: NonNullable<RealServer["person"]>) {
  let isOpened = false;
  return (stderr: string) => {
    const line = stderr.split("\n").find((text) => text.startsWith('{"event":"authorization_url"'));
    if (line === undefined || isOpened) return;
    isOpened = true;
    const browser = openBrowser();
    // If it fails, the login ends at its time limit.
    browser.visit(JSON.parse(line).url).then((page) => person(browser, page)).catch(() => {});
  };
}

const formatOf = ([, name]: readonly string[]) => name === "token" ? [] : ["--format", "json"];

function visitOf(row: RealServer, server: StartedServer, home: Home): Visit {
  const { person } = row;
  const mode = person === undefined ? ["--auth-mode", "headless"] : ["--print-url"];
  const check = (ran: Ran, status: number, words: readonly string[]) => {
    assert.equal(ran.status, status, `${words.join(" ")}\n${ran.stdout}${ran.stderr}`);
    return ran;
  };
  const trySignIn = (...words: string[]) => {
    const isReady = words.includes("--auth-mode") || words.includes("--print-url");
    const limit = words.includes("--consent-timeout") ? [] : ["--consent-timeout", "20000"];
    const args = [...words, ...isReady ? [] : mode, ...limit, "--format", "json"];
    return home.run(args, person && { reads: browserOf(person) });
  };
  return {
    row,
    server,
    home,
    async run(status, ...words) {
      const args = [...words, "--url", server.mcpUrl, ...formatOf(words)];
      return check(await home.run(args), status, args);
    },
    trySignIn,
    signIn: async (...words) => check(await trySignIn(...words), 0, words),
  };
}

/** What each command has to trust before the first login. */
const trust = ({ row, server }: Visit) =>
  row.announcesPkce === false ? ["--trust-pkce", new URL(server.mcpUrl).origin] : [];

const login = (visit: Visit, ...words: string[]) => {
  const { row: { flags = [] }, server, signIn } = visit;
  return signIn("oauth", "login", "--url", server.mcpUrl, ...flags, ...trust(visit), ...words);
};

/** The words of the sign-in command that an output names. */
function printedSignIn({ stdout, stderr }: Ran): string[] {
  const line = /\bmcpass (?:oauth )?login .*/.exec(`${textsOf(stdout)}\n${stderr}`)?.[0];
  assert.ok(line, `no sign-in command in: ${stdout}${stderr}`);
  return shellWords(line).slice(1);
}

interface Reported {
  readonly findings?: readonly { readonly severity: string; readonly code: string }[];
  /** The verdicts of `oauth metadata`. */
  readonly revisions?: readonly {
    readonly verdict: string;
    readonly errors: readonly string[];
    readonly warnings: readonly string[];
  }[];
}

/** The codes of the errors and warnings, each once. */
function problemsIn({ stdout }: Ran): string[] {
  const { findings = [], revisions = [] }: Reported = JSON.parse(stdout);
  const codes = findings.filter(({ severity }) => severity !== "info").map(({ code }) => code);
  const judged = revisions.filter(({ verdict }) => verdict !== "not_tried")
    .flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  return [...new Set([...codes, ...judged])];
}

/** The flags for a client that a person registered with this method of authentication. */
async function registeredByHand(visit: Visit, method: string): Promise<string[]> {
  const { document } = JSON.parse((await visit.run(0, "oauth", "metadata")).stdout);
  const redirectUrl = `http://127.0.0.1:${freePort()}/callback`;
  const response = await fetch(document.registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "by hand",
      application_type: "native",
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: method,
      grant_types: ["authorization_code", "refresh_token"],
    }),
  });
  const { client_id, client_secret } = await response.json();
  const flags = ["--client-id", client_id, "--redirect-url", redirectUrl];
  if (method === "none") return flags;
  const path = `${visit.home.path}/secret`;
  await Deno.writeTextFile(path, client_secret, { mode: 0o600 });
  return [...flags, "--client-secret-file", path];
}

const tokenOf = async ({ run }: Visit) => (await run(0, "oauth", "token")).stdout.trim();

const callTool = ({ run, row: { tool = { name: "echo", args: { message: "hello" } } } }: Visit) =>
  run(0, "tools", "call", "--tool-name", tool.name, "--tool-args", JSON.stringify(tool.args));

/** The status of the first request of an MCP session with a token. */
async function statusWith(token: string, { server: { mcpUrl } }: Visit): Promise<number> {
  const response = await fetch(mcpUrl, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      },
    }),
  });
  await response.body?.cancel();
  return response.status;
}

interface Scenario {
  readonly name: string;
  /** What the server must have for it. */
  readonly needs: readonly Feature[];
  readonly test: (visit: Visit) => Promise<void>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "metadata, doctor and a dry run report only what is wrong",
    needs: [],
    async test(visit) {
      const { metadataWarnings = [], warnings = [] } = visit.row;
      const trusted = trust(visit);
      const metadata = problemsIn(await visit.run(0, "oauth", "metadata", ...trusted));
      assert.deepEqual(metadata, [...warnings, ...metadataWarnings]);
      assert.deepEqual(problemsIn(await login(visit, "--dry-run")), warnings);
      const { stdout } = await visit.run(4, "server", "doctor", ...trusted);
      assert.match(stdout, /"status": "sign_in_needed"/);
    },
  },
  {
    name: "a login, tools, the token and doctor",
    needs: [],
    async test(visit) {
      const { loginWarnings = [], warnings = [] } = visit.row;
      const problems = problemsIn(await login(visit, "--verify-tools"));
      assert.deepEqual(problems, [...warnings, ...loginWarnings]);
      await visit.run(0, "tools", "list");
      await callTool(visit);
      await tokenOf(visit);
      await visit.run(0, "oauth", "status");
      await visit.run(0, "server", "doctor");
    },
  },
  {
    name: "a refresh, and a refresh of an expired token",
    needs: ["refresh"],
    async test(visit) {
      await login(visit);
      await visit.run(0, "oauth", "refresh");
      await visit.home.expire(visit.server);
      await tokenOf(visit);
      // Tokens of the same second may be equal.
      const grants = visit.server.requests.map((it) => formOf(it).get("grant_type"));
      assert.equal(grants.filter((grant) => grant === "refresh_token").length, 2);
      await callTool(visit);
    },
  },
  {
    name: "a revoked access token is refreshed at the next call, or the printed line signs in",
    needs: ["refresh", "revocation"],
    async test(visit) {
      const { credentials: { accessToken, clientId } } = JSON.parse((await login(visit)).stdout);
      const { document } = JSON.parse((await visit.run(0, "oauth", "metadata")).stdout);
      const response = await fetch(document.revocation_endpoint, {
        method: "POST",
        body: new URLSearchParams({ token: accessToken, client_id: clientId }),
      });
      await response.body?.cancel();
      assert.equal(response.status, 200);
      const listed = await visit.home.run(["tools", "list", "--url", visit.server.mcpUrl]);
      // Some servers end the refresh token with it.
      if (listed.status !== 0) await visit.signIn(...printedSignIn(listed));
      await callTool(visit);
      assert.notEqual(await tokenOf(visit), accessToken);
    },
  },
  {
    name: "after a restart that forgets the client, the printed line signs in",
    needs: ["forgotten client"],
    async test(visit) {
      await login(visit);
      await visit.server.restart();
      const { refusedStatus = 4 } = visit.row;
      await visit.signIn(...printedSignIn(await visit.run(refusedStatus, "tools", "list")));
      await callTool(visit);
    },
  },
  ...["none", "client_secret_post", "client_secret_basic"].map((method): Scenario => ({
    name: `a client of the user, registered with ${method}`,
    needs: ["registration"],
    async test(visit) {
      const client = await registeredByHand(visit, method);
      const words = ["oauth", "login", "--url", visit.server.mcpUrl, ...client];
      const first = await visit.trySignIn(...words);
      // A server may have used up the code when it refused the first method.
      if (first.status !== 0) await visit.signIn(...printedSignIn(first));
      await callTool(visit);
      if (!visit.row.without?.includes("refresh")) await visit.run(0, "oauth", "refresh");
      await visit.run(0, "oauth", "logout");
    },
  })),
  {
    name: "a logout revokes the tokens where the server can, and forgets the sign-in",
    needs: [],
    async test(visit) {
      await login(visit);
      const token = await tokenOf(visit);
      await visit.run(0, "oauth", "logout");
      const isRevocable = !visit.row.without?.includes("revocation");
      assert.equal(await statusWith(token, visit), isRevocable ? 401 : 200);
      await visit.run(4, "oauth", "status");
    },
  },
];

/** For a server that asks for no token. */
const OPEN: Scenario = {
  name: "tools, resources, prompts and doctor need no sign-in",
  needs: [],
  async test(visit) {
    await visit.run(0, "tools", "list");
    await callTool(visit);
    await visit.run(0, "server", "info");
    const { resources } = JSON.parse((await visit.run(0, "resources", "list")).stdout);
    await visit.run(0, "resources", "read", "--uri", resources[0].uri);
    await visit.run(0, "resources", "templates");
    const { prompts } = JSON.parse((await visit.run(0, "prompts", "list")).stdout);
    await visit.run(0, "prompts", "get", "--prompt-name", prompts[0].name);
    await visit.run(0, "server", "doctor");
    for (const command of ["metadata", "login"]) {
      const { stdout } = await visit.run(1, "oauth", command, "--no-input");
      assert.equal(JSON.parse(stdout).error.code, "authorization_not_required");
    }
  },
};

/** Defines the tests of each server; what a server does not have is not tested. */
export function testServers(rows: readonly RealServer[]): void {
  for (const row of rows) {
    const isOpen = row.without?.includes("sign-in");
    for (const { name, needs, test } of isOpen ? [OPEN] : SCENARIOS) {
      if (needs.some((feature) => row.without?.includes(feature))) continue;
      Deno.test(`${row.name}: ${name}`, async () => {
        await using server = await startRealServer(row);
        await using home = await openHome();
        await test(visitOf(row, server, home));
      });
    }
  }
}
