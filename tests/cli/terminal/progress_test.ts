import assert from "node:assert/strict";
import { Failure } from "../../../src/core/failure.ts";
import type { Exchange } from "../../../src/core/exchange.ts";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import type { LoginDeps } from "../../../src/flow/login/login.ts";
import { ended, run, succeeded } from "../fake_runtime.ts";

const LOGIN = ["login", "--url", "https://mcp.example/mcp", "--no-store"];

const EXCHANGE: Exchange = {
  id: 1,
  step: "token",
  purpose: "token",
  startedAt: "2026-08-01T00:00:00.000Z",
  durationMs: 12,
  request: {
    method: "POST",
    url: "https://as.example/token",
    headers: [["authorization", "Basic canary"]],
    body: "grant_type=authorization_code&code=canary-code",
  },
  response: {
    status: 200,
    statusText: "OK",
    headers: [],
    body: '{"access_token":"canary-token"}',
    bodyBytes: 31,
    truncated: false,
  },
  fault: null,
  redirectOf: null,
};

function login(plan: LoginPlan, deps: LoginDeps) {
  deps.emit({ type: "step_started", step: "registration", at: 1000 });
  deps.emit({ type: "step_ended", step: "registration", at: 1012, status: "done", detail: "dcr" });
  deps.emit({ type: "step_started", step: "token", at: 2000 });
  deps.emit({ type: "exchange", exchange: EXCHANGE });
  deps.emit({ type: "note", at: 2001, message: "the older sequence is taken" });
  deps.emit({ type: "step_ended", step: "token", at: 3500, status: "failed" });
  return succeeded(plan);
}

Deno.test("progress is one line a step, with its outcome and its time", async () => {
  assert.equal(
    (await run(LOGIN, { login })).stderr,
    "Obtaining a client ID ... done (12 ms): dcr\n" +
      "Requesting the token ...\n" +
      "  the older sequence is taken\n" +
      "  failed (1.5 s)\n",
  );
});

Deno.test("--verbose adds one line an exchange, without its secrets", async () => {
  const { stderr } = await run([...LOGIN, "--verbose"], { login });
  assert.equal(
    stderr.split("\n")[2],
    "  -> POST https://as.example/token  200  12 ms  (token, token)",
  );
  assert.equal(stderr.includes("canary"), false);
});

Deno.test("while a device is waited for, progress says that a person has to approve", async () => {
  const { stderr } = await run(LOGIN, {
    login: (plan, deps) => {
      deps.emit({ type: "step_started", step: "token", at: 0 });
      deps.emit({ type: "waiting", at: 1000, until: 601_000 });
      deps.emit({ type: "step_ended", step: "token", at: 9000, status: "done" });
      return succeeded(plan);
    },
  });
  assert.equal(
    stderr,
    "Requesting the token ...\n  waiting for a person to approve, 10 min at most\n  done (9.0 s)\n",
  );
});

Deno.test("a terminal that knows no escape sequences gets lines", async () => {
  const { stderr } = await run(LOGIN, {
    login,
    stderrIsTerminal: true,
    env: { TERM: "dumb", NO_COLOR: "1" },
  });
  assert.match(stderr, /^Obtaining a client ID \.\.\. done \(12 ms\): dcr\n/);
  assert.equal(stderr.includes("\x1b"), false);
});

Deno.test("who was asked stands beside how long it took", async () => {
  const { stderr } = await run(LOGIN, {
    login: (plan, deps) => {
      deps.emit({ type: "step_started", step: "token", at: 0 });
      for (const host of ["as.example", "b.example", "c.example"]) {
        deps.emit({ type: "request_started", at: 0, method: "GET", url: `https://${host}/x` });
      }
      deps.emit({ type: "step_ended", step: "token", at: 9, status: "done" });
      return succeeded(plan);
    },
  });
  assert.equal(
    stderr,
    "Requesting the token ... done (as.example, b.example and 1 more, 9 ms)\n",
  );
});

Deno.test("--quiet says nothing, but what consent writes gets through", async () => {
  const ran = await run([...LOGIN, "--quiet", "--print-url"], {
    login: async (plan, deps) => {
      await deps.openConsent(undefined);
      return login(plan, deps);
    },
    replacements: {
      openInteractiveConsent: ({ io, printUrl }) => {
        io.err(`open ${printUrl}\n`);
        return Promise.reject(new Error("enough"));
      },
    },
  });
  assert.match(
    ran.stderr,
    /^open true\nerror: unexpected error \(internal_error\)\nCause: enough\n/,
  );
  assert.equal((await run([...LOGIN, "--quiet"], { login })).stderr, "");
});

Deno.test("what follows a step that never ended starts on a line of its own", async () => {
  const ran = await run(LOGIN, {
    login: (plan, deps) => {
      deps.emit({ type: "step_started", step: "token", at: 1 });
      return ended(plan, new Failure("mcp_error", "it broke"));
    },
  });
  assert.match(ran.stderr, /^Requesting the token \.\.\.\nerror: /);
});

Deno.test("a server that echoes the client secret does not get it shown", async () => {
  const ran = await run([...LOGIN, "--client-id", "a"], {
    env: { MCPASS_CLIENT_SECRET: "canary-secret" },
    login: (plan, deps) => {
      deps.emit({ type: "note", at: 1, message: "you sent canary-secret" });
      return succeeded(plan);
    },
  });
  assert.match(ran.stderr, /you sent \[masked/);
});

Deno.test("what consent writes starts on a line of its own", async () => {
  const ran = await run(
    [...LOGIN, "--browser", "firefox", "--redirect-url", "http://localhost/x"],
    {
      login: async (plan, deps) => {
        const consent = await deps.openConsent(plan.redirectUrl);
        deps.emit({ type: "step_started", step: "authorization", at: 1 });
        await consent.close();
        deps.emit({ type: "step_ended", step: "authorization", at: 2, status: "done" });
        return succeeded(plan);
      },
      replacements: {
        openInteractiveConsent: ({ io, redirectUrl, browser, command }) =>
          Promise.resolve({
            redirectUri: "http://localhost/x",
            obtain: () => Promise.reject(new Error()),
            showOutcome() {},
            close: () => {
              io.err(`${redirectUrl} ${browser} ${command.line}\n`);
              return Promise.resolve();
            },
          }),
      },
    },
  );
  assert.equal(
    ran.stderr,
    "Requesting authorization ...\n" +
      "http://localhost/x firefox mcpass login https://mcp.example/mcp --no-store " +
      "--browser firefox --redirect-url http://localhost/x\n" +
      "Requesting authorization ... done (1 ms)\n",
  );
});

Deno.test("colours follow the stream, NO_COLOR, --no-color, TERM and FORCE_COLOR", async () => {
  const coloured = async (args: string[], env: Record<string, string>, terminal: boolean) =>
    (await run([...LOGIN, ...args], { login, env, terminal, stdinIsTerminal: false })).stderr
      .includes("\x1b[");
  assert.equal(await coloured([], {}, true), true);
  assert.equal(await coloured([], {}, false), false);
  assert.equal(await coloured([], { NO_COLOR: "1" }, true), false);
  assert.equal(await coloured([], { NO_COLOR: "" }, true), true);
  assert.equal(await coloured(["--no-color"], { FORCE_COLOR: "1" }, true), false);
  assert.equal(await coloured([], { TERM: "dumb" }, true), false);
  assert.equal(await coloured([], { FORCE_COLOR: "1" }, false), true);
  assert.equal(await coloured([], { FORCE_COLOR: "0" }, true), false);
});
