import assert from "node:assert/strict";
import { flat } from "../../real_run.ts";
import { documentFaults } from "../../document_faults.ts";
import { cancelledFailure, Failure } from "../../../../src/core/failure.ts";
import type { LoginOutcome } from "../../../../src/flow/login/login.ts";
import type { LoginPlan } from "../../../../src/flow/context/login_plan.ts";
import type { LoginDeps } from "../../../../src/flow/login/login.ts";
import { CANARIES, CREDENTIALS, ended, finding, run, succeeded } from "../../fake_runtime.ts";

const LOGIN = ["oauth", "login", "--url", "https://mcp.example/mcp"];
const REFUSED = new Failure("registration_refused", "the server answered HTTP 400", {
  remedy: "Register the client by hand",
  reference: "RFC 7591 §3.2.2",
});

/** Runs `work` with a folder that is removed afterwards. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A login that learns its secrets as the real one does, and says them wherever it can. */
function leaky(outcome: (plan: LoginPlan) => LoginOutcome) {
  return (plan: LoginPlan, deps: LoginDeps): LoginOutcome => {
    CANARIES.forEach((canary) => deps.secrets.add(canary));
    const said = CANARIES.join(" and ");
    deps.emit({ type: "note", at: 1, message: `a note says ${said}` });
    deps.emit({ type: "step_started", step: "token", at: 1 });
    deps.emit({ type: "step_ended", step: "token", at: 2, status: "failed", detail: said });
    const { result, failure, session } = outcome(plan);
    const findings = [{ ...finding("warning", "token_error"), message: `the server says ${said}` }];
    return { result: { ...result, findings }, failure, session, plan };
  };
}

Deno.test("json: a success is one document of the schema, with the credentials", async () => {
  const ran = await run([...LOGIN, "--format", "json"], { terminal: true });
  const document = JSON.parse(ran.stdout);
  assert.deepEqual(documentFaults("oauth login", document), []);
  assert.equal(ran.status, 0);
  assert.deepEqual(document.credentials, CREDENTIALS);
  assert.equal(document.completed, true);
});

Deno.test("json: the schema refuses what a login never says", async () => {
  const document = JSON.parse((await run(LOGIN)).stdout);
  assert.deepEqual(documentFaults("oauth login", document), []);
  const error = { code: "x", message: "x" };
  for (const wrong of [{ ...document, error }, { ...document, more: 1 }, { completed: true }]) {
    assert.notDeepEqual(documentFaults("oauth login", wrong), []);
  }
});

Deno.test("json is the default when stdout is no terminal, text when it is one", async () => {
  const piped = await run(LOGIN, { stdinIsTerminal: true, stderrIsTerminal: true });
  assert.equal(JSON.parse(piped.stdout).completed, true);
  const shown = await run(LOGIN, { terminal: true });
  assert.ok(shown.stdout.includes("Signed in to https://mcp.example/mcp"));
  assert.throws(() => JSON.parse(shown.stdout));
});

Deno.test("json: every way to fail leaves one document and its exit status", async () => {
  const kinds = [
    [REFUSED, 1],
    [new Failure("page_needs_person", "a page", { kind: "sign_in_needed" }), 4],
    [new Failure("invalid_value", "usage", { kind: "usage" }), 2],
    [cancelledFailure(), 130],
  ] as const;
  for (const [failure, status] of kinds) {
    const ran = await run(LOGIN, { login: (plan) => ended(plan, failure) });
    const document = JSON.parse(ran.stdout);
    assert.deepEqual(documentFaults("oauth login", document), []);
    assert.equal(ran.status, status);
    assert.equal(document.error.code, failure.code);
    const message = status === 130 ? "sign-in cancelled; nothing was stored" : failure.message;
    assert.match(ran.stderr, new RegExp(`^(?:error|Cause): ${message}\\b`, "m"));
    assert.equal(ran.httpClosed, true);
  }
});

Deno.test("a person who cancels is told so once", async () => {
  for (const message of ["cancelled", 'cancelled at the question "Well?"']) {
    const ran = await run([...LOGIN, "--format", "human"], {
      login: (plan) => ended(plan, cancelledFailure(message)),
    });
    assert.equal(ran.stderr, `error: sign-in ${message}; nothing was stored\n`);
  }
});

