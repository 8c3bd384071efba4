import assert from "node:assert/strict";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import type { Answer } from "../../lab/scripted_server.ts";
import { flat, type Home, openHome } from "../real_run.ts";

const WORDS = "the quota of this tenant is used up";

/** Bodies of products. */
const BODIES: Readonly<Record<string, Answer>> = {
  "FastAPI's detail": { status: 422, body: { detail: [{ loc: ["body", "x"], msg: WORDS }] } },
  "an array": { status: 422, body: [{ logref: "1", message: WORDS }] },
  "a page": {
    status: 422,
    headers: [["content-type", "text/html"]],
    body: `<html><head><title>${WORDS}</title></head><body></body></html>`,
  },
};

interface Endpoint {
  readonly lab?: FakeLabOptions;
  /** True to sign in before the endpoint refuses. */
  readonly isSignedIn?: true;
  refuse(lab: FakeLab, answer: Answer): unknown;
  /** Default: a headless login. */
  readonly args?: readonly string[];
  readonly more?: readonly string[];
}

const route = (name: string) => (lab: FakeLab, answer: Answer) =>
  lab.asServer.routes[name] = answer;

const LOGIN = ["oauth", "login", "--auth-mode", "headless"];

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  "the first response": { lab: { prm: false }, refuse: (lab, it) => lab.mcp.intercept(() => it) },
  "authorization server metadata": {
    refuse: route("GET /.well-known/oauth-authorization-server"),
  },
  registration: { refuse: route("POST /register") },
  authorization: { refuse: route("GET /authorize") },
  "a pushed request": {
    lab: {
      metadata: (document) => ({
        ...document,
        pushed_authorization_request_endpoint: `${document["issuer"]}/par`,
      }),
    },
    refuse: route("POST /par"),
    more: ["--par"],
  },
  "device authorization": {
    lab: { device: ["approved"] },
    refuse: route("POST /device"),
    args: ["oauth", "login", "--auth-mode", "device"],
  },
  token: { refuse: route("POST /token") },
  refresh: { isSignedIn: true, refuse: route("POST /token"), args: ["oauth", "refresh"] },
  revocation: { isSignedIn: true, refuse: route("POST /token"), args: ["oauth", "logout"] },
  "a list of tools": {
    isSignedIn: true,
    refuse: (lab, it) =>
      lab.mcp.intercept(({ body }) => body.includes("tools/list") ? it : undefined),
    args: ["tools", "list"],
    more: ["--protocol-version", "2026-07-28"],
  },
  verification: {
    refuse: (lab, it) =>
      lab.mcp.intercept((request) =>
        headerOf(request, "authorization") === undefined ? undefined : it
      ),
    more: ["--verify-tools"],
  },
  management: {
    isSignedIn: true,
    lab: {
      registrationResponse: ({ status, body }, request) => ({
        status,
        body: {
          ...body,
          registration_access_token: "registration-token-0123456789",
          registration_client_uri: `http://${headerOf(request, "host")}/manage`,
        },
      }),
    },
    refuse: route("GET /manage"),
    args: ["oauth", "client", "show"],
  },
};

async function outputOf(
  { lab: options, isSignedIn, refuse, args = LOGIN, more = [] }: Endpoint,
  answer: Answer,
  format: "human" | "json",
) {
  await using lab = await startFakeLab(options);
  await using home: Home = await openHome();
  if (isSignedIn) await home.signIn(lab);
  refuse(lab, answer);
  const ran = await home.run([...args, ...more, "--url", lab.mcpUrl, "--format", format]);
  assert.ok(ran.status > 0, ran.stdout);
  return flat(format === "json" ? ran.stdout : ran.stdout + ran.stderr);
}

for (const [endpoint, row] of Object.entries(ENDPOINTS)) {
  for (const [shape, answer] of Object.entries(BODIES)) {
    Deno.test(`words of the server at ${endpoint} are shown: ${shape}`, async () => {
      const human = await outputOf(row, answer, "human");
      const document = await outputOf(row, answer, "json");
      assert.ok(human.includes(WORDS), human);
      assert.ok(document.includes(WORDS), document);
    });
  }

  // A sign-out is not repeated: its sign-in is deleted.
  if (endpoint === "revocation") continue;

  Deno.test(`at ${endpoint}, a server that is busy is to be asked again when it says`, async () => {
    const answer: Answer = { status: 503, headers: [["retry-after", "120"]], body: WORDS };
    const human = await outputOf(row, answer, "human");
    assert.match(human, /120 s/);
    assert.doesNotMatch(human, /answer a token request with JSON|not open|no client can be/i);
  });
}
