import assert from "node:assert/strict";
import harValidator from "har-validator";
import { runAtOnce } from "../../src/core/work.ts";
import { buildReportModel } from "../../src/report/report_model.ts";
import { tokenHtml } from "../../src/report/exchange_html.ts";
import { htmlReport } from "../../src/report/html.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { artifactFaults } from "../../src/trace/artifact_schema.ts";
import { curlOf } from "../../src/trace/curl.ts";
import { harOf } from "../../src/trace/har.ts";
import type { Artifact } from "../../src/trace/artifact.ts";
import { exchangeOf } from "../trace/support.ts";
import { ATTACK, HOSTILE_LAB, HOSTILE_SUCCESS, poisoned, recordLogin } from "./artifacts.ts";

// deno-lint-ignore no-explicit-any
async function validHar(artifact: Artifact): Promise<any> {
  const har = JSON.parse(JSON.stringify(runAtOnce(harOf(artifact))));
  await harValidator.har(har);
  assert.equal(har.log.entries.length, artifact.exchanges.length);
  for (const { pageref, time, timings } of har.log.entries) {
    assert.ok(har.log.pages.some(({ id }: { id: string }) => id === pageref));
    const parts = Object.values<number>(timings).filter((part) => part >= 0);
    assert.equal(parts.reduce((sum, part) => sum + part, 0), time);
  }
  return har;
}

Deno.test("the HTTP archive is valid HAR 1.2, also of what failed or was redirected", async () => {
  const broken = { wellKnown: [], prm: false } as const;
  for (const options of [{}, HOSTILE_LAB, HOSTILE_SUCCESS, broken]) {
    const artifact = await recordLogin(options);
    assert.deepEqual(artifactFaults(artifact), []);
    const har = await validHar(artifact);
    await validHar(poisoned(artifact));
    delete har.log.entries[0].request.url;
    await assert.rejects(harValidator.har(har));
  }
});

