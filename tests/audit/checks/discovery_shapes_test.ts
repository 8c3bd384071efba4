/** Responses of real servers that are easily judged wrongly, and responses that say nothing. @module */

import assert from "node:assert/strict";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import {
  CHALLENGE,
  issuer,
  page,
  type ProductServer,
  resource,
  RESOURCE_URL,
} from "../../products/product.ts";
import { startProduct } from "../../products/product_server.ts";
import { audit } from "../conformance/audit_lab.ts";

const SERVER_URL = "{as}/.well-known/oauth-authorization-server";

const DOCUMENTS = { [RESOURCE_URL]: resource(), [SERVER_URL]: issuer() };

const SOUND: ProductServer = { challenge: CHALLENGE, documents: DOCUMENTS };

const rpcError = { jsonrpc: "2.0", id: 1, error: { code: -32001, message: "Unauthorized" } };

const TOOLS = { tools: [] };

const rpcResult = (result: object) => ({ body: { jsonrpc: "2.0", id: 1, result } });

interface Shape {
  readonly name: string;
  readonly server: ProductServer;
  readonly plan?: Partial<AuditPlan>;
  /** Verdict, and the reason or words of the message. */
  readonly expected: Partial<Readonly<Record<AuditCheckId, readonly [string, RegExp?]>>>;
}

const withoutToken = (answer: ProductServer["notFound"], method?: RegExp): ProductServer => ({
  ...SOUND,
  rules: [{
    at: "mcp",
    when: { token: /none/, ...method === undefined ? {} : { method } },
    answer: answer ?? {},
  }],
});