Deno.test("no account of the exchanges is offered where there was none", async () => {
  const taken = new Failure("port_taken", "port 8080 of --redirect-url is taken");
  const told = async (currentStep: "plan" | "registration") =>
    (await run([...LOGIN, "--format", "human"], {
      login: (plan) => ended(plan, taken, { currentStep }),
    })).stderr.includes("--debug-out");
  assert.deepEqual([await told("plan"), await told("registration")], [false, true]);
});

Deno.test("json: an unexpected error of a part is a document too, and the HTTP client is closed", async () => {
  const ran = await run(LOGIN, {
    login: () => Promise.reject(new TypeError("something broke")),
  });
  assert.equal(ran.status, 1);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual(documentFaults("oauth login", document), []);
  assert.equal(document.error.code, "internal_error");
  assert.equal(document.serverUrl, "https://mcp.example/mcp");
  assert.equal(ran.httpClosed, true);
});

Deno.test("a failed verification prints the credentials and is exit status 1", async () => {
  const login = (plan: LoginPlan) =>
    ended(plan, new Failure("verification_failed", "tools/list was refused"), {
      credentials: CREDENTIALS,
      currentStep: "verify_list_tools",
      verification: { listTools: { passed: false, durationMs: 12, error: "HTTP 401" } },
    });
  const document = await run([...LOGIN, "--verify-tools"], { login });
  assert.equal(document.status, 1);
  assert.deepEqual(documentFaults("oauth login", JSON.parse(document.stdout)), []);
  const text = await run([...LOGIN, "--verify-tools", "--format", "human"], { login });
  assert.equal(text.status, 1);
  assert.match(text.stdout, /but not every step succeeded/);
  assert.match(text.stdout, /canary-access-token/);
  assert.match(text.stdout, /Tools +failed after 12 ms: HTTP 401/);
  assert.match(text.stderr, /^Cause: tools\/list was refused/m);
});

/** What is shown of {@link REFUSED} alone. */
const ERROR_LINES = [
  "error: the server refused to register this client (registration_refused)",
  "Cause: the server answered HTTP 400 (RFC 7591 §3.2.2)",
  "Fix:   Register the client by hand",
];
const MORE = "More:  mcpass explain registration_refused";

Deno.test("human: a failure before a token leaves stdout empty", async () => {
  const ran = await run([...LOGIN, "--format", "human"], {
    login: (plan) => ended(plan, REFUSED, { findings: [finding("warning", "iss_missing")] }),
  });
  assert.equal(ran.status, 1);
  assert.equal(ran.stdout, "");
  assert.equal(
    ran.stderr,
    [
      ...ERROR_LINES,
      "       Record a trace; secrets are masked",
      "Try:   mcpass login https://mcp.example/mcp --debug-out mcpass-debug.json",
      MORE,
      "",
      'warning: something about "iss_missing" is not as it should be (iss_missing, RFC',
      "       8414 §3.3)",
      "Fix:   Server: change what makes iss_missing arise",
      "More:  mcpass explain iss_missing",
      "",
    ].join("\n"),
  );
});

Deno.test("human: --quiet leaves the error of a failure alone", async () => {
  const ran = await run([...LOGIN, "--format", "human", "--quiet"], {
    login: (plan) => ended(plan, REFUSED, { findings: [finding("warning", "iss_missing")] }),
  });
  assert.equal(ran.stderr, [...ERROR_LINES, MORE, ""].join("\n"));
});