Deno.test("the HTTP archive tells cookies, forms, redirects, and what came only in part", async () => {
  const artifact = await recordLogin({});
  const exchanges = [
    exchangeOf({
      request: {
        url: "https://as.example/a?x=1&x=2&y",
        headers: [["Cookie", "a=b; c=d=e"], ["Content-Type", "application/x-www-form-urlencoded"]],
        body: "grant_type=x&scope=a+b",
      },
      response: {
        status: 302,
        statusText: "Found",
        headers: [
          ["Location", "/next"],
          ["Set-Cookie", "s=1; Path=/p; Secure; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
          ["Set-Cookie", "t=2; Expires=never"],
          ["Content-Encoding", "gzip"],
        ],
        body: "cut \ufffd\u0000",
        bodyBytes: 70_000,
        truncated: true,
      },
    }),
    exchangeOf({ response: null }, {
      ...{ id: 2, redirectOf: 1, step: "authorization" },
      fault: { code: "aborted", message: "it was aborted" },
    }),
    exchangeOf({ response: { body: '{"a"', truncated: true } }, {
      id: 3,
      fault: { code: "connection_reset", message: "the connection was reset" },
    }),
  ];
  const { log: { entries, pages } } = await validHar({ ...artifact, exchanges });
  assert.deepEqual(pages.map(({ id }: { id: string }) => id), ["token", "authorization"]);
  const [first, aborted, partial] = entries;
  assert.deepEqual(first.request.cookies, [{ name: "a", value: "b" }, { name: "c", value: "d=e" }]);
  assert.deepEqual(first.request.queryString, [
    { name: "x", value: "1" },
    { name: "x", value: "2" },
    { name: "y", value: "" },
  ]);
  assert.deepEqual(first.request.postData.params, [
    { name: "grant_type", value: "x" },
    { name: "scope", value: "a b" },
  ]);
  assert.deepEqual(first.response.cookies, [
    {
      ...{ name: "s", value: "1", path: "/p", expires: "2026-10-21T07:28:00.000Z" },
      ...{ httpOnly: true, secure: true },
    },
    { name: "t", value: "2", httpOnly: false, secure: false },
  ]);
  assert.deepEqual([first.response.redirectURL, first.response.bodySize], ["/next", -1]);
  assert.equal(first.response.content.size, 70_000);
  assert.match(first.response.content.comment, /more was sent.*U\+FFFD/);
  assert.deepEqual([aborted.response.status, aborted.response._error], [0, "aborted"]);
  assert.deepEqual([partial.response.status, partial.response._error], [200, "connection_reset"]);
});

Deno.test("a party of the exchanges is its origin, or the URL where that has none", async () => {
  const urls = ["https://as.example/token", "https://as.example/other", "urn:a:b", "urn:a:c", "/x"];
  const exchanges = urls.map((url, at) => exchangeOf({ request: { url } }, { id: at + 1 }));
  const { lanes } = runAtOnce(buildReportModel({ ...await recordLogin({}), exchanges }));
  const origins = lanes.map(({ origin }) => origin).filter((origin) => origin !== undefined);
  assert.deepEqual(origins, ["https://as.example", "urn:a:b", "urn:a:c", "/x"]);
});

Deno.test("the claims of a token are shown with what they mean, and times as dates", () => {
  const html = tokenHtml({
    member: "access_token",
    exchange: 1,
    header: { alg: "RS256" },
    claims: { iss: "https://as.example", iat: 0, tenant: 7 },
    times: { iat: "1970-01-01T00:00:00.000Z" },
  });
  const cells = html.replaceAll(/<[^>]+>/g, "|").split(/\|+/);
  for (
    const shown of ["iss (issuer)", "iat (issued)", "0 (1970-01-01T00:00:00.000Z)", "tenant", "7"]
  ) {
    assert.ok(cells.includes(shown), `${shown} in ${cells.join("|")}`);
  }
});

Deno.test("a fault without an answer has a row in every format", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const artifact = await recordLogin({}, { serverUrl: `http://127.0.0.1:${port}/mcp` });
  const har = JSON.parse(JSON.stringify(runAtOnce(harOf(artifact))));
  await harValidator.har(har);
  assert.equal(har.log.entries[0].response.status, 0);
  assert.match(
    runAtOnce(curlOf(artifact)),
    /^# 1 request_without_token: the connection was refused/m,
  );
  assert.match(runAtOnce(markdownReport(artifact)), /network\\_connection\\_refused/);
  assert.match(await htmlReport(artifact), /no response: the connection was refused/);
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

Deno.test("a finding of a verification stands at the call, not at the end of the session", async () => {
  const artifact = await recordLogin({}, {
    ...{ protocolVersion: "2025-11-25", verifyCallTool: "no-such-tool" },
  });
  const { entries } = runAtOnce(buildReportModel(artifact));
  assert.equal(entries.at(-1)?.exchange.request.method, "DELETE");
  const pinned = entries.filter(({ findings }) => findings.length > 0);
  assert.deepEqual(pinned.map(({ purpose }) => purpose), ["tools/call"]);
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

Deno.test("the stack of an unexpected error is in the page and in Markdown, as text", async () => {
  const artifact = await recordLogin({});
  const stack = `TypeError: ${ATTACK}\n    at a (./login-C7OtUVA4.js:1:17)`;
  const error = { code: "internal_error", message: "unexpected error", stack };
  const failed: Artifact = {
    ...artifact,
    outcome: { ...artifact.outcome, completed: false, exitStatus: 1, error },
  };
  assert.deepEqual(artifactFaults(failed), []);
  const page = await htmlReport(failed);
  assert.match(page, /<pre[^>]*>TypeError: [^]*at a \(\.\/login-C7OtUVA4\.js:1:17\)<\/pre>/);
  assert.doesNotMatch(page, /<script>globalThis/);
  const markdown = runAtOnce(markdownReport(failed));
  assert.match(
    markdown,
    /Stack:\n\n(```+)text\nTypeError: .*\n {4}at a \(\.\/login-C7OtUVA4\.js:1:17\)\n\1\n/,
  );
  assert.doesNotMatch(await htmlReport(artifact), /Stack of the error/);
});
