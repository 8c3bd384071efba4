import assert from "node:assert/strict";
import { AUDIT_FORMATS } from "../../src/report/audit/formats.ts";
import { isObject, parseJson } from "../../src/core/json.ts";
import { neverAnswers, slowLoris } from "../lab/misbehaviour.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";
import { openHome } from "../cli/real_run.ts";
import { type Attack, echoOf, type HostileServer, startHostileServer } from "./hostile_server.ts";

/** A secret of the operator for the MCP server. */
const GATEWAY_KEY = "gateway-key-4f7b0c2d9e";

const CLIENT_SECRET = "operator-secret-92b1c3";

const OPERATOR_SECRETS = [GATEWAY_KEY, CLIENT_SECRET];

/** Changes the members of a JSON response to a path. */
function changing(path: RegExp, change: (document: Record<string, unknown>) => object): Attack {
  return (response, { path: requested }) => {
    const document = path.test(requested) ? parseJson(response.body) : undefined;
    if (isObject(document)) response.body = JSON.stringify({ ...document, ...change(document) });
  };
}

const META = /well-known\/(oauth-authorization|openid)/;

interface Row {
  /** True if the authorization server names that host for its own tokens, which it may (RFC 7592 §3). */
  readonly isOwnHost?: boolean;
  readonly name: string;
  /** Path that gets at most two requests of a method. */
  readonly silent?: RegExp;
  readonly attack: (foreign: string) => Attack;
  readonly args?: readonly string[];
}

const MAX_SECONDS = 90;

let requests = 0;

const ROWS: readonly Row[] = [
  {
    name: "repeats each secret wherever it can",
    attack: () => (response, request) => {
      const echo = echoOf(request);
      if (echo === "") return;
      response.headers.push(["x-echo", echo], ["set-cookie", `echo="${echo}"`]);
      const document = parseJson(response.body);
      response.body = isObject(document)
        ? JSON.stringify({ ...document, echo, error_description: echo, [echo]: echo })
        : `${response.body} ${echo}`;
      for (const field of response.headers) {
        if (/^www-authenticate$/i.test(field[0])) field[1] += `, error_description="${echo}"`;
      }
    },
  },
  {
    name: "refuses everything with the secrets in its words",
    attack: () => (response, request) => {
      const echo = echoOf(request);
      if (echo === "" || request.method === "GET") return;
      response.status = 400;
      response.body = JSON.stringify({ error: echo, error_description: echo });
    },
  },
  {
    name: "names endpoints of another host",
    attack: (foreign) =>
      changing(META, () => ({
        registration_endpoint: `${foreign}/register`,
        token_endpoint: `${foreign}/token`,
        revocation_endpoint: `${foreign}/revoke`,
        introspection_endpoint: `${foreign}/introspect`,
        jwks_uri: `${foreign}/jwks`,
      })),
    isOwnHost: true,
    args: ["--client-id", "operator", "--client-secret", CLIENT_SECRET],
  },
  {
    name: "names management URLs at another host and in a private network",
    attack: (foreign) =>
      changing(/\/register$/, ({ client_id: id }) => ({
        registration_client_uri: String(id).charCodeAt(4) % 2 === 0
          ? `${foreign}/manage`
          : "http://10.0.0.1/manage",
      })),
    isOwnHost: true,
  },
  {
    name: "redirects each request with a credential",
    attack: (foreign) => (response, request) => {
      if (echoOf(request) === "" && request.method === "GET") return;
      response.status = 307;
      response.headers.push(["location", `${foreign}/taken`]);
    },
  },
  {
    name: "redirects into a private network",
    attack: () => (response, { path }) => {
      if (!/authorize/.test(path)) return;
      response.status = 302;
      response.headers = [["location", "http://169.254.169.254/latest/meta-data/"]];
    },
  },
  {
    name: "answers with huge and deep documents",
    attack: () => (response, { path }) => {
      if (/jwks/.test(path)) response.body = `{"keys":[${" ".repeat(50 * 1024 * 1024)}]}`;
      const deep = "[".repeat(100_000) + "]".repeat(100_000);
      if (META.test(path)) response.body = response.body.replace("{", `{"deep":${deep},`);
    },
  },
  {
    name: "has thousands of scopes, and many challenges and cookies",
    attack: () => (response, { path }) => {
      const scopes = Array.from({ length: 5000 }, (_, at) => `scope:${at}`);
      if (/well-known/.test(path)) {
        const document = parseJson(response.body);
        if (isObject(document)) {
          response.body = JSON.stringify({ ...document, scopes_supported: scopes });
        }
      }
      for (let at = 0; at < 40; at++) response.headers.push(["set-cookie", `c${at}=${at}`]);
      if (response.status !== 401) return;
      for (let at = 0; at < 40; at++) {
        response.headers.push(["www-authenticate", `Bearer realm="${at}"`]);
      }
    },
  },
  {
    name: "sends a header of a megabyte",
    attack: () => (response, { path }) => {
      if (!/well-known/.test(path)) response.headers.push(["x-long", "x".repeat(1 << 20)]);
    },
  },
  {
    name: "is throttled for a year after some requests",
    attack: () => (response) => {
      if (++requests < 40) return;
      response.status = 429;
      response.headers.push(["retry-after", "31536000"]);
    },
  },
  {
    name: "closes connections after some requests",
    attack: () => () => ++requests >= 40,
  },
  {
    name: "never answers authorization requests",
    silent: /authorize/,
    attack: () => async (_, request, raw) => {
      if (!/authorize/.test(request.path)) return false;
      await neverAnswers()(request, raw);
      return true;
    },
    args: ["--step-timeout", "1000"],
  },
  {
    name: "sends a byte a second at its token endpoint",
    silent: /token/,
    attack: () => async (_, request, raw) => {
      if (!request.path.endsWith("/token")) return false;
      await slowLoris(1000)(request, raw);
      return true;
    },
    args: ["--step-timeout", "1000"],
  },
];

