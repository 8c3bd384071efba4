import assert from "node:assert/strict";
import { startFakeLab, startLab } from "../../../lab/shapes.ts";
import type { FakeLabOptions } from "../../../lab/fake_lab.ts";
import { formOf, sequence } from "../../../lab/journal.ts";
import { DEVICE_GRANT, type PollWord } from "../../../lab/fake_device.ts";
import type { Ran, Setup } from "../../fake_runtime.ts";
import { personElsewhere } from "../../person_elsewhere.ts";
import { flat, openHome } from "../../real_run.ts";

const DEVICE = ["oauth", "login", "--auth-mode", "device", "--format", "json"];

/** A clock that only waiting moves, and the waits in seconds. */
function virtualTime(): { readonly waits: number[]; readonly setup: Setup } {
  let at = Date.now();
  const waits: number[] = [];
  return {
    waits,
    setup: {
      now: () => at,
      sleep(ms, signal) {
        waits.push(ms / 1000);
        at += ms;
        return signal.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve();
      },
    },
  };
}

interface DeviceRun {
  readonly ran: Ran;
  readonly waits: readonly number[];
  readonly document: {
    readonly completed: boolean;
    readonly authMode: string;
    readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
    readonly findings: readonly { readonly code: string; readonly message: string }[];
    readonly credentials: { readonly accessToken: string; readonly refreshToken: string } | null;
  };
  readonly requests: readonly string[];
}

/** One login by device code at a hand-made server. */
async function deviceRun(
  options: FakeLabOptions,
  args: readonly string[] = [],
  setup: Setup = {},
): Promise<DeviceRun> {
  await using lab = await startFakeLab(options);
  await using home = await openHome();
  const time = virtualTime();
  const ran = await home.run([...DEVICE, "--url", lab.mcpUrl, ...args], {
    ...time.setup,
    ...setup,
  });
  const requests = sequence(lab.requests);
  return { ran, waits: time.waits, document: JSON.parse(ran.stdout), requests };
}

const polls = (words: readonly PollWord[]): FakeLabOptions => ({ device: words });
const tokenRequests = (lines: readonly string[]) => lines.filter((it) => / \/token /.test(it));

