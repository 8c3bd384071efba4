import type { Pages } from "../page.ts";

/** The metadata of the authorization server. */
export const SERVER_METADATA_CHECK_PAGES = {
  asm_found: {
    title: "the authorization server publishes metadata",
    meaning:
      "Clients find all endpoints in this document. If it is missing, they do not know where to send the user, and nobody can sign in.",
    spec:
      "RFC 8414 §3; OpenID Connect Discovery §4; MCP authorization, Authorization Server Metadata Discovery",
    example: "GET https://auth.example/.well-known/oauth-authorization-server -> 404",
    serverFix:
      "Authorization server: serve the document at https://<host>/.well-known/oauth-authorization-server. If the issuer has a path, append it there: …/oauth-authorization-server/<path>.",
  },
  asm_oauth_document: {
    title: "the metadata is available in the form of RFC 8414",
    meaning:
      "Clients of revision 2025-06-18 look for this form only. If there is just an OpenID document, they find nothing.",
    spec: "MCP authorization 2025-06-18, Overview; RFC 8414 §3",
    example:
      "/.well-known/oauth-authorization-server -> 404; /.well-known/openid-configuration -> 200",
    serverFix:
      "Authorization server: serve the same JSON at /.well-known/oauth-authorization-server too.",
    products: {
      Descope: [
        "has only the form with /.well-known/openid-configuration at the end",
        "agentgateway/agentgateway#2376",
      ],
    },
  },
  asm_media_type: {
    title: "the server metadata is sent as application/json",
    meaning: "Strict clients refuse another media type, and others look for a document elsewhere.",
    spec: "RFC 8414 §3.2",
    example: "GET /.well-known/oauth-authorization-server -> 200, Content-Type: text/html",
    serverFix: "Authorization server: send Content-Type: application/json with the document.",
  },
  asm_issuer_identical: {
    title: "issuer is the identifier that was asked for",
    meaning:
      "Clients compare both character by character and refuse any difference, even a slash at the end. Without that, an attacker's server could hand out endpoints in the name of an honest one.",
    spec: "RFC 8414 §3.3; MCP authorization, Authorization Server Metadata Discovery",
    example: 'authorization_servers: ["https://auth.example"]; "issuer": "https://auth.example/"',
    serverFix:
      'Copy the exact "issuer" of the metadata into "authorization_servers", or correct "issuer". If it is a template for tenants, list the issuer of one tenant.',
    products: {
      Google: [
        "its own servers list the issuer with a slash, the metadata has none",
        "github/copilot-cli#4606",
      ],
      "Entra ID": [
        "common and organizations return a template: list the issuer of one tenant, https://login.microsoftonline.com/<tenant id>/v2.0",
        "openai/codex#38973",
      ],
      Slack: ["the issuer is another host", "microsoft/vscode#293533"],
      Atlassian: [
        "metadata of /v1/mcp names another host",
        "atlassian/atlassian-mcp-server#205",
      ],
    },
  },
  asm_issuer_form: {
    title: "issuer is an https URL without query and fragment",
    meaning:
      "From another form, clients cannot build the metadata URL, and they cannot compare it reliably. They refuse the document.",
    spec: "RFC 8414 §2",
    example: '"issuer": "https://auth.example?tenant=1"',
    serverFix:
      "Authorization server: use an https URL as the issuer. Put what distinguishes tenants into the path.",
  },
  asm_endpoints: {
    title: "the metadata has an authorization and a token endpoint",
    meaning:
      "Clients do not guess endpoints. Without the first they have no page to open, and without the second they cannot exchange the code.",
    spec: "RFC 8414 §2",
    example: '{"issuer": "https://auth.example", "token_endpoint": "https://auth.example/token"}',
    serverFix:
      'Authorization server: publish "authorization_endpoint" and "token_endpoint" as absolute URLs.',
  },
  asm_endpoints_https: {
    title: "every endpoint in the metadata is a valid https URL",
    meaning:
      "An attacker on the network can read codes, tokens and secrets that are sent by http. Clients therefore refuse such a URL, and one with a fragment, user info or unencoded spaces.",
    spec: "MCP authorization, Communication Security; OAuth 2.1 §1.5; RFC 8414 §2",
    example: '"token_endpoint": "http://auth.example/token"',
    serverFix:
      "Authorization server: serve every endpoint by https. Behind a TLS proxy, configure the public URL from which endpoints are built.",
  },
  asm_endpoint_query: {
    title: "no endpoint contains a parameter of the protocol",
    meaning:
      "Clients add their own parameters, and each may occur only once. If one occurs twice, the server refuses the request, or uses the value that the client did not choose.",
    spec: "RFC 6749 §3.1",
    example:
      '"authorization_endpoint": "https://auth.example/authorize?resource=https://b.example"',
    serverFix:
      "Authorization server: remove OAuth parameters such as resource and scope from the query of the endpoint.",
    products: { Railway: ["published an endpoint with resource=", "can1357/oh-my-pi#10299"] },
  },
  asm_code_flow: {
    title: "the authorization code flow is offered",
    meaning:
      "It is the only grant with which a person can sign in to an MCP server. If the lists leave it out, clients that read them stop before the sign-in.",
    spec: "RFC 8414 §2",
    example: '"response_types_supported": ["token"]',
    serverFix:
      'Authorization server: list "code" in "response_types_supported". If "grant_types_supported" is published, list "authorization_code" there.',
  },
  asm_no_implicit: {
    title: "the implicit and password grants are not offered",
    meaning:
      "The implicit grant puts tokens into URLs, which histories and logs store. The password grant lets any client ask users for their password. An attacker needs only one client that uses one of them.",
    spec: "RFC 9700 §2.1.2, §2.4",
    example: '"grant_types_supported": ["authorization_code", "implicit", "password"]',
    serverFix:
      'Authorization server: turn off both grants, and remove "implicit", "password" and the response type "token" from the lists.',
  },
  asm_s256: {
    title: "PKCE with S256 is announced",
    meaning:
      "Clients of revision 2025-11-25 and later must refuse a server that does not list the method, whether or not it works. Users then cannot sign in.",
    spec: "MCP authorization, Authorization Code Protection; RFC 8414 §2",
    example: 'metadata without "code_challenge_methods_supported"',
    serverFix: 'Authorization server: publish "code_challenge_methods_supported": ["S256"].',
    products: {
      "Entra ID": [
        "checks S256 but does not announce it",
        "modelcontextprotocol/inspector#685",
      ],
      "AWS Cognito": [
        "checks S256 but does not announce it",
        "awslabs/agentcore-samples#1056",
      ],
      Salesforce: ["checks S256 but does not announce it", "forcedotcom/mcp-hosted#47"],
    },
  },
  asm_no_plain: {
    title: "PKCE with plain is not offered",
    meaning:
      "With this method the challenge is the verifier. An attacker who reads the authorization request can redeem the code of every client that chose it.",
    spec: "RFC 7636 §7.2; RFC 9700 §2.1.1",
    example: '"code_challenge_methods_supported": ["plain", "S256"]',
    serverFix: 'Authorization server: accept only S256, and remove "plain" from the list.',
  },
  asm_iss_flag: {
    title: "the metadata announces iss in responses",
    meaning:
      "Clients do not require an iss that is not announced. An attacker who runs another authorization server can then make a client send the code of this one there (mix-up attack).",
    spec: "MCP authorization, Authorization Response Validation; RFC 9207 §3",
    example: 'metadata without "authorization_response_iss_parameter_supported"',
    serverFix:
      'Authorization server: send iss in every authorization response, then publish "authorization_response_iss_parameter_supported": true.',
  },
  asm_public_clients: {
    title: "clients without a secret are listed as supported",
    meaning:
      "Most MCP clients run on the user's machine and cannot protect a secret. If only secret methods are listed, or the list is absent, they cannot know that they may send token requests.",
    spec: "RFC 8414 §2",
    example: '"token_endpoint_auth_methods_supported": ["client_secret_basic"]',
    serverFix:
      'Authorization server: add "none" to "token_endpoint_auth_methods_supported" if public clients can use the token endpoint.',
  },
  asm_auth_algs: {
    title: "JWT client authentication has announced algorithms",
    meaning:
      "Without the list, a client that signs its assertions does not know which algorithm is accepted. If none is listed, an assertion without a signature may be accepted, and an attacker can act as any client.",
    spec: "RFC 8414 §2",
    example:
      '"token_endpoint_auth_methods_supported": ["private_key_jwt"] without "token_endpoint_auth_signing_alg_values_supported"',
    serverFix:
      'Authorization server: publish "token_endpoint_auth_signing_alg_values_supported" with the algorithms that it verifies, such as ES256, and without none.',
  },
  asm_client_route: {
    title: "a new client can obtain an id without the operator",
    meaning:
      "Without client ID metadata documents and without dynamic registration, each client needs an id from the operator. Users of a client that nobody entered cannot connect.",
    spec:
      "MCP authorization, Client Registration Approaches; MCP authorization, Client ID Metadata Documents",
    example: 'no "registration_endpoint", no "client_id_metadata_document_supported": true',
    serverFix:
      "Authorization server: support client ID metadata documents, or dynamic registration for older clients. If neither is possible, document where users obtain a client ID.",
  },
  asm_refresh_listed: {
    title: "refresh_token is listed as a grant if it is issued",
    meaning:
      "Clients that believe the list do not ask for refresh tokens or do not use them. Their users sign in again whenever the access token expires.",
    spec: "RFC 8414 §2",
    example:
      '"grant_types_supported": ["authorization_code"]; POST /token -> 200 with refresh_token',
    serverFix:
      'Authorization server: list "refresh_token" in "grant_types_supported" if refresh tokens are issued, and only then.',
  },
  asm_offline_listed: {
    title: "offline_access is listed if it is needed",
    meaning:
      "Clients request this scope only if the authorization server lists it. Where refresh tokens depend on it, users otherwise never get one and have to sign in at each expiry.",
    spec: "MCP authorization, Refresh Tokens",
    example: 'a refresh token only with scope=offline_access; "scopes_supported": ["files:read"]',
    serverFix:
      'Authorization server: add "offline_access" to "scopes_supported", or issue refresh tokens without it.',
  },
  asm_lists_resource: {
    title: "protected_resources has the resource of this server",
    meaning:
      "Clients may check both directions. If the list does not have the resource, it looks as if the MCP server named an authorization server that does not know it.",
    spec: "RFC 9728 §4",
    example: '"protected_resources": ["https://other.example"]',
    serverFix:
      'Authorization server: add the exact "resource" of the MCP server to "protected_resources", or leave the member out.',
  },
  asm_documents_agree: {
    title: "both metadata documents say the same",
    meaning:
      "Some clients read the OAuth document, others the OpenID document. Where endpoints or methods differ, a sign-in works with one client and fails with another.",
    spec: "RFC 8414 §5",
    example:
      'oauth-authorization-server: "token_endpoint": "https://a.example/token"; openid-configuration: "https://b.example/token"',
    serverFix: "Authorization server: generate both documents from the same settings.",
  },
  asm_types: {
    title: "the members of the metadata have the right types",
    meaning:
      "Typed clients refuse the document. Others read a string as true or ignore it, so that a feature seems to exist or to be missing.",
    spec: "RFC 8414 §2",
    example: '"authorization_response_iss_parameter_supported": "true"',
    serverFix:
      "Authorization server: publish flags as true or false, and lists as arrays of strings.",
  },
  asm_hosts: {
    title: "the endpoints are on the site of the issuer",
    meaning:
      "Codes and secrets are sent to a site that users did not expect. This is common in large services, but a forged document would look the same.",
    spec: "RFC 9700 §4.4",
    example: '"issuer": "https://auth.example", "token_endpoint": "https://token.other/token"',
    serverFix:
      "Authorization server: check that each endpoint is yours. If you can choose, serve it on the site of the issuer.",
  },
} satisfies Pages;
