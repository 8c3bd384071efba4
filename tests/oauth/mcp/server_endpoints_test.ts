import assert from "node:assert/strict";
import { revision } from "../../../src/oauth/mcp/revision.ts";
import {
  defaultServerMetadata,
  judgeServerMetadata,
} from "../../../src/oauth/metadata/server_metadata.ts";
import { answerOf } from "../support.ts";

const AT = "https://as.example";
const ALL = {
  issuer: AT,
  authorization_endpoint: `${AT}/authorize`,
  token_endpoint: `${AT}/token`,
  registration_endpoint: `${AT}/register`,
  revocation_endpoint: `${AT}/revoke`,
  introspection_endpoint: `${AT}/introspect`,
  device_authorization_endpoint: `${AT}/device`,
  pushed_authorization_request_endpoint: `${AT}/par`,
  code_challenge_methods_supported: ["S256"],
};

type Members = Readonly<Record<string, unknown>>;

interface Needs {
  readonly certificate?: boolean;
  readonly endpoint?: "device_authorization_endpoint";
}

function judged(members: Members, needs: Needs = {}) {
  const document = { ...ALL, ...members };
  return judgeServerMetadata(answerOf(200, document), document, {
    issuer: AT,
    serverUrl: "https://mcp.example/mcp",
    rules: revision("2026-07-28"),
    trust: {},
    codeGrant: true,
    ...needs,
  });
}

Deno.test("each endpoint that a login can use is read, and has to be secure", () => {
  const { metadata, judgements } = judged({});
  assert.equal(metadata.lookupIssuer, undefined);
  assert.equal(judged({ issuer: `${AT}/` }).metadata.lookupIssuer, AT);
  assert.deepEqual(judgements, []);
  assert.deepEqual(
    [
      metadata.authorizationEndpoint,
      metadata.tokenEndpoint,
      metadata.registrationEndpoint,
      metadata.revocationEndpoint,
      metadata.introspectionEndpoint,
      metadata.deviceEndpoint,
      metadata.pushedRequestEndpoint,
    ],
    Object.entries(ALL).filter(([name]) => name.endsWith("_endpoint")).map(([, url]) => url),
  );
  for (const name of Object.keys(ALL).filter((name) => name.endsWith("_endpoint"))) {
    const [judgement, ...others] = judged({ [name]: "http://as.example/x" }).judgements;
    assert.equal(judgement?.code, "endpoint_insecure", name);
    assert.equal(judgement?.severity, "error");
    assert.ok(judgement?.message.startsWith(`"${name}" is "http://as.example/x"`));
    assert.deepEqual(others, []);
  }
});

Deno.test("an endpoint that another grant needs may not be missing, and says what else there is", () => {
  const members = { device_authorization_endpoint: undefined };
  assert.deepEqual(judged(members).judgements, []);
  const [judgement] = judged(members, { endpoint: "device_authorization_endpoint" }).judgements;
  assert.equal(judgement?.code, "endpoint_missing");
  assert.match(judgement?.message ?? "", /"device_authorization_endpoint"/);
  assert.match(judgement?.remedy ?? "", /another --auth-mode/);
  const [other] = judged({ token_endpoint: undefined }).judgements;
  assert.doesNotMatch(other?.remedy ?? "", /--auth-mode/);
});

Deno.test("aliases for certificates count with a certificate, for what a client itself calls", () => {
  const aliases = {
    token_endpoint: `${AT}/mtls/token`,
    revocation_endpoint: 7,
    authorization_endpoint: "https://evil.example/authorize",
    issuer: "https://evil.example",
    "x-token_endpoint": "https://evil.example",
    token_endpoint_auth_methods_supported: ["none"],
  };
  const plain = judged({ mtls_endpoint_aliases: aliases });
  assert.equal(plain.metadata.tokenEndpoint, `${AT}/token`);
  assert.equal(
    judged({ mtls_endpoint_aliases: aliases }, { certificate: false }).metadata
      .tokenEndpoint,
    `${AT}/token`,
  );
  const { metadata, judgements } = judged(
    { mtls_endpoint_aliases: aliases },
    { certificate: true },
  );
  assert.deepEqual(judgements, []);
  assert.equal(metadata.tokenEndpoint, `${AT}/mtls/token`);
  assert.equal(metadata.revocationEndpoint, `${AT}/revoke`);
  assert.equal(metadata.authorizationEndpoint, `${AT}/authorize`);
  assert.equal(metadata.issuer, AT);
  assert.equal(metadata.tokenEndpointAuthMethods, undefined);
  const insecure = { token_endpoint: "http://as.example/token" };
  assert.deepEqual(
    judged({ mtls_endpoint_aliases: insecure }, { certificate: true }).judgements
      .map(({ code }) => code),
    ["endpoint_insecure"],
  );
  for (const none of [undefined, null, [], "x"]) {
    const { metadata } = judged({ mtls_endpoint_aliases: none }, { certificate: true });
    assert.equal(metadata.tokenEndpoint, `${AT}/token`);
  }
});

Deno.test("a server without metadata has the endpoints and methods of 2025-03-26 and nothing more", () => {
  assert.deepEqual(defaultServerMetadata(AT), {
    issuer: AT,
    authorizationEndpoint: `${AT}/authorize`,
    tokenEndpoint: `${AT}/token`,
    registrationEndpoint: `${AT}/register`,
    tokenEndpointAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
    issParameter: false,
    clientIdMetadataDocument: false,
    pushedRequestsRequired: false,
  });
});