Deno.test("one file by two spellings is refused before the first request", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sub`);
    await Deno.symlink(folder, `${folder}/link`);
    for (const other of [`${folder}/./x`, `${folder}/sub/../x`, `${folder}/link/x`]) {
      const files = ["--credentials-out", `${folder}/x`, "--debug-out", other];
      const ran = await run([...LOGIN, ...files]);
      assert.equal(ran.status, 2, other);
      assert.match(JSON.parse(ran.stdout).error.message, /name the same file/);
      assert.equal(ran.plan, undefined);
    }
    const two = ["--credentials-out", `${folder}/x`, "--debug-out", `${folder}/sub/x`];
    assert.equal((await run([...LOGIN, ...two])).status, 0);
  });
});

Deno.test("with --credentials-out no output holds a secret, and the file holds them all", async () => {
  await withFolder(async (folder) => {
    for (const format of ["json", "human"]) {
      for (
        const outcome of [
          succeeded,
          (plan: LoginPlan) =>
            ended(plan, new Failure("verification_failed", CANARIES.join(", ")), {
              credentials: CREDENTIALS,
            }),
        ]
      ) {
        const file = `${folder}/credentials.json`;
        const debug = `${folder}/debug.json`;
        const ran = await run(
          [
            ...[...LOGIN, "--credentials-out", file, "--debug-out", debug],
            ...["--format", format, "--verbose"],
          ],
          { login: leaky(outcome) },
        );
        const artifact = await Deno.readTextFile(debug);
        for (const canary of CANARIES) {
          assert.equal(ran.stdout.includes(canary), false, ran.stdout);
          assert.equal(ran.stderr.includes(canary), false, ran.stderr);
          assert.equal(artifact.includes(canary), false);
        }
        if (format === "json") {
          const { credentials } = JSON.parse(ran.stdout);
          const members = Object.keys(credentials.hidden);
          assert.deepEqual(members, ["accessToken", "refreshToken", "idToken", "clientSecret"]);
          for (const name of members) {
            assert.deepEqual([credentials[name], credentials.hidden[name]], [
              null,
              "--credentials-out",
            ]);
          }
        } else {
          assert.match(
            ran.stdout,
            /^Access token +in the credentials file \(mcpass token prints it\)$/m,
          );
        }
        assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), {
          version: 1,
          serverUrl: "https://mcp.example/mcp",
          accessToken: "canary-access-token",
          refreshToken: "canary-refresh-token",
          idToken: "canary-id-token",
          tokenType: "Bearer",
          expiresAt: "2026-08-01T01:00:00.000Z",
          scope: "read write",
          clientId: "client-1",
          clientSecret: "canary-client-secret",
          clientSecretSource: "issued",
          issuer: "https://as.example",
          resource: "https://mcp.example/mcp",
          tokenEndpoint: "https://as.example/token",
          tokenAuthMethod: "client_secret_basic",
          protocolVersion: "2026-07-28",
          authMode: "interactive",
          registration: "dcr",
          redirectUrl: null,
          obtainedAt: "2026-08-01T00:00:00.000Z",
          requestedScopes: ["read", "write"],
          headerNames: [],
        });
        if (Deno.build.os !== "windows") {
          assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
        }
      }
    }
  });
});

Deno.test("a secret too short for a mask is hidden, too", async () => {
  await withFolder(async (folder) => {
    const ran = await run([...LOGIN, "--credentials-out", `${folder}/c.json`], {
      login: (plan) => succeeded(plan, { credentials: { ...CREDENTIALS, clientSecret: "abc" } }),
    });
    assert.equal(JSON.parse(ran.stdout).credentials.clientSecret, null);
    assert.equal(ran.stdout.includes("abc"), false);
  });
});

Deno.test("without --credentials-out the credentials are shown, and nothing else repeats them", async () => {
  const document = JSON.parse((await run(LOGIN, { login: leaky(succeeded) })).stdout);
  assert.deepEqual(document.credentials, CREDENTIALS);
  const { credentials: _, ...rest } = document;
  for (const canary of CANARIES) assert.equal(JSON.stringify(rest).includes(canary), false);
  const human = await run([...LOGIN, "--format", "human"], { login: leaky(succeeded) });
  for (const canary of CANARIES) {
    assert.equal(human.stdout.split(canary).length, 2);
    assert.equal(human.stderr.includes(canary), false);
  }
});

Deno.test("the credentials file keeps the relaxations that a refresh needs", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/c.json`;
    const pair = "https://a.example=https://as.example";
    await run([
      ...[...LOGIN, "--credentials-out", file, "--trust-issuer", pair],
      ...["--trust-pkce", "https://as.example", "--resource", "none"],
    ]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(file)).relaxed, {
      trustIssuer: { expected: "https://a.example", announced: "https://as.example" },
      trustPkce: "https://as.example",
      resource: "none",
    });
  });
});

Deno.test("credentials that cannot be written fail the login and stay masked", async () => {
  const openOutputFile = (path: string) =>
    Promise.resolve({
      path,
      write: () =>
        Promise.reject(new Failure("output_not_written", `cannot write "${path}": disk full`)),
    });
  const ran = await run([...LOGIN, "--credentials-out", "c.json"], {
    replacements: { openOutputFile },
  });
  assert.equal(ran.status, 1);
  const document = JSON.parse(ran.stdout);
  assert.deepEqual(documentFaults("oauth login", document), []);
  assert.equal(document.error.code, "output_not_written");
  for (const canary of CANARIES) assert.equal((ran.stdout + ran.stderr).includes(canary), false);
});

