import assert from "node:assert/strict";
import harValidator from "har-validator";
import { htmlReport } from "../../src/report/html.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { artifactFaults } from "../../src/trace/artifact_schema.ts";
import { curlOf } from "../../src/trace/curl.ts";
import { maskOf } from "../../src/trace/fingerprint.ts";
import { harOf } from "../../src/trace/har.ts";
import { runLogin } from "../flow/harness.ts";
import { startFakeLab } from "../lab/fake_lab.ts";
import { formOf, headerOf, type RecordedRequest } from "../lab/journal.ts";
import { artifactOf, ATTACK, HOSTILE_LAB, recordLogin } from "./artifacts.ts";

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

const told = ({ method, path, query, headers, body }: RecordedRequest) => ({
  ...{ method, path, body, query: query.toString() },
  headers: headers.filter(([name]) =>
    ["authorization", "accept", "content-type", "mcp-method", "mcp-protocol-version"].includes(name)
  ).toSorted(),
});

Deno.test("each curl command, with its secrets put back, sends its request again", async () => {
  await using lab = await startFakeLab({ clients: [] });
  const plan = { serverUrl: lab.mcpUrl, verifyCallTool: "write-thing" };
  const observed = await runLogin(plan);
  assert.equal(observed.result.completed, true, observed.result.error?.message ?? "");
  const first = [...lab.requests];
  const artifact = artifactOf(observed, plan);
  const { exchanges } = artifact;
  const commands = curlOf(artifact).split(/\n(?=# \d+ )/).slice(1);
  assert.equal(commands.length, exchanges.length);
  const secrets = secretsByMask(first);
  const rows = [...commands.entries()];
  const isToken = ([at]: readonly [number, string]) => exchanges[at]?.step === "token";
  // The code is sent last: a server takes back what came of a code that it sees again.
  for (const [at, command] of [...rows.filter((row) => !isToken(row)), ...rows.filter(isToken)]) {
    const whole = command.replace(/\[masked sha256:[0-9a-f]{8}\]/g, (mask) => {
      const secret = secrets.get(mask);
      assert.ok(secret, `${command} has a mask that stands for nothing`);
      return secret;
    });
    const before = lab.requests.length;
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `${whole.trimEnd()} --noproxy '*' --max-time 20`],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const sent = lab.requests[before];
    const original = first[at];
    assert.ok(sent && original);
    assert.deepEqual(told(sent), told(original));
    if (!isToken([at, command])) {
      const status = Number(/^HTTP\/\S+ (\d+)/.exec(new TextDecoder().decode(stdout))?.[1]);
      assert.equal(status, exchanges[at]?.response?.status, command);
    }
  }
});

Deno.test("the HTTP archive is valid HAR 1.2, also of what failed", async () => {
  const broken = { wellKnown: [], prm: false } as const;
  for (const options of [{}, HOSTILE_LAB, broken]) {
    const artifact = await recordLogin(options);
    assert.deepEqual(artifactFaults(artifact), []);
    const har = JSON.parse(JSON.stringify(harOf(artifact)));
    await harValidator.har(har);
    assert.equal(har.log.entries.length, artifact.exchanges.length);
    delete har.log.entries[0].request.url;
    await assert.rejects(harValidator.har(har));
  }
});

Deno.test("a fault without an answer has a row in every format", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const artifact = await recordLogin({}, { serverUrl: `http://127.0.0.1:${port}/mcp` });
  const har = JSON.parse(JSON.stringify(harOf(artifact)));
  await harValidator.har(har);
  assert.equal(har.log.entries[0].response.status, 0);
  assert.match(curlOf(artifact), /^# 1 request_without_token: the connection was refused/m);
  assert.match(markdownReport(artifact), /network\\_connection\\_refused/);
  assert.match(await htmlReport(artifact), /no answer: the connection was refused/);
});

Deno.test("Markdown of a hostile server has no markup of that server's outside of code", async () => {
  const artifact = await recordLogin(HOSTILE_LAB);
  const text = markdownReport(artifact);
  const outside = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "");
  assert.ok(text.includes(ATTACK.slice(0, 30)) || text.includes("<script>"));
  assert.doesNotMatch(outside, /<(?!\/?(details|summary)>)/);
  assert.doesNotMatch(outside, /https?:\/\//);
});

Deno.test("Markdown stays whole when a body holds fences", async () => {
  const fences = "```\n# not a heading\n````\n";
  const artifact = await recordLogin({
    token: () => ({ status: 400, body: fences, headers: [["content-type", "text/plain"]] }),
  });
  assert.match(markdownReport(artifact), /^`{5}text$/m);
});

Deno.test("a page escapes the artifact's own words too, and its policy names its hashes", async () => {
  const artifact = await recordLogin({});
  const html = await htmlReport({
    ...artifact,
    command: { name: ATTACK, options: { [ATTACK]: ATTACK } },
    notes: [ATTACK, "\u202egnp.exe\x1b[31m"],
    tool: { ...artifact.tool, version: ATTACK },
    generatedAt: ATTACK,
  });
  assert.equal(html.split("<script>").length, 2);
  assert.ok(!html.includes("<img"));
  assert.ok(!html.includes("\u202e") && !html.includes("\x1b"));
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
});

Deno.test("an interactive login shows the person in the diagram", async () => {
  const artifact = await recordLogin({});
  const html = await htmlReport({
    ...artifact,
    exchanges: artifact.exchanges.filter(({ purpose }) => purpose !== "authorization"),
  });
  assert.match(html, />asked for consent</);
  assert.match(html, />consents</);
});

Deno.test("a body with a member twice is shown as it came", async () => {
  const twice = '{"error":"first","error":"second"}';
  const artifact = await recordLogin({
    token: () => ({ status: 400, body: twice, headers: [["content-type", "application/json"]] }),
  });
  assert.ok(markdownReport(artifact).includes(twice));
});