const SHAPES: readonly Shape[] = [
  {
    name: "initialize and tools/list are open, and a tool call gets 401",
    server: {
      ...SOUND,
      rules: [
        { at: "mcp", when: { token: /none/, method: /server/ }, answer: { status: 404 } },
        {
          at: "mcp",
          when: { token: /none/, method: /initialize/ },
          answer: rpcResult({ protocolVersion: "2025-11-25", capabilities: {} }),
        },
        { at: "mcp", when: { token: /none/, method: /notif/ }, answer: { status: 202 } },
        {
          at: "mcp",
          when: { token: /none/, method: /list/ },
          answer: { body: { jsonrpc: "2.0", id: 2, result: TOOLS } },
        },
      ],
    },
    expected: {
      challenge_status: ["passed", /a later one gets HTTP 401/],
      challenge_present: ["passed"],
      proxy_headers_ignored: ["skipped", /needs no token/],
      prm_found: ["passed"],
    },
  },
  {
    name: "a JSON-RPC error with HTTP 200 and resource metadata",
    server: withoutToken({ body: rpcError }),
    expected: {
      challenge_status: ["failed", /HTTP 200.*expected HTTP 401/],
      prm_found: ["passed"],
      asm_found: ["passed"],
    },
  },
  {
    name: "a JSON-RPC error with HTTP 500 and resource metadata",
    server: withoutToken({ status: 500, body: rpcError }),
    expected: { challenge_status: ["failed", /HTTP 500/], prm_found: ["passed"] },
  },
  {
    name: "a redirect to a sign-in page with a challenge",
    server: withoutToken({
      status: 302,
      headers: [["location", "https://team.example/login"], ["www-authenticate", CHALLENGE]],
    }),
    expected: {
      challenge_status: ["failed", /redirected to "https:\/\/team.example\/login" and a challenge/],
      prm_found: ["passed"],
    },
  },
  {
    name: "HTTP 404 where 401 is due",
    server: withoutToken({ status: 404, body: { error: "not_found" } }),
    expected: { challenge_status: ["failed", /HTTP 404/], prm_found: ["passed"] },
  },
  {
    name: "HTTP 429 to requests without a token",
    server: withoutToken({ status: 429, body: {} }),
    expected: {
      challenge_status: ["inconclusive", /429/],
      limits_shaped: ["warning", /no Retry-After/],
    },
  },
  {
    name: "HTTP 503 to requests without a token",
    server: withoutToken({ status: 503 }),
    expected: { challenge_status: ["inconclusive", /503/] },
  },
  {
    name: "a firewall in front of the server",
    server: withoutToken(page("Access denied by Cloudflare", 403)),
    expected: { challenge_status: ["inconclusive", /web page/] },
  },
  {
    name: "GET without a token gets 405",
    server: {
      ...SOUND,
      rules: [{ at: "mcp", when: { verb: /GET|HEAD/ }, answer: { status: 405 } }],
    },
    plan: { revision: "2025-11-25" },
    expected: { methods_get: ["passed", /405/] },
  },
  {
    name: "GET without a token gets a page about the server",
    server: { ...SOUND, rules: [{ at: "mcp", when: { verb: /GET|HEAD/ }, answer: page("MCP") }] },
    plan: { revision: "2025-11-25" },
    expected: { methods_get: ["passed"] },
  },
  {
    name: "error=invalid_token without a token",
    server: { ...SOUND, challenge: `${CHALLENGE}, error="invalid_token"` },
    expected: { challenge_no_error: ["warning", /invalid_token/] },
  },
  {
    name: "a challenge that names a URL outside of /.well-known/",
    server: {
      challenge: 'Bearer resource_metadata="{mcp}/identities/1/metadata"',
      documents: { "{mcp}/identities/1/metadata": resource(), [SERVER_URL]: issuer() },
    },
    expected: { challenge_metadata_live: ["passed"], prm_found: ["passed"] },
  },
  {
    name: "the resource is the origin of the server",
    server: { ...SOUND, documents: { ...DOCUMENTS, [RESOURCE_URL]: resource({}, "") } },
    expected: { prm_resource_fits: ["warning", /is a parent/] },
  },
  {
    name: "tokens that can be bound to a client certificate",
    server: {
      ...SOUND,
      documents: {
        [RESOURCE_URL]: resource({ tls_client_certificate_bound_access_tokens: true }),
        [SERVER_URL]: issuer({ tls_client_certificate_bound_access_tokens: true }),
      },
    },
    expected: { prm_binding: ["passed"], prm_types: ["passed"], asm_types: ["passed"] },
  },
  {
    name: "an authorization server that lists the scopes of OpenID only",
    server: {
      ...SOUND,
      documents: {
        [RESOURCE_URL]: resource({ scopes_supported: ["api://1/mcp"] }),
        [SERVER_URL]: issuer({ scopes_supported: ["openid", "profile", "offline_access"] }),
      },
    },
    expected: { prm_scopes_known: ["skipped", /lists no scopes, or only/] },
  },
  {
    name: "an authorization server without public clients and registration",
    server: {
      ...SOUND,
      documents: {
        ...DOCUMENTS,
        [SERVER_URL]: issuer({ token_endpoint_auth_methods_supported: ["client_secret_post"] }),
      },
    },
    expected: { asm_public_clients: ["warning", /does not list "none"/] },
  },
  {
    name: "metadata behind a gateway that fails",
    server: { challenge: "Bearer", documents: {}, notFound: { status: 502 } },
    expected: { prm_found: ["inconclusive", /502/] },
  },
  {
    name: "a key set that a limit hides",
    server: {
      ...SOUND,
      documents: {
        [RESOURCE_URL]: resource(),
        [SERVER_URL]: issuer({ jwks_uri: "{as}/limited" }),
        "{as}/limited": { status: 429 },
      },
    },
    expected: { jwks_served: ["inconclusive", /429/] },
  },
];

for (const { name, server: shape, plan, expected } of SHAPES) {
  Deno.test(`checks without a token, at a server with: ${name}`, async () => {
    await using server = startProduct(shape);
    const groups = [
      "challenge",
      "resource_metadata",
      "server_metadata",
      "jwks",
      "transport",
    ] as const;
    const { result } = await audit(server.mcpUrl, { groups, skip: ["jwks_verifies"], ...plan });
    for (const [id, [verdict, message]] of Object.entries(expected)) {
      const check = result.checks.find((it) => it.id === id);
      assert.equal(check?.verdict, verdict, `${id}: ${check?.message}`);
      if (message !== undefined) assert.match(check?.message ?? "", message, id);
    }
  });
}

Deno.test("without public clients, a server that registers nobody gets a note, others a warning", async () => {
  const closed = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
  for (
    const [more, severity] of [
      [{}, "info"],
      [{ registration_endpoint: "{as}/register" }, "warning"],
    ] as const
  ) {
    const documents = { ...DOCUMENTS, [SERVER_URL]: issuer({ ...closed, ...more }) };
    await using server = startProduct({ ...SOUND, documents });
    const { result } = await audit(server.mcpUrl, { only: ["asm_public_clients"] });
    const check = result.checks.find(({ id }) => id === "asm_public_clients");
    assert.equal(check?.severity, severity);
  }
});
