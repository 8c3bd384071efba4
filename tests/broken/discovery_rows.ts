/**
 * Servers that a login cannot reach, understand or learn from.
 *
 * @module
 */

import {
  closesAtOnce,
  endlessBody,
  html,
  hugeBody,
  neverAnswers,
  notHttp,
  redirect,
} from "../lab/misbehaviour.ts";
import type { FakeLab, FakeLabOptions } from "../lab/fake_lab.ts";
import type { Answer, Handler } from "../lab/scripted_server.ts";
import type { BrokenServer } from "./row.ts";

const mcpAnswers = (handler: Handler) => (lab: FakeLab) => {
  lab.mcp.routes["POST /mcp"] = lab.mcp.routes["GET /mcp"] = handler;
};

const RESOURCE_METADATA = "GET /.well-known/oauth-protected-resource/mcp";

const resourceMetadataAnswers = (answer: Handler | Answer) => (lab: FakeLab) => {
  lab.mcp.routes[RESOURCE_METADATA] = answer;
};

const serverMetadataAnswers = (answer: Handler | Answer) => (lab: FakeLab) => {
  lab.asServer.routes["GET /.well-known/oauth-authorization-server"] = answer;
};

/** The authorization server's metadata with these members; `undefined` leaves one out. */
export const serverSays = (members: Record<string, unknown>): FakeLabOptions => ({
  metadata: (document) => ({ ...document, ...members }),
});

/** The resource metadata with these members. */
export const resourceSays = (members: Record<string, unknown>): FakeLabOptions => ({
  prm: { document: (document) => ({ ...document, ...members }) },
});

