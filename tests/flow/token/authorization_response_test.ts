import assert from "node:assert/strict";
import { formOf, headerOf } from "../../lab/journal.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { openHeadlessConsent } from "../../../src/consent/headless_consent.ts";
import { runLogin } from "../harness.ts";

/** True when a token request was made. */
function exchanged(requests: readonly { readonly path: string }[]): boolean {
  return requests.some((request) => request.path === "/token");
}

const REFUSED: readonly {
  readonly name: string;
  readonly change: (parameters: Record<string, string>) => Record<string, string>;
  readonly iss?: false;
  readonly code: string;
}[] = [
  { name: "without state", change: ({ state: _, ...rest }) => rest, code: "state_mismatch" },
  {
    name: "with another state",
    change: (sent) => ({ ...sent, state: `${sent["state"]}x` }),
    code: "state_mismatch",
  },
  {
    name: "with a foreign iss",
    change: (sent) => ({ ...sent, iss: "https://evil.example" }),
    code: "iss_mismatch",
  },
  {
    name: "with a slash after iss",
    change: (sent) => ({ ...sent, iss: `${sent["iss"]}/` }),
    code: "iss_mismatch",
  },
  {
    name: "without the announced iss",
    change: ({ iss: _, ...rest }) => rest,
    code: "iss_missing",
  },
  {
    name: "with an iss that was not announced and is foreign",
    change: (sent) => ({ ...sent, iss: "https://evil.example" }),
    iss: false,
    code: "iss_mismatch",
  },
  {
    name: "with neither code nor error",
    change: ({ code: _, ...rest }) => rest,
    code: "callback_invalid",
  },
];

for (const { name, change, iss, code } of REFUSED) {
  Deno.test(`an authorization response ${name} leads to no token request`, async () => {
    await using lab = await startFakeLab({
      authorizationResponse: change,
      metadata: (document) => ({
        ...document,
        authorization_response_iss_parameter_supported: iss !== false,
      }),
    });
    const { result } = await runLogin({ serverUrl: lab.mcpUrl });
    assert.equal(result.completed, false);
    assert.equal(result.error?.code, code);
    assert.equal(exchanged(lab.requests), false);
    assert.ok(result.findings.some((finding) => finding.severity === "error"));
  });
}

Deno.test("an error redirect with the right iss is shown with the server's words", async () => {
  await using lab = await startFakeLab({
    authorizationResponse: ({ state = "", iss = "" }) => ({
      error: "access_denied",
      error_description: "the moon is full",
      state,
      iss,
    }),
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "authorization_error");
  assert.match(result.error?.message ?? "", /access_denied.*the moon is full/);
  assert.equal(exchanged(lab.requests), false);
});

Deno.test("an error redirect with a wrong iss is refused, and nothing it says is shown", async () => {
  await using lab = await startFakeLab({
    authorizationResponse: ({ state = "" }) => ({
      error: "access_denied",
      error_description: "call 555-0100 to unlock",
      state,
      iss: "https://evil.example",
    }),
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.equal(result.error?.code, "iss_mismatch");
  assert.doesNotMatch(JSON.stringify(result), /555-0100|access_denied/);
});

Deno.test("the token request carries redirect_uri, verifier and resource, and nothing twice", async () => {
  await using lab = await startFakeLab();
  const { result } = await runLogin({ serverUrl: lab.mcpUrl });
  assert.deepEqual(result.error, undefined);
  const authorization = lab.requests.find((request) => request.path === "/authorize")?.query;
  const token = lab.requests.find((request) => request.path === "/token");
  assert.ok(authorization && token);
  const form = formOf(token);
  assert.deepEqual([...form.keys()].sort(), [
    "client_id",
    "code",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "resource",
  ]);
  assert.equal(form.get("redirect_uri"), authorization.get("redirect_uri"));
  assert.equal(form.get("resource"), authorization.get("resource"));
  assert.equal(headerOf(token, "authorization"), undefined);
  assert.deepEqual([...authorization.keys()].sort(), [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "resource",
    "response_type",
    "state",
  ]);
  assert.deepEqual(lab.as.complaints, []);
});

Deno.test("two logins never share a state or a verifier", async () => {
  await using lab = await startFakeLab();
  await runLogin({ serverUrl: lab.mcpUrl });
  await runLogin({ serverUrl: lab.mcpUrl });
  const states = lab.requests.map((request) => request.query.get("state")).filter(Boolean);
  const verifiers = lab.requests.map((request) => formOf(request).get("code_verifier"))
    .filter(Boolean);
  assert.equal(states.length, 2);
  assert.equal(new Set(states).size, 2);
  assert.equal(new Set(verifiers).size, 2);
});

Deno.test("a secret with reserved characters is form-encoded in Basic credentials", async () => {
  const clientSecret = "a b:c%d+e&f=é/?";
  const clientId = "client:with reserved%";
  await using lab = await startFakeLab({
    clients: [{ clientId, clientSecret, authMethod: "client_secret_basic" }],
  });
  const { result } = await runLogin({ serverUrl: lab.mcpUrl, clientId, clientSecret });
  assert.deepEqual(result.error, undefined);
  const token = lab.requests.find((request) => request.path === "/token");
  const basic = headerOf(token ?? { headers: [] }, "authorization")?.slice("Basic ".length) ?? "";
  const [id = "", secret = ""] = new TextDecoder().decode(Uint8Array.fromBase64(basic)).split(":");
  const decode = (text: string) => new URLSearchParams(`v=${text}`).get("v");
  assert.equal(decode(id), clientId);
  assert.equal(decode(secret), clientSecret);
  assert.equal(formOf(token ?? { body: "" }).has("client_secret"), false);
});

Deno.test("a bare code is taken where no iss is announced, with a warning about its state", async () => {
  await using lab = await startFakeLab({
    metadata: ({ authorization_response_iss_parameter_supported: _, ...document }) => document,
    authorizationResponse: ({ iss: _, ...parameters }) => parameters,
  });
  const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl }, {
    openConsent({ http, secrets }) {
      const headless = openHeadlessConsent({
        serverUrl: lab.mcpUrl,
        ...{ http, secrets },
        interactiveCommand: { line: "mcpass login" },
      });
      return Promise.resolve({
        ...headless,
        async obtain(request) {
          const { parameters } = await headless.obtain(request);
          const code = parameters.filter(([name]) => name === "code");
          return { parameters: code, via: "paste", bare: true };
        },
      });
    },
  });
  assert.equal(result.completed, true, result.error?.message);
  assert.ok(codes.includes("state_unchecked"), codes.join(" "));
});