/** Everything that the audit wrote: its output and each report. */
async function audited(server: HostileServer, { args = [] }: Row) {
  await using home = await openHome();
  const reports = [...AUDIT_FORMATS, "json"].flatMap((it) => [
    "--report",
    `${it}=${home.path}/report.${it}`,
  ]);
  const ran = await home.run([
    ...["oauth", "conformance", "--url", server.mcpUrl, "--auth-mode", "headless"],
    ...["--header", `X-Gateway-Key: ${GATEWAY_KEY}`, "--verbose"],
    ...["--debug-out", `${home.path}/debug.json`, ...reports, ...args],
  ]);
  const texts = new Map([["stdout", ran.stdout], ["stderr", ran.stderr]]);
  for await (const { name, isFile } of Deno.readDir(home.path)) {
    if (isFile) texts.set(name, await Deno.readTextFile(`${home.path}/${name}`));
  }
  return { ...ran, texts };
}

for (const row of ROWS) {
  Deno.test(`a server under audit that ${row.name} learns nothing, and ends the audit`, async () => {
    requests = 0;
    await using foreign = await startScriptedServer({
      name: "foreign",
      host: "localhost",
      routes: { "*": () => ({ status: 200, body: {} }) },
    });
    await using server = await startHostileServer(row.attack(foreign.origin));
    const started = performance.now();
    const { status, texts } = await audited(server, row);
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds < MAX_SECONDS, `${seconds} s`);
    assert.ok([0, 1, 3].includes(status), `${status}: ${texts.get("stderr")}`);
    const secrets = [...OPERATOR_SECRETS, ...server.secrets];
    for (const [name, text] of texts) {
      const found = secrets.filter((it) => it.length > 8 && text.includes(it));
      assert.deepEqual(
        found,
        [],
        `${name}: ${text.slice(text.indexOf(found[0] ?? "") - 200).slice(0, 300)}`,
      );
    }
    const waited = server.requests.filter(({ method, path }) =>
      method !== "OPTIONS" && row.silent?.test(path)
    );
    const byMethod = [...Map.groupBy(waited, ({ method }) => method).values()];
    assert.ok(byMethod.every(({ length }) => length <= 2), `${waited.length} requests`);
    for (const { method, target, headers, body } of foreign.requests) {
      const sent = `${method} ${target}\n${JSON.stringify(headers)}\n${body}`;
      const taken = [...OPERATOR_SECRETS, ...row.isOwnHost ? [] : server.secrets]
        .filter((it) => it.length > 8 && sent.includes(it));
      assert.deepEqual(taken, [], sent);
    }
  });
}