/** Rows up to a usable authorization server. */
export const DISCOVERY_ROWS: readonly BrokenServer[] = [
  {
    code: "network_connection_refused",
    fault: "nothing listens",
    before: (lab) => lab.mcp.close(),
    first: /connection refused/i,
    remedy: /address and (the )?port|server/i,
  },
  {
    code: "network_timeout",
    fault: "the server never answers",
    before: mcpAnswers(neverAnswers()),
    more: ["--step-timeout", "300"],
    first: /in time|within/,
    remedy: /mcpass login .* --step-timeout 120000/,
  },
  {
    code: "network_protocol",
    fault: "something at the port speaks another protocol",
    before: mcpAnswers(notHttp()),
    first: /HTTP/,
    remedy: /port/,
  },
  {
    code: "network_connection_reset",
    fault: "the connection is closed in place of an answer",
    before: mcpAnswers(closesAtOnce()),
    first: /connection/,
    remedy: /again|log/i,
  },
  {
    code: "response_too_large",
    fault: "the first answer has no end",
    before: mcpAnswers(endlessBody()),
    first: /too large/,
    remedy: /--max-response-size 256/,
  },
  {
    code: "not_an_mcp_endpoint",
    fault: "a web page stands at the address",
    lab: { prm: false },
    before: mcpAnswers(html()),
    first: /web page/,
    remedy: /path of the URL/,
  },
  {
    code: "unexpected_answer",
    fault: "the server fails before it looks for a token",
    lab: { prm: false },
    before: mcpAnswers(() => ({ status: 500, body: "broken" })),
    first: /expected 401 from the server: HTTP 500/,
    remedy: /try again later/,
  },
  {
    code: "not_an_mcp_endpoint",
    fault: "nothing is at the path",
    lab: { prm: false },
    before: mcpAnswers(() => ({ status: 404 })),
    first: /HTTP 404/,
    remedy: /no resource metadata.*path of the URL/,
  },
  {
    code: "wire_not_supported",
    fault: "the server knows no other revision",
    before: mcpAnswers(() => ({
      status: 400,
      body: { jsonrpc: "2.0", id: 1, error: { code: -32022, message: "unsupported" } },
    })),
    more: ["--protocol-version", "2026-07-28"],
    first: /protocol version/,
    remedy: /--protocol-version auto/,
  },
  {
    code: "authorization_not_required",
    fault: "no request needs a token",
    lab: { prm: false, protection: { openMethods: ["*"] } },
    first: /requires no authorization/,
    remedy: /401/,
  },
  {
    code: "resource_invalid",
    fault: "the resource is no URL",
    lab: resourceSays({ resource: "my-server" }),
    first: /"resource" in the resource metadata is not a usable URL/,
    remedy: /publish "resource": "http/,
  },
  {
    code: "resource_not_https",
    fault: "the resource is http, off loopback",
    lab: resourceSays({ resource: "http://server.example/mcp" }),
    first: /not https/,
    remedy: /publish "resource": "http/,
  },
  {
    code: "resource_mismatch",
    fault: "the resource metadata is about another server",
    lab: resourceSays({ resource: "https://other.example/mcp" }),
    first: /the resource metadata is about another server/,
    remedy: /publish "resource": "http/,
  },
  {
    code: "discovery_failed",
    fault: "there is no metadata anywhere",
    lab: { prm: false },
    first: /neither resource nor authorization server metadata/,
    remedy: /--authorization-server '<issuer>'/,
  },
  {
    code: "metadata_invalid",
    fault: "the resource metadata is a list",
    before: resourceMetadataAnswers({ body: [] }),
    first: /a metadata document is not valid/,
    remedy: /one JSON object.*404.*explain metadata_invalid/s,
  },
  {
    code: "metadata_invalid",
    fault: "an error object with 200 is in the place of resource metadata",
    before: resourceMetadataAnswers({ body: { error: "not_found" } }),
    first: /a metadata document is not valid/,
    remedy: /oauth-protected-resource\/mcp" returned HTTP 200.*return 404/s,
  },
  {
    code: "metadata_invalid",
    fault: "the server's metadata breaks off",
    before: serverMetadataAnswers({
      headers: [["content-type", "application/json"]],
      body: '{"issuer": "htt',
    }),
    first: /a metadata document is not valid/,
    remedy: /invalid JSON.*listed in.*oauth-protected-resource/s,
  },
  {
    code: "metadata_unavailable",
    fault: "the resource metadata fails, and the server's own origin has other metadata",
    lab: { placement: "same_origin" },
    before: resourceMetadataAnswers({ status: 503 }),
    first: /a metadata document could not be read/,
    remedy: /HTTP 503.*try again later/s,
  },
  {
    code: "response_too_large",
    fault: "the resource metadata is too large",
    lab: { placement: "same_origin" },
    before: resourceMetadataAnswers(hugeBody(2_000_000)),
    first: /too large/,
    remedy: /oauth-protected-resource\/mcp/,
  },
  {
    code: "redirect_refused",
    fault: "the resource metadata leads into a closed network",
    lab: { placement: "same_origin" },
    before: resourceMetadataAnswers(redirect("https://169.254.169.254/latest")),
    first: /redirect/,
    remedy: /169\.254\.169\.254.*link-local/s,
  },
  {
    code: "authorization_servers_refused",
    fault: "every listed authorization server is http, off loopback",
    lab: {
      placement: "same_origin",
      ...resourceSays({ authorization_servers: ["http://10.0.0.5"] }),
    },
    first: /names no usable authorization server/,
    remedy: /http:\/\/10\.0\.0\.5.*--authorization-server '<issuer>'/s,
  },
  {
    code: "private_address_refused",
    fault: "the only authorization server is in a closed network",
    lab: {
      placement: "same_origin",
      ...resourceSays({ authorization_servers: ["https://169.254.169.254"] }),
    },
    first: /network/,
    remedy: /listed in.*oauth-protected-resource\/mcp/s,
  },
  {
    code: "authorization_server_not_listed",
    fault: "the resource lists another authorization server",
    more: ["--authorization-server", "https://other.example"],
    first: /--authorization-server is not one that the resource lists/,
    remedy: /ask its operator first/,
  },
  {
    code: "server_metadata_missing",
    fault: "the authorization server publishes no metadata",
    lab: { wellKnown: [] },
    first: /no authorization server metadata was found/,
    remedy: /"authorization_servers"/,
  },
  {
    code: "server_metadata_missing",
    fault: "every path of the authorization server is a web page",
    lab: { wellKnown: [] },
    before: (lab) => {
      lab.asServer.routes["*"] = html();
    },
    first: /no authorization server metadata was found/,
    remedy: /publish the metadata/,
  },
  {
    code: "issuer_mismatch",
    fault: "the metadata names another issuer",
    lab: serverSays({ issuer: "https://other.example" }),
    first: /the metadata belongs to another issuer/,
    remedy: /--trust-issuer/,
  },
  {
    code: "endpoint_missing",
    fault: "the metadata has no token endpoint",
    lab: serverSays({ token_endpoint: undefined }),
    first: /token_endpoint|endpoint/,
    remedy: /token_endpoint/,
  },
  {
    code: "endpoint_insecure",
    fault: "the token endpoint is http, off loopback",
    lab: serverSays({ token_endpoint: "http://auth.example/token" }),
    first: /not https/,
    remedy: /https/,
  },
  {
    code: "endpoint_invalid",
    fault: "the authorization endpoint would run a script",
    lab: serverSays({ authorization_endpoint: "javascript:alert(1)" }),
    first: /not a valid URL/,
    remedy: /https/,
  },
  {
    code: "endpoint_invalid",
    fault: "the authorization endpoint has a fragment",
    lab: serverSays({ authorization_endpoint: "https://auth.example/authorize#here" }),
    first: /not a valid URL/,
    remedy: /https/,
  },
  {
    code: "code_flow_not_supported",
    fault: "the authorization server has only the implicit flow",
    lab: serverSays({ response_types_supported: ["token"] }),
    first: /"response_types_supported" lists "token" and not "code"/,
    remedy: /authorization code grant/,
  },
  {
    code: "pkce_not_advertised",
    fault: "PKCE is not announced",
    lab: serverSays({ code_challenge_methods_supported: undefined }),
    first: /does not announce PKCE/,
    remedy: /code_challenge_methods_supported.*--trust-pkce/s,
  },
  {
    code: "pkce_s256_not_supported",
    fault: "PKCE has the method plain alone",
    lab: serverSays({ code_challenge_methods_supported: ["plain"] }),
    first: /S256/,
    remedy: /S256/,
  },
];
