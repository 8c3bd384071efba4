import assert from "node:assert/strict";
import { openCommandSession } from "../../../src/cli/shared/command_session.ts";
import { Failure } from "../../../src/core/failure.ts";
import { reportableFailure } from "../../../src/flow/context/login_context.ts";
import { maskOf } from "../../../src/trace/fingerprint.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { ended, finding, run } from "../fake_runtime.ts";

const SECRET = "cAnArY-secret-0815";
const MASK = maskOf(SECRET);
const REMEDY = `Register "${SECRET}" with the server\nor ask for ${SECRET}`;
const REFERENCE = `RFC 6749 §5.2, ${SECRET}`;

for (const format of ["human", "json"]) {
  Deno.test(`a remedy and a reference are masked in an error and in a finding (${format}), and in the artifact`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const failure = new Failure("registration_refused", "the server refused", {
        remedy: REMEDY,
        reference: REFERENCE,
      });
      const ran = await run([
        ...["oauth", "login", "--url", "https://mcp.example/mcp", "--format", format],
        ...["--debug-out", `${folder}/d.json`],
      ], {
        login(plan, deps) {
          deps.secrets.add(SECRET);
          const said = {
            ...finding("warning", "token_rejected"),
            remedy: REMEDY,
            reference: REFERENCE,
          };
          deps.emit({ type: "finding", finding: said });
          return ended(plan, failure, { findings: [said] });
        },
      });
      const artifact = await Deno.readTextFile(`${folder}/d.json`);
      for (const [where, text] of Object.entries({ ...ran, artifact })) {
        if (typeof text === "string") assert.equal(text.includes("cAnArY"), false, where);
      }
      const { outcome, findings } = JSON.parse(artifact);
      const remedy = `Register "${MASK}" with the server\nor ask for ${MASK}`;
      assert.deepEqual([outcome.error.remedy, findings[0].remedy], [remedy, remedy]);
      assert.equal(findings[0].reference, `RFC 6749 §5.2, ${MASK}`);
      if (format === "json") {
        const document = JSON.parse(ran.stdout);
        assert.deepEqual([document.error.remedy, document.findings[0].remedy], [remedy, remedy]);
      } else {
        assert.ok(ran.stderr.includes(MASK), ran.stderr);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a flow masks every part of a failure before it is cut, and keeps the lines of a remedy", () => {
  const secrets = createSecrets();
  secrets.add(SECRET);
  const { message, remedy, detail } = reportableFailure(
    new Failure("token_rejected", `${"x".repeat(1995)}${SECRET}`, {
      remedy: `${REMEDY}\n${"x".repeat(1995)}${SECRET}`,
      detail: `it said ${SECRET}`,
    }),
    secrets,
    () => ({ line: "mcpass login" }),
  );
  for (const text of [message, remedy, detail]) assert.equal(/cAnA/.test(text ?? ""), false, text);
  assert.deepEqual(remedy?.split("\n").slice(0, 2), [
    `Register "${MASK}" with the server`,
    `or ask for ${MASK}`,
  ]);
  assert.equal(detail, `it said ${MASK}`);
});

Deno.test("what a command throws is masked in its message, remedy and detail", async () => {
  const runtime = {
    io: { stderrIsTerminal: false, err: () => {} },
    env: { get: () => undefined },
    clock: { now: () => 0 },
    signal: new AbortController().signal,
  } as unknown as Parameters<typeof openCommandSession>[0];
  const session = await openCommandSession(
    runtime,
    { quiet: true, verbose: false, noColor: true },
    { command: { name: "oauth token", flags: {} }, serverUrl: "https://mcp.example/mcp" },
  );
  const thrown = await session.run(() => {
    session.secrets.add(SECRET);
    const parts = { remedy: REMEDY, detail: SECRET };
    return Promise.reject(new Failure("token_rejected", `it said ${SECRET}`, parts));
  }).catch((error) => error);
  assert.deepEqual(
    [thrown.message, thrown.remedy, thrown.detail],
    [`it said ${MASK}`, `Register "${MASK}" with the server\nor ask for ${MASK}`, MASK],
  );
});