Deno.test("a login that fails or is cancelled writes the artifact and no credentials", async () => {
  await withFolder(async (folder) => {
    for (const [failure, status] of [[REFUSED, 1], [cancelledFailure(), 130]] as const) {
      const ran = await run(
        [...LOGIN, "--debug-out", `${folder}/d.json`, "--credentials-out", `${folder}/c.json`],
        { login: (plan) => ended(plan, failure) },
      );
      assert.equal(ran.status, status);
      const artifact = JSON.parse(await Deno.readTextFile(`${folder}/d.json`));
      assert.equal(artifact.outcome.exitStatus, status);
      assert.equal(artifact.outcome.error.code, failure.code);
      await assert.rejects(Deno.stat(`${folder}/c.json`), Deno.errors.NotFound);
      await Deno.remove(`${folder}/d.json`);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});

Deno.test("an artifact names the headers and hides their values and every secret option", async () => {
  await withFolder(async (folder) => {
    const ran = await run([
      ...[...LOGIN, "--debug-out", `${folder}/d.json`, "--header", "X-Key: canary-header"],
      ...["--client-id", "a", "--client-secret", "canary-secret"],
      ...["--proxy", "http://u:canary-proxy@127.0.0.1:1"],
    ]);
    assert.equal(ran.status, 0);
    const text = await Deno.readTextFile(`${folder}/d.json`);
    assert.equal(text.includes("canary-"), false, text);
    const { clientId, header } = JSON.parse(text).command.options;
    assert.deepEqual({ clientId, header }, { clientId: "a", header: "[secret]" });
  });
});

Deno.test("nothing from a server can move the cursor, in text or in a document", async () => {
  const evil = "x\u001b[2J\u009b1m\u202eabc\u0007";
  const login = (plan: LoginPlan, deps: LoginDeps) => {
    deps.emit({ type: "note", at: 1, message: evil });
    deps.emit({ type: "step_started", step: "token", at: 1 });
    deps.emit({ type: "step_ended", step: "token", at: 2, status: "done", detail: evil });
    return succeeded(plan, {
      credentials: { ...CREDENTIALS, scope: evil, tokenType: evil },
      findings: [{ ...finding("warning", "token_error"), message: evil, remedy: evil }],
    });
  };
  for (const format of ["json", "human"]) {
    const ran = await run([...LOGIN, "--format", format], { login });
    // deno-lint-ignore no-control-regex
    const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
    assert.equal(unsafe.test(ran.stdout), false, JSON.stringify(ran.stdout));
    assert.equal(unsafe.test(ran.stderr), false, JSON.stringify(ran.stderr));
    if (format === "json") assert.equal(JSON.parse(ran.stdout).credentials.scope, evil);
  }
});

Deno.test("human: the result leads with the answer, findings worst first, the next command last", async () => {
  const ran = await run([...LOGIN, "--format", "human", "--quiet"], {
    login: (plan) =>
      succeeded(plan, {
        findings: [finding("info", "member_empty"), finding("warning", "iss_missing")],
        verification: {
          listTools: { passed: true, durationMs: 45, toolCount: 3 },
          callTool: { passed: true, durationMs: 1400, toolName: "echo" },
        },
      }),
  });
  assert.equal(
    ran.stdout,
    [
      "Signed in to https://mcp.example/mcp",
      "",
      "Access token   canary-access-token",
      "Refresh token  canary-refresh-token",
      "ID token       canary-id-token",
      "Token type     Bearer",
      "Expires        in 60 minutes (2026-08-01T01:00:00.000Z)",
      "Scope          read write",
      "Client         client-1 (registered dynamically, DCR)",
      "Client secret  canary-client-secret",
      "Issuer         https://as.example",
      "Resource       https://mcp.example/mcp",
      "Protocol       2026-07-28",
      "Tools          3 listed in 45 ms",
      "Tool call      echo answered in 1.4 s",
      "",
      'warning: something about "iss_missing" is not as it should be (iss_missing, RFC',
      "       8414 §3.3)",
      "Fix:   Server: change what makes iss_missing arise",
      "More:  mcpass explain iss_missing",
      'info: something about "member_empty" is not as it should be (member_empty, RFC',
      "       8414 §3.3)",
      "Fix:   Server: change what makes member_empty arise",
      "More:  mcpass explain member_empty",
      "",
      "Check that the server accepts the token:",
      "  mcpass login https://mcp.example/mcp --verify-tools",
      "",
    ].join("\n"),
  );
  assert.equal(ran.stderr, "");
});

Deno.test("human: a dry run shows the plan and how to go on", async () => {
  const ran = await run([...LOGIN, "--dry-run", "--format", "human"], {
    login: (plan) =>
      succeeded(plan, {
        credentials: null,
        plan: {
          issuer: "https://as.example",
          registration: "dcr",
          tokenAuthMethod: null,
          scope: "read",
          resource: "https://mcp.example/mcp",
          endpoints: {
            authorization: "https://as.example/authorize",
            token: "https://as.example/token",
            registration: "https://as.example/register",
          },
        },
      }),
  });
  assert.equal(ran.status, 0);
  assert.match(ran.stdout, /^Would sign in to https:\/\/mcp\.example\/mcp\n/);
  assert.match(
    ran.stdout,
    /^Client +the stored registration, else dynamic registration/m,
  );
  assert.match(ran.stdout, /Sign in:\n {2}mcpass login https:\/\/mcp\.example\/mcp\n$/);
  assert.doesNotMatch(ran.stderr, /nothing is stored/);
});

Deno.test("human: narrow terminals get narrow lines, exact values stay whole", async () => {
  const login = (plan: LoginPlan) =>
    succeeded(plan, {
      credentials: {
        ...CREDENTIALS,
        accessToken: "a".repeat(200),
        clientSecret: "two  spaces and a very long tail of words that never end",
      },
      findings: Array.from({ length: 9 }, () => finding("warning", "iss_missing")),
    });
  for (const columns of [40, 80]) {
    const ran = await run([...LOGIN, "--no-color"], { terminal: true, columns, login });
    const long = ran.stdout.split("\n").filter((line) => line.length > columns);
    const exact = /^(Access token|Client secret|Expires)|^ {2}mcpass|^ +\(?[\d:.TZ-]+\)$/;
    assert.deepEqual(long.filter((line) => !exact.test(line)), []);
    assert.ok(ran.stdout.includes("a".repeat(200)));
    assert.ok(ran.stdout.includes("two  spaces and a very long tail of words that never end"));
    assert.match(ran.stdout, /and 3 more; --format json lists them all/);
  }
});

Deno.test("the line to run again leaves secrets out and quotes what a shell would read", async () => {
  const ran = await run(
    [
      ...[...LOGIN, "--format", "human", "--client-id", "it's", "--client-secret", "canary"],
      ...["--header", "X-Key: canary", "--scopes", "a b", "--print-url"],
    ],
  );
  const line = "mcpass login https://mcp.example/mcp --client-id 'it'\\''s' " +
    "--scopes 'a b' --print-url --verify-tools";
  assert.ok(ran.stdout.includes(`\n  ${line}\n`), ran.stdout);
  assert.match(
    flat(ran.stdout),
    /, with MCPASS_(CLIENT_SECRET|HEADER) and MCPASS_(CLIENT_SECRET|HEADER) set:/,
  );
});

Deno.test("human: the finding that ended the login is told once", async () => {
  const own = {
    ...finding("error", "registration_refused"),
    message: REFUSED.message,
    remedy: "Register the client by hand",
  };
  const ran = await run([...LOGIN, "--format", "human"], {
    login: (plan) => ended(plan, REFUSED, { findings: [own] }),
  });
  assert.equal(ran.stderr.split("Register the client by hand").length, 2);
});

Deno.test("a printed command has the proxy, or its variable if it has a password", async () => {
  const login = (plan: LoginPlan) => ended(plan, REFUSED);
  const args = ["oauth", "login", "--url", "https://mcp.example/mcp", "--auth-mode", "headless"];
  const open = await run([...args, "--proxy", "http://127.0.0.1:9"], { login });
  assert.match(open.stderr, /^Try: +mcpass .*--proxy http:\/\/127\.0\.0\.1:9 /m);
  const secret = await run([...args, "--proxy", "http://me:pass-4711@127.0.0.1:9"], { login });
  assert.match(secret.stderr, /masked, with MCPASS_PROXY set\nTry: +mcpass /);
  assert.doesNotMatch(secret.stderr, /pass-4711|--proxy/);
});

Deno.test("a token that had expired when it was issued is shown as that", async () => {
  const credentials = { ...CREDENTIALS, expiresIn: -5 };
  const login = (plan: LoginPlan) => succeeded(plan, { credentials });
  const { stdout } = await run([...LOGIN, "--auth-mode", "headless", "--format", "human"], {
    login,
  });
  assert.match(stdout, /^Expires +5 seconds ago/m);
});