Deno.test("a device code: registered for the grant, shown, polled at the server's pace, kept", async () => {
  await using lab = await startFakeLab({
    device: ["authorization_pending", "authorization_pending", "approved"],
  });
  await using home = await openHome();
  const time = virtualTime();
  const ran = await home.run([...DEVICE, "--url", lab.mcpUrl, "--scopes", "mcp:read"], time.setup);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(time.waits, [7, 7, 7]);
  const { credentials, redirectUrl, authMode } = JSON.parse(ran.stdout);
  assert.deepEqual([authMode, redirectUrl], ["device", null]);
  assert.ok(credentials.refreshToken);
  assert.deepEqual(lab.as.complaints.filter((it) => !it.includes("authorization_pending")), []);
  const registration = JSON.parse(
    lab.requests.find(({ path }) => path === "/register")?.body ?? "{}",
  );
  assert.deepEqual(registration.grant_types, [DEVICE_GRANT, "refresh_token"]);
  const asked = formOf(lab.requests.find(({ path }) => path === "/device") ?? { body: "" });
  assert.deepEqual([...asked.keys()].sort(), ["client_id", "resource", "scope"]);
  assert.equal(asked.get("resource"), lab.mcpUrl);
  const polled = lab.requests.filter(({ path }) => path === "/token").map(formOf);
  assert.deepEqual(polled.map((form) => form.get("grant_type")), Array(3).fill(DEVICE_GRANT));
  assert.ok(polled.every((form) => form.get("resource") === lab.mcpUrl));
  const said = flat(ran.stderr);
  assert.match(said, /\/activate and enter the code: WDJB-MJHT/);
  assert.match(said, /\/activate\?user_code=WDJB-MJHT/);
  assert.match(said, /access to "http:\/\/127\.0\.0\.1:\d+\/mcp" with the scope "mcp:read/);
  assert.match(said, /Approve only if you started this sign-in/);
  const status = JSON.parse(
    (await home.run(["oauth", "status", "--format", "json"])).stdout,
  );
  assert.deepEqual(
    [status.entries[0].authMode, status.entries[0].renewable],
    ["device", true],
  );
  const token = await home.run(["oauth", "refresh", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(token.status, 0, token.stderr);
});

Deno.test("slow_down lengthens the interval for good, each time", async () => {
  const { ran, waits } = await deviceRun(
    polls(["slow_down", "slow_down", "slow_down", "authorization_pending", "approved"]),
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(waits, [7, 12, 17, 22, 22]);
});

Deno.test("a denied device code ends the login without another request", async () => {
  const { ran, document, requests } = await deviceRun(
    polls(["authorization_pending", "access_denied"]),
  );
  assert.equal(ran.status, 1);
  assert.equal(document.error?.code, "device_denied");
  assert.equal(tokenRequests(requests).length, 2);
  assert.deepEqual(document.findings.map(({ code }) => code), ["device_denied"]);
});

Deno.test("a device code that the server calls expired ends the login", async () => {
  const { ran, document } = await deviceRun(polls(["expired_token"]));
  assert.equal(ran.status, 1);
  assert.equal(document.error?.code, "device_code_expired");
  assert.match(document.error?.remedy ?? "", /for a new code/);
});

Deno.test("a device code is not polled beyond its own lifetime", async () => {
  const { document, waits, requests } = await deviceRun({
    ...polls(["authorization_pending"]),
    deviceResponse: ({ body }) => ({ body: { ...body, expires_in: 10, interval: 4 } }),
  });
  assert.equal(document.error?.code, "device_code_expired");
  assert.deepEqual(waits, [4, 4, 2]);
  assert.equal(tokenRequests(requests).length, 2);
});

Deno.test("--consent-timeout bounds the wait for the approval", async () => {
  const { document, waits } = await deviceRun(polls(["authorization_pending"]), [
    "--consent-timeout",
    "20000",
  ]);
  assert.equal(document.error?.code, "consent_timeout");
  assert.match(document.error?.message ?? "", /nobody approved the sign-in within 20 s/);
  assert.deepEqual(waits, [7, 7, 6]);
});

Deno.test("a token endpoint that fails for a while is polled at doubled intervals", async () => {
  let failures = 0;
  const { ran, waits } = await deviceRun({
    ...polls(["approved"]),
    token: ({ body }) =>
      failures++ < 2 ? { status: 503, body: "busy" } : {
        headers: [["cache-control", "no-store"]],
        body: {
          access_token: "at-later",
          token_type: "Bearer",
          expires_in: 60,
          ...body.error ? {} : body,
        },
      },
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(waits, [7, 14, 28]);
});

Deno.test("a poll without an answer is made again, later each time", async () => {
  await using lab = await startFakeLab(polls(["approved"]));
  await using home = await openHome();
  const time = virtualTime();
  const honest = lab.asServer.routes["POST /token"];
  let cut = 0;
  lab.asServer.routes["POST /token"] = async (request, raw) => {
    if (cut++ < 2) return;
    return typeof honest === "function" ? await honest(request, raw) : honest;
  };
  const ran = await home.run([...DEVICE, "--url", lab.mcpUrl], time.setup);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(time.waits, [7, 14, 28]);
  assert.match(flat(ran.stderr), /did not respond .* mcpass asks again later/);
});

Deno.test("Ctrl-C while waiting for the approval: exit 130, one document, no further poll", async () => {
  const controller = new AbortController();
  const { ran, document, requests } = await deviceRun(polls(["authorization_pending"]), [], {
    signal: controller.signal,
    sleep: (_, signal) => {
      controller.abort();
      return signal.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve();
    },
  });
  assert.equal(ran.status, 130);
  assert.equal(document.error?.code, "cancelled");
  assert.deepEqual(tokenRequests(requests), []);
});

for (
  const [uri, why] of [
    ["javascript:alert(1)", "neither https nor http on loopback"],
    ["http://as.example/activate", "neither https nor http on loopback"],
    ["https://good.example@evil.example/", "contains user info"],
    ["https://as.example/\u001b[2J", "control characters"],
  ] as const
) {
  Deno.test(`nobody is sent to the verification_uri ${JSON.stringify(uri)}`, async () => {
    const { ran, document, requests } = await deviceRun({
      ...polls(["approved"]),
      deviceResponse: ({ body }) => ({ body: { ...body, verification_uri: uri } }),
    });
    assert.equal(ran.status, 1);
    assert.equal(document.error?.code, "verification_uri_refused");
    assert.match(document.error?.message ?? "", new RegExp(why));
    assert.deepEqual(tokenRequests(requests), []);
    assert.ok(!ran.stderr.includes("enter the code"));
    assert.ok(!ran.stderr.includes("\u001b[2J"));
  });
}

Deno.test("an unusable verification_uri_complete is left out, with a finding", async () => {
  const { ran, document } = await deviceRun({
    ...polls(["approved"]),
    deviceResponse: ({ body }) => ({
      body: { ...body, verification_uri_complete: "file:///etc/passwd" },
    }),
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(
    document.findings.map(({ code }) => code),
    ["verification_uri_complete_unusable"],
  );
  assert.doesNotMatch(ran.stderr.replace(/warning.*/s, ""), /has the code in it/);
});

Deno.test("what deviates in the answer is named and taken as meant", async () => {
  const { ran, document, waits } = await deviceRun({
    ...polls(["approved"]),
    deviceResponse: ({ body: { verification_uri, expires_in: _, ...body } }) => ({
      body: { ...body, verification_url: verification_uri, interval: -3 },
    }),
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(waits, [5]);
  const messages = document.findings.map(({ code, message }) => `${code} ${message}`);
  for (const word of ["verification_url", "expires_in", "interval -3"]) {
    assert.ok(
      messages.some((it) => it.startsWith("device_answer_deviates") && it.includes(word)),
      word,
    );
  }
});

Deno.test("a poll each fraction of a second is a flood that no server gets", async () => {
  const { document, waits } = await deviceRun({
    ...polls(["authorization_pending", "approved"]),
    deviceResponse: ({ body }) => ({ body: { ...body, interval: 0.001 } }),
  });
  assert.deepEqual(waits, [5, 5]);
  assert.match(document.findings[0]?.message ?? "", /has the interval 0\.001; mcpass uses 5 s/);
});

Deno.test("an interval that lets the wait end before the first poll: nobody is asked to approve", async () => {
  const { ran, document, requests } = await deviceRun({
    ...polls(["approved"]),
    deviceResponse: ({ body }) => ({ body: { ...body, interval: 1e7 } }),
  });
  assert.equal(ran.status, 1);
  assert.equal(document.error?.code, "device_interval_too_long");
  assert.match(document.error?.message ?? "", /10000000 s between two polls, .* 300 s at most/);
  assert.doesNotMatch(ran.stderr, /enter the code/);
  assert.deepEqual(tokenRequests(requests), []);
});

Deno.test("an answer without a code: which members are missing", async () => {
  const { document } = await deviceRun({
    ...polls(["approved"]),
    deviceResponse: () => ({ body: { user_code: "ABCD" } }),
  });
  assert.equal(document.error?.code, "device_answer_invalid");
  assert.match(document.error?.message ?? "", /has no "device_code", "verification_uri"/);
});

Deno.test("a client that may not use the grant: what the operator has to change", async () => {
  const { ran, document } = await deviceRun({
    ...polls(["approved"]),
    clients: [{ clientId: "plain", grantTypes: ["authorization_code"] }],
  }, ["--client-id", "plain"]);
  assert.equal(ran.status, 1);
  assert.equal(document.error?.code, "device_request_refused");
  assert.match(document.error?.remedy ?? "", /device_code.* to the grant types/);
});

Deno.test("a server without the grant: said before anything is registered", async () => {
  const { document, requests } = await deviceRun({});
  assert.equal(document.error?.code, "endpoint_missing");
  assert.match(document.error?.message ?? "", /device_authorization_endpoint/);
  assert.match(document.error?.remedy ?? "", /another --auth-mode/);
  assert.ok(!requests.some((line) => line.includes("/register")));
});

Deno.test("--dry-run shows where the code would be asked for, and asks for none", async () => {
  await using lab = await startFakeLab(polls(["approved"]));
  await using home = await openHome();
  const ran = await home.run([...DEVICE, "--url", lab.mcpUrl, "--dry-run"]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(JSON.parse(ran.stdout).plan.endpoints.authorization, /\/device$/);
  assert.ok(!sequence(lab.requests).some((line) => line.startsWith("as POST")));
});

Deno.test("the codes stand in the prompt and nowhere else", async () => {
  await using lab = await startFakeLab({
    ...polls(["authorization_pending", "approved"]),
    deviceResponse: ({ body }) => ({
      body: {
        ...body,
        message: `Enter ${body.user_code}, and keep ${body.device_code} to yourself`,
      },
    }),
  });
  await using home = await openHome();
  const out = `${home.path}/debug.json`;
  const ran = await home.run(
    [...DEVICE, "--url", lab.mcpUrl, "--verbose", "--debug-out", out],
    virtualTime().setup,
  );
  assert.equal(ran.status, 0, ran.stderr);
  const artifact = await Deno.readTextFile(out);
  const device = lab.requests.map((it) => formOf(it).get("device_code")).find(Boolean) ?? "?";
  assert.match(artifact, /device_authorization_endpoint/);
  for (const text of [artifact, ran.stdout]) {
    assert.ok(!text.includes("WDJB-MJHT"));
    assert.ok(!text.includes(device));
  }
  assert.ok(!ran.stderr.includes(device));
  // The code, and the URI with the code: in the text, and in the line for programs.
  assert.equal(ran.stderr.split("WDJB-MJHT").length, 5);
});

Deno.test("a square for a camera on a terminal that has room, and on nothing else", async () => {
  const shown = async (setup: Setup, args: readonly string[] = []) =>
    (await deviceRun(polls(["approved"]), args, setup)).ran.stderr;
  const wide = await shown({ terminal: true, columns: 100 });
  assert.ok(wide.split("\u001b").some((part) => /^\[97;40m[█▀▄ ]{20,}$/.test(part)));
  assert.match(await shown({ terminal: true, columns: 100 }, ["--no-color"]), /\n[█▀▄ ]{20,}\n/);
  assert.doesNotMatch(await shown({ terminal: true, columns: 20 }), /█/);
  assert.doesNotMatch(await shown({ terminal: false, columns: 100 }), /█/);
});

Deno.test("an address too long for a square is written, and not drawn", async () => {
  const long = `https://as.example/${"a".repeat(6000)}`;
  const { ran } = await deviceRun(
    {
      ...polls(["approved"]),
      deviceResponse: ({ body }) => ({ body: { ...body, verification_uri_complete: long } }),
    },
    [],
    { terminal: true, columns: 400 },
  );
  assert.equal(ran.status, 0, ran.stdout);
  assert.ok(ran.stderr.includes(long));
  assert.doesNotMatch(ran.stderr, /█/);
});

Deno.test("a person elsewhere approves at a real server; refreshed, revoked", async () => {
  await using lab = await startLab({ as: { device: true, accessTokens: "opaque" } });
  await using home = await openHome();
  const ran = await home.run(
    [...DEVICE, "--url", lab.mcpUrl, "--scopes", "mcp:read"],
    personElsewhere("allow"),
  );
  assert.equal(ran.status, 0, ran.stderr + ran.stdout);
  const again = await home.run(["oauth", "refresh", "--url", lab.mcpUrl]);
  assert.equal(again.status, 0, again.stderr);
  const tools = await home.run(["tools", "list", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(tools.status, 0, tools.stderr);
  const out = await home.run(["oauth", "logout", "--url", lab.mcpUrl, "--format", "json"]);
  assert.equal(out.status, 0, out.stderr);
  assert.match(out.stdout, /"refreshToken": true,\s+"accessToken": true/);
});

Deno.test("a person elsewhere denies at a real server", async () => {
  await using lab = await startLab({ as: { device: true } });
  await using home = await openHome();
  const ran = await home.run([...DEVICE, "--url", lab.mcpUrl], personElsewhere("deny"));
  assert.equal(ran.status, 1);
  assert.equal(JSON.parse(ran.stdout).error.code, "device_denied");
});
