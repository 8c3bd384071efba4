import assert from "node:assert/strict";
import type { LoginPlan } from "../../../src/flow/context/login_plan.ts";
import { ALL_PAGES } from "../../../src/findings/all_pages.ts";
import { type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { headerOf } from "../../lab/journal.ts";
import { html } from "../../lab/misbehaviour.ts";
import { runLogin } from "../harness.ts";

interface Row {
  readonly lab?: FakeLabOptions;
  readonly plan?: Partial<LoginPlan>;
  /** True where the login cannot succeed. */
  readonly ends?: true;
}

const challenge = (...fields: string[]): FakeLabOptions => ({
  challenge: { fields: () => fields },
});

/** One broken server a code: what a login has to say about it. */
const ROWS: Readonly<Record<string, Row>> = {
  challenge_malformed: { lab: challenge("Bearer realm='x'") },
  challenge_not_oauth: { lab: challenge('Basic realm="gateway"') },
  challenge_repeats_metadata: {
    lab: challenge(
      'Bearer resource_metadata="ftp://a.test/", resource_metadata="ftp://b.test/"',
    ),
  },
  challenge_scope_commas: { lab: challenge('Bearer scope="mcp:read,mcp:write"') },
  challenge_error_without_token: { lab: challenge('Bearer error="invalid_token"') },
  challenge_metadata_url_invalid: {
    lab: challenge('Bearer resource_metadata="http://x.test/prm"'),
  },
  challenge_metadata_url_relative: {
    lab: challenge('Bearer resource_metadata="/.well-known/oauth-protected-resource/mcp"'),
  },
  challenge_metadata_missing: { lab: { challenge: { resourceMetadata: "/nowhere" } } },
  metadata_is_web_page: {
    lab: {
      challenge: { resourceMetadata: false },
      prm: { at: ["root"] },
      mcp: { routes: { "GET /.well-known/oauth-protected-resource/mcp": html() } },
    },
  },
  metadata_not_public: {
    lab: {
      challenge: { resourceMetadata: false },
      prm: { at: ["root"] },
      mcp: { routes: { "GET /.well-known/oauth-protected-resource/mcp": { status: 401 } } },
    },
  },
  challenge_expected: {
    lab: {
      mcp: {
        intercept: (request) =>
          request.method === "POST" && headerOf(request, "authorization") === undefined
            ? { status: 403, body: "forbidden" }
            : undefined,
      },
    },
  },
  wire_not_supported: {
    ends: true,
    lab: { mcp: { intercept: () => ({ status: 500, body: "broken" }) } },
    plan: { protocolVersion: "2026-07-28" },
  },
  unexpected_answer: {
    ends: true,
    lab: { prm: false, mcp: { intercept: () => ({ status: 400, body: "broken" }) } },
  },
  older_protocol_era: {
    lab: {
      mcp: {
        era: "legacy",
        intercept: (request) =>
          headerOf(request, "mcp-protocol-version") === "2026-07-28"
            ? {
              status: 400,
              body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
            }
            : undefined,
      },
    },
  },
  insufficient_scope_unnamed: {
    lab: { challenge: { insufficientScope: false } },
    plan: { verifyCallTool: "write-thing", scopes: ["mcp:read"] },
    ends: true,
  },
  resource_omitted: { lab: { resourceParameter: "refused" }, plan: { resource: "none" } },
  resource_replaced: {
    lab: { resourceParameter: "optional" },
    plan: { resource: "https://other.test/" },
    ends: true,
  },
  scope_reduced: {
    lab: {
      token: ({ status, body }) => ({
        status,
        body: JSON.stringify({ ...body, scope: "mcp:read" }),
      }),
    },
    plan: { scopes: ["mcp:read", "mcp:write"] },
  },
  registration_member_refused: {
    ends: true,
    lab: {
      registrationResponse: ({ status, body }, request) =>
        request.body.includes("application_type")
          ? {
            status: 400,
            body: JSON.stringify({
              error: "invalid_client_metadata",
              error_description: "application_type is not allowed",
            }),
          }
          : { status, body: JSON.stringify(body) },
    },
  },
};

for (const [code, { lab: options = {}, plan = {}, ends }] of Object.entries(ROWS)) {
  Deno.test(`a login at a server made for it reports ${code}, which has a page`, async () => {
    await using lab = await startFakeLab(options);
    const { result, codes } = await runLogin({ serverUrl: lab.mcpUrl, ...plan });
    const said = [...codes, result.error?.code];
    assert.ok(said.includes(code), `${said.join(" ")}: ${result.error?.message}`);
    assert.equal(result.completed, ends !== true, result.error?.message ?? "");
    assert.ok(ALL_PAGES.has(code));
  });
}
