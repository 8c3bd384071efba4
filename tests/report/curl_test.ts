import assert from "node:assert/strict";
import { runAtOnce } from "../../src/core/work.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { curlOf } from "../../src/trace/curl.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import type { LoginPlan } from "../../src/flow/context/login_plan.ts";
import { runLogin } from "../flow/harness.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { formOf, headerOf, type RecordedRequest } from "../lab/journal.ts";
import type { LabMcpServer } from "../lab/mcp_server.ts";
import { startLab } from "../lab/shapes.ts";
import { exchangeOf } from "../trace/support.ts";
import { artifactOf, recordLogin } from "./artifacts.ts";

const SECRET_NAMES = ["code", "code_verifier", "state", "client_secret", "refresh_token"];

/** What a request's secrets are, by the mask that stands for each. */
function secretsByMask(requests: readonly RecordedRequest[]): Map<string, string> {
  const values = requests.flatMap((request) => [
    ...SECRET_NAMES.flatMap((name) => [request.query.get(name), formOf(request).get(name)]),
    headerOf(request, "authorization")?.replace(/^\w+ /, ""),
    headerOf(request, "mcp-session-id"),
  ]);
  return new Map(values.flatMap((value) => value ? [[maskOf(value), value]] : []));
}

const quotedWord = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The settings at the head of a script: variable and mask. */
function settingsOf(script: string): Map<string, string> {
  return new Map(
    [...script.matchAll(/^(\w+)='' # .*(\[masked sha256:\w+\])$/gm)]
      .map(([, name = "", mask = ""]) => [name, mask]),
  );
}

const commandsOf = (script: string) => script.split(/\n(?=# \d+ )/).slice(1);

interface Answered {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Runs one command in bash after the settings. */
async function repeat(command: string, variables: ReadonlyMap<string, string>): Promise<Answered> {
  const settings = [...variables].map(([name, value]) => `${name}=${quotedWord(value)}\n`).join("");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-uc", `${settings}${command.trimEnd()} --noproxy '*'`],
  }).output();
  assert.equal(code, 0, `${command}\n${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout);
  const [headers = "", ...rest] = text.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/\S+ (\d+)/.exec(headers)?.[1]),
    headers,
    body: rest.join("\r\n\r\n"),
  };
}

/** The kinds of values in a JSON document, or in the documents of an event stream. */
function shapeOf(body: string): unknown {
  const shape = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.slice(0, 1).map(shape)
      : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, it]) => [name, shape(it)]).toSorted())
      : typeof value;
  const text = /^data: (\{.*)$/m.exec(body)?.[1] ?? body;
  try {
    return shape(JSON.parse(text));
  } catch {
    return body === "" ? "" : "text";
  }
}

/**
 * Runs every command of a login in its order. What is good once is taken from the answer before, as a
 * person would: the code from the redirect, the token from the token answer.
 */
async function repeatLogin(
  mcp: LabMcpServer,
  exchanges: readonly Exchange[],
  script: string,
  secrets: ReadonlyMap<string, string>,
): Promise<void> {
  const variables = new Map<string, string>();
  for (const [name, mask] of settingsOf(script)) {
    const secret = secrets.get(mask);
    assert.ok(secret, `${name} stands for nothing that was sent`);
    variables.set(name, secret);
  }
  const renew = (name: string, value: string | null | undefined) => {
    if (value && variables.has(name)) variables.set(name, value);
  };
  const commands = commandsOf(script);
  assert.equal(commands.length, exchanges.length);
  const streams: Promise<void>[] = [];
  for (const [at, command] of commands.entries()) {
    const original = exchanges[at]?.response;
    assert.ok(original);
    if (command.includes("--no-buffer")) {
      // Stays open beside the others until its session is ended, which it has to be asked before.
      const asked = Promise.withResolvers<void>();
      mcp.intercept(({ method }) => void (method === "GET" && asked.resolve()));
      const stream = repeat(command, variables)
        .then(({ status }) => assert.equal(status, original.status, command));
      streams.push(stream);
      await Promise.race([asked.promise, stream]);
      continue;
    }
    const answer = await repeat(command, variables);
    assert.equal(answer.status, original.status, `${command}\n${answer.body}`);
    assert.deepEqual(shapeOf(answer.body), shapeOf(original.body), command);
    const location = /^location: (.*)$/im.exec(answer.headers)?.[1]?.trim();
    renew("AUTHORIZATION_CODE", location && URL.parse(location)?.searchParams.get("code"));
    renew("ACCESS_TOKEN", /"access_token":\s*"([^"]+)"/.exec(answer.body)?.[1]);
    renew("MCP_SESSION_ID", /^mcp-session-id: (.*)$/im.exec(answer.headers)?.[1]?.trim());
  }
  await Promise.all(streams);
}

const PLANS: readonly (readonly [what: string, plan: Partial<LoginPlan>])[] = [
  ["the newest revision", {}],
  ["an older revision, with a session", { protocolVersion: "2025-06-18" }],
];

for (const [what, plan] of PLANS) {
  Deno.test(`each curl command repeats its step at a real server: ${what}`, async () => {
    await using lab = await startLab();
    const whole = { serverUrl: lab.mcpUrl, verifyTools: true, ...plan };
    const observed = await runLogin(whole);
    assert.equal(observed.result.completed, true, observed.result.error?.message ?? "");
    const secrets = secretsByMask(lab.requests);
    const artifact = artifactOf(observed, whole);
    await repeatLogin(lab.mcp, artifact.exchanges, runAtOnce(curlOf(artifact)), secrets);
  });
}

Deno.test("each curl command sends what its request had sent", async () => {
  await using lab = await startFakeLab();
  const plan = { serverUrl: lab.mcpUrl, verifyCallTool: "write-thing" };
  const observed = await runLogin(plan);
  const first = [...lab.requests];
  const artifact = artifactOf(observed, plan);
  const script = runAtOnce(curlOf(artifact));
  const secrets = secretsByMask(first);
  const variables = new Map(
    [...settingsOf(script)].map(([name, mask]) => [name, secrets.get(mask) ?? ""]),
  );
  const told = ({ method, path, query, headers, body }: RecordedRequest) => ({
    ...{ method, path, body, query: query.toString() },
    headers: headers.filter(([name]) => /^(authorization|accept|content-type|mcp-.*)$/.test(name))
      .toSorted(),
  });
  for (const [at, command] of commandsOf(script).entries()) {
    const before = lab.requests.length;
    await repeat(command, variables);
    const [sent, original] = [lab.requests[before], first[at]];
    assert.ok(sent && original);
    assert.deepEqual(told(sent), told(original), command);
  }
});

Deno.test("the secrets are variables with telling names, and no command runs without them", async () => {
  const artifact = await recordLogin({});
  const script = runAtOnce(curlOf(artifact));
  assert.deepEqual([...settingsOf(script).keys()].toSorted(), [
    ...["ACCESS_TOKEN", "AUTHORIZATION_CODE", "CODE_VERIFIER", "STATE"],
  ]);
  assert.equal(commandsOf(script).join("").includes("[masked"), false);
  const token = commandsOf(script).find((command) => command.includes("AUTHORIZATION_CODE"));
  const { code, stderr } = await new Deno.Command("bash", { args: ["-c", token ?? ""] }).output();
  assert.notEqual(code, 0);
  assert.match(new TextDecoder().decode(stderr), /AUTHORIZATION_CODE|CODE_VERIFIER/);
});

Deno.test("a variable has a name that means nothing to a shell or a program", async () => {
  const artifact = await recordLogin({});
  const names = ["Path", "$(touch x)-Token", "HTTPS_PROXY", "X-Api-Key", "-", "x-api.key"];
  const headers = [...names, "X-API-KEY"].map((name, at) =>
    [name, maskOf(`secret number ${at}`)] as const
  );
  const script = runAtOnce(
    curlOf({ ...artifact, exchanges: [exchangeOf({ request: { headers } })] }),
  );
  assert.deepEqual([...settingsOf(script).keys()], [
    ...["SECRET_PATH", "SECRET_TOUCH_X_TOKEN", "SECRET_HTTPS_PROXY", "SECRET_X_API_KEY", "SECRET"],
    ...["SECRET_X_API_KEY_2", "SECRET_X_API_KEY_3"],
  ]);
});

const HOSTILE = [
  `'; touch "$MARK"; '`,
  "$(touch $MARK)",
  "`touch $MARK`",
  "a\n touch $MARK\nb",
  "\\'; touch $MARK #",
  "\u2028$(touch $MARK)\u202e",
  "${MARK:?}",
  '"; touch "$MARK"; "',
  "\x1b]0;x\x07",
];

Deno.test("no value of an artifact becomes a command of the shell, and all arrive as they are", async () => {
  const folder = await Deno.makeTempDir();
  // In place of curl: writes each of its arguments and a NUL.
  await Deno.writeTextFile(`${folder}/curl`, `#!/bin/bash\nprintf '%s\\0' "$@"\n`, { mode: 0o755 });
  const mask = maskOf("a secret that is long enough");
  const artifact = await recordLogin({});
  try {
    for (const value of HOSTILE) {
      const exchange = exchangeOf({
        request: {
          method: value.replaceAll("\n", ""),
          url: `https://as.example/${value}`,
          headers: [["x-a", value], ["content-type", "application/x-www-form-urlencoded"]],
          body: `code=${mask}&x=${value}&y=${mask}${value}`,
        },
        response: { statusText: value },
      }, { fault: { code: "other", message: value } });
      const script = runAtOnce(curlOf({
        ...artifact,
        command: { name: value, options: {} },
        exchanges: [{ ...exchange, response: null }],
      }));
      const secret = `se'cr&t $(touch $MARK) \`touch $MARK\``;
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-uc", script.replace("=''", `=${quotedWord(secret)}`)],
        env: { PATH: `${folder}:${Deno.env.get("PATH")}`, MARK: `${folder}/mark` },
      }).output();
      assert.equal(code, 0, `${script}\n${new TextDecoder().decode(stderr)}`);
      const words = new TextDecoder().decode(stdout).split("\0");
      for (
        const word of [
          `https://as.example/${value}`,
          `x-a: ${value}`,
          `code=${secret}`,
          `x=${value}`,
          `y=${secret}${value}`,
        ]
      ) assert.ok(words.includes(word), `${JSON.stringify(word)} of\n${script}`);
      const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(files, ["curl"]);
      assert.doesNotMatch(script.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}]/u);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a secret of a form is encoded when it is put back", async () => {
  const secret = "a+b & c=d/é%";
  const received = Promise.withResolvers<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (it) => {
    received.resolve(await it.text());
    return new Response();
  });
  try {
    const artifact = await recordLogin({});
    const script = runAtOnce(curlOf({
      ...artifact,
      exchanges: [exchangeOf({
        request: {
          url: `http://127.0.0.1:${server.addr.port}/token`,
          headers: [["content-type", "application/x-www-form-urlencoded"]],
          body: `grant_type=refresh_token&refresh_token=${maskOf(secret)}&scope=a+b`,
        },
      })],
    }));
    await repeat(commandsOf(script)[0] ?? "", new Map([["REFRESH_TOKEN", secret]]));
    assert.deepEqual([...new URLSearchParams(await received.promise)], [
      ["grant_type", "refresh_token"],
      ["refresh_token", secret],
      ["scope", "a b"],
    ]);
  } finally {
    await server.shutdown();
  }
});
