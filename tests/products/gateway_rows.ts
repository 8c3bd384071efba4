/** Gateways and hosting platforms for MCP servers. @module */

import { issuer, type Product, type ProductServer, resource } from "./product.ts";

const ARN = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A111122223333%3Aruntime%2F" +
  "my_mcp-AbC/invocations";
const RESOURCE = `{mcp}${ARN}/.well-known/oauth-protected-resource`;
const REFUSED = (message: string) => ({
  status: 403,
  body: { message: `OAuth authorization failed: ${message}` },
});

/** The resource metadata is below the resource, and a token that is not accepted gets 403. */
const agentCore = (rules: ProductServer["rules"] & object): ProductServer => ({
  path: `${ARN}?qualifier=DEFAULT`,
  challenge: `Bearer resource_metadata="${RESOURCE}?qualifier=DEFAULT"`,
  documents: {
    [RESOURCE]: {
      authorization_servers: ["{as}"],
      resource: `{mcp}${ARN}?qualifier=DEFAULT`,
    },
    "{as}/.well-known/openid-configuration": issuer({ registration_endpoint: "{as}/register" }),
  },
  rules,
});

export const GATEWAY_ROWS: readonly Product[] = [
  {
    name: "AWS AgentCore",
    source: "AWS documentation, AgentCore Runtime",
    server: agentCore([
      { at: "mcp", when: { token: /invalid/ }, answer: REFUSED("Token has expired") },
    ]),
    steps: [
      { run: "metadata", never: /metadata_place_unusual/ },
      "login",
      "list",
      "revoked",
      "list",
      { run: "doctor", never: /policy/ },
    ],
  },
  {
    name: "AWS AgentCore",
    setup: "client id not allowed",
    source: "AWS documentation, AgentCore inbound authorization",
    server: agentCore([{
      at: "mcp",
      when: { token: /valid/ },
      answer: REFUSED("Claim 'client_id' value mismatch with configuration."),
    }]),
    steps: [{
      run: "login",
      status: 1,
      says: [/client_id' value mismatch/, /Compare "aud", "client_id" and "iss"/],
      never: /policy/,
    }],
  },
  {
    name: "Cloudflare Access",
    source: "getsentry/junior#832",
    server: {
      documents: {
        "{mcp}/.well-known/cloudflare-access-protected-resource/mcp": resource(),
        "{as}/.well-known/oauth-authorization-server": issuer({
          registration_endpoint: "{as}/register",
        }),
      },
      rules: [{
        at: "mcp",
        when: { token: /none|invalid/ },
        answer: {
          status: 302,
          headers: [
            ["location", "https://team.access.example/cdn-cgi/access/login/app"],
            [
              "www-authenticate",
              'Cloudflare-Access resource_metadata="{mcp}/.well-known/' +
              'cloudflare-access-protected-resource/mcp"',
            ],
          ],
        },
      }],
    },
    steps: [
      { run: "list", status: 4, says: /authorization_required/ },
      { run: "login", says: /challenge_expected/ },
      "list",
      { run: "doctor", never: /not_mcp/ },
      "revoked",
      { run: "list", status: 1, says: /token_may_be_refused.*mcpass refresh/ },
      "refresh",
      "list",
    ],
  },
];
