import type { Pages } from "./page.ts";

const PUBLISH_S256 = 'Publish "code_challenge_methods_supported": ["S256"].';

export const SERVER_METADATA_PAGES = {
  server_metadata_missing: {
    title: "no authorization server metadata was found",
    meaning:
      "mcpass knows the issuer but not its endpoints: each well-known URL returned 404, a web page or something else than JSON. The finding lists the URLs.",
    spec: "RFC 8414 §3; MCP authorization, Authorization Server Metadata Discovery",
    example:
      "GET /.well-known/oauth-authorization-server -> 404; GET /.well-known/openid-configuration -> 404",
    serverFix:
      "Authorization server: serve the document at the well-known URL of the issuer. MCP server: check the issuer in authorization_servers.",
    workaround:
      "If you know the endpoints, write a JSON file with issuer, authorization_endpoint, token_endpoint and code_challenge_methods_supported: --authorization-server-metadata <file>",
    products: {
      Keycloak:
        "has the path-inserted URL from version 26.4 on; before, only the appended OpenID URL",
      Stytch: "list the domain of the project or the custom domain as issuer",
      GitHub: ["has only the path-inserted URL", "github/github-mcp-server#2901"],
      "GitHub Enterprise": [
        "publishes no metadata: write the endpoints into a file for --authorization-server-metadata",
        "microsoft/vscode#259251",
      ],
    },
  },
  server_metadata_given: {
    title: "the metadata is from --authorization-server-metadata",
    meaning:
      "mcpass checks the file like a published document and uses it instead of one. The flag is stored with the sign-in.",
    spec: "RFC 8414 §3",
    example:
      '{"issuer": "https://auth.example", "authorization_endpoint": "https://auth.example/authorize", "token_endpoint": "https://auth.example/token", "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"]}',
    serverFix: "Publish the document at the well-known URL of the issuer.",
    fix: "Once the server publishes metadata, leave the flag out.",
  },
  default_endpoints: {
    title: "the default endpoints of 2025-03-26 are used",
    meaning:
      "There is no authorization server metadata at the server's origin, and this revision then assumes three fixed paths. Later revisions do not: their clients cannot sign in.",
    spec: "MCP authorization 2025-03-26, Fallbacks for Servers without Metadata Discovery",
    example: "/authorize, /token and /register at https://server.example",
    serverFix: "Publish authorization server metadata.",
    workaround: "To look for resource metadata too: --protocol-version auto",
  },
  discovery_failed: {
    title: "neither resource nor authorization server metadata was found",
    meaning:
      "Nothing says where to sign in: the server has no usable challenge, and each well-known URL returned no document.",
    spec: "RFC 9728 §3.1; MCP authorization, Authorization Server Discovery",
    example:
      "GET /.well-known/oauth-protected-resource -> 404; GET /.well-known/oauth-authorization-server -> 404",
    serverFix:
      "Publish protected resource metadata, and authorization server metadata at the issuer that it names.",
    workaround:
      "Check the path of the URL: it is often /mcp. If you know the authorization server: --authorization-server <issuer> or --authorization-server-metadata <file>",
    products: {
      Salesforce: [
        "has no resource metadata: --authorization-server https://login.salesforce.com --trust-pkce https://login.salesforce.com",
        "forcedotcom/mcp-hosted#24",
      ],
    },
  },
  issuer_missing: {
    title: "the metadata has no issuer",
    meaning:
      "mcpass cannot tell whose metadata it is. Without that check, one server could pass off its endpoints as another's, so the document is not used.",
    spec: "RFC 8414 §2",
    example: '{"token_endpoint": "https://auth.example/token"}, without "issuer"',
    serverFix: 'Publish "issuer" with the identifier from which the URL is made.',
    workaround:
      "Save the document, add the issuer, and sign in with --authorization-server-metadata <file>.",
  },
  issuer_invalid: {
    title: "the issuer in the metadata is not a usable URL",
    meaning:
      "It must be an https URL without user info, query and fragment. mcpass cannot compare it with the expected issuer, so the login ends.",
    spec: "RFC 8414 §2",
    example: '"issuer": "auth.example"',
    serverFix: 'Publish an absolute https URL as "issuer".',
  },
  issuer_mismatch: {
    title: "the metadata belongs to another issuer",
    meaning:
      '"issuer" in the document is not the issuer that mcpass asked for. The cause is a proxy, an old setting, or an attack that leads you to another sign-in page. The login ends.',
    spec: "RFC 8414 §3.3; MCP authorization, Authorization Server Metadata Discovery",
    example: 'authorization_servers: ["https://a.example"]; "issuer": "https://b.example"',
    serverFix:
      'Make "issuer" and the entry in "authorization_servers" the same, character by character.',
    workaround:
      "If you know that both belong together, accept the pair: --trust-issuer <expected>=<announced>",
    products: {
      Auth0: "the issuer ends in a slash: list https://<tenant>.auth0.com/",
      Google: [
        "its own servers list https://accounts.google.com/, the metadata has no slash: --trust-issuer https://accounts.google.com/=https://accounts.google.com",
        "github/copilot-cli#4606",
      ],
      "Entra ID": [
        "v1 metadata has the issuer https://sts.windows.net/<tenant id>/: list https://login.microsoftonline.com/<tenant id>/v2.0, or accept the pair with --trust-issuer",
        "openai/codex#38973",
      ],
      Atlassian: [
        "metadata of /v1/mcp names another host: --trust-issuer",
        "atlassian/atlassian-mcp-server#205",
      ],
      Slack: [
        "the issuer is another host: list that one, or accept the pair with --trust-issuer",
        "microsoft/vscode#293533",
      ],
      "Clerk, Supabase":
        "the issuer is the host of the vendor: list that one, or accept the pair with --trust-issuer",
      Okta:
        "the issuer of a custom authorization server has a path: list https://<org>.okta.com/oauth2/<id>",
      Descope: [
        "list the complete issuer …/v1/apps/agentic/<project>/<server>",
        "agentgateway/agentgateway#2376",
      ],
      Stytch: "list the domain that the metadata names: of the project, or the custom one",
      Context7: [
        "its issuer is the host of Clerk: list that one, or --trust-issuer",
        "upstash/context7#2723",
      ],
      "Namecheap, Swiggy": "published another issuer in the metadata: --trust-issuer",
    },
  },
  issuer_mismatch_tolerated: {
    title: "another issuer in the metadata, allowed by this revision",
    meaning:
      "Revision 2025-03-26 does not require the comparison, so the login continues. Clients of later revisions refuse the document.",
    spec: "RFC 8414 §3.3",
    example: '--protocol-version 2025-03-26; "issuer": "https://b.example" at https://a.example',
    serverFix: 'Publish as "issuer" the identifier from which the URL is made.',
    workaround: "With a later revision, accept the pair: --trust-issuer <expected>=<announced>",
  },
  issuer_mismatch_trusted: {
    title: "another issuer in the metadata, accepted by --trust-issuer",
    meaning:
      "You confirmed that both identifiers belong together. The pair is stored with the sign-in; mcpass refuses any other issuer.",
    spec: "RFC 8414 §3.3",
    example: "--trust-issuer https://a.example=https://b.example",
    serverFix: 'Make "issuer" and the entry in "authorization_servers" the same.',
  },
  issuer_template: {
    title: "the issuer in the metadata is a template for tenants",
    meaning:
      "Each tenant has an issuer of its own, and the document for all tenants matches none of them. mcpass cannot check whose metadata it is, so the login ends.",
    spec: "RFC 8414 §2",
    example: '"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"',
    serverFix: "Name the issuer of one tenant in the resource metadata.",
    workaround:
      "To sign in with the metadata for all tenants: --trust-issuer <expected>=<template>. Every tenant can then sign in, so the MCP server must check the tenant of each token.",
    products: {
      "Entra ID": [
        "common and organizations return a template: list https://login.microsoftonline.com/<tenant id>/v2.0, or accept the template with --trust-issuer",
        "openai/codex#38973",
      ],
    },
  },
  issuer_trailing_slash: {
    title: "the issuer ends in a slash",
    meaning:
      "The metadata URL is the same with and without it, so it is easily lost when the issuer is copied. The comparison then fails.",
    spec: "RFC 8414 §3.1, §3.3",
    example: '"issuer": "https://tenant.example/"',
    serverFix: "List the issuer with the slash in authorization_servers.",
    products: { "Auth0, Authentik": "the issuer always ends in a slash" },
  },
  endpoint_missing: {
    title: "a required endpoint is missing from the metadata",
    meaning: "mcpass does not guess endpoints, so the login ends.",
    spec: "RFC 8414 §2",
    example: 'no "authorization_endpoint", or no "token_endpoint"',
    serverFix: "Publish the endpoint.",
    workaround:
      "If you know it, save the document, add the endpoint, and sign in with --authorization-server-metadata <file>.",
  },
  endpoint_invalid: {
    title: "an endpoint in the metadata is not a valid URL",
    meaning:
      "It has spaces, user info, a fragment or characters that a URL cannot have. mcpass encodes spaces and refuses everything else.",
    spec: "RFC 8414 §2",
    example: '"authorization_endpoint": "https://auth.example/authorize?scope=openid profile"',
    serverFix: "Publish an absolute https URL. Write %20 for a space (RFC 3986 §2).",
    workaround:
      "If the login ends, save the document, correct the URL, and sign in with --authorization-server-metadata <file>.",
  },
  endpoint_insecure: {
    title: "an endpoint in the metadata is not https",
    meaning:
      "Others on the network could read codes and tokens. mcpass uses http on loopback only, so the login ends.",
    spec: "MCP authorization, Communication Security; OAuth 2.1 §1.5",
    example: '"token_endpoint": "http://auth.example/token"',
    serverFix: "Serve every endpoint by https. Behind a proxy, build URLs from the public address.",
    products: { Keycloak: "behind a TLS proxy, set the options hostname and proxy-headers" },
  },
  endpoint_on_other_host: {
    title: "an endpoint is on another host than the issuer",
    meaning:
      "This is allowed, and common in large services. The login shows the hosts, so that you can see where codes and secrets go.",
    spec: "RFC 9700 §4.4",
    example: '"issuer": "https://a.example", "token_endpoint": "https://b.example/token"',
    serverFix: "Nothing, if both hosts belong to you. Otherwise correct the URL.",
  },
  response_types_missing: {
    title: "the metadata has no response_types_supported",
    meaning: "The member is required. mcpass assumes code; strict clients refuse the document.",
    spec: "RFC 8414 §2",
    example: 'no "response_types_supported"',
    serverFix: 'Publish "response_types_supported": ["code"].',
  },
  response_mode_query_missing: {
    title: "the metadata does not list response mode query",
    meaning:
      "A client on this machine receives the code in the query of the redirect only. mcpass tries it; if the list is right, the sign-in fails.",
    spec: "RFC 8414 §2; OAuth 2.1 §4.1.2",
    example: '"response_modes_supported": ["form_post"]',
    serverFix: 'Add "query" to the list.',
  },
  code_flow_not_supported: {
    title: "the server does not offer the authorization code grant",
    meaning: "A person can sign in to an MCP server with this grant only, so the login ends.",
    spec: "RFC 8414 §2",
    example: '"response_types_supported": ["token"]',
    serverFix: 'Support response type "code", and list it.',
    workaround:
      "For a service without a person: --auth-mode client_credentials, if the server offers it.",
  },
  grant_code_not_listed: {
    title: "authorization_code is missing from the list of grants",
    meaning:
      "mcpass tries the grant anyway. If the list is right, the token endpoint refuses the code.",
    spec: "RFC 8414 §2",
    example: '"grant_types_supported": ["client_credentials"]',
    serverFix: 'If people sign in, list "authorization_code".',
  },
  grant_refresh_not_listed: {
    title: "refresh_token is missing from the list of grants",
    meaning:
      "Without refresh tokens a person has to sign in again whenever the access token expires. mcpass uses a refresh token that is issued anyway.",
    spec: "RFC 8414 §2; OAuth 2.1 §4.3",
    example: '"grant_types_supported": ["authorization_code"]',
    serverFix: 'If refresh tokens are issued, list "refresh_token".',
  },
  grant_withdrawn: {
    title: "the server offers a grant that OAuth 2.1 has withdrawn",
    meaning:
      "implicit exposes tokens in URLs, and password hands the user's password to the client. mcpass uses neither.",
    spec: "OAuth 2.1 §10",
    example: '"grant_types_supported": ["authorization_code", "implicit", "password"]',
    serverFix: "Turn off the grants that no client needs.",
  },
  pkce_not_advertised: {
    title: "the authorization server does not announce PKCE",
    meaning:
      "mcpass cannot tell whether the server checks the code verifier. If it does not, someone who intercepts the authorization code can get your tokens. MCP requires clients to refuse such a server.",
    spec: "MCP authorization, Authorization Code Protection; RFC 8414 §2",
    example: 'authorization server metadata without "code_challenge_methods_supported"',
    serverFix: PUBLISH_S256,
    workaround: "If you know that the server checks S256: --trust-pkce <issuer>",
    products: {
      "Entra ID": [
        "checks S256 but does not announce it: --trust-pkce",
        "modelcontextprotocol/inspector#685",
      ],
      "AWS Cognito": [
        "checks S256 but does not announce it: --trust-pkce",
        "awslabs/agentcore-samples#1056",
      ],
      Salesforce: [
        "checks S256 but does not announce it: --trust-pkce",
        "forcedotcom/mcp-hosted#47",
      ],
      OpenAuth: "checks S256 but does not announce it: --trust-pkce",
    },
  },
  pkce_not_advertised_tolerated: {
    title: "PKCE is not announced, which this revision allows",
    meaning:
      "mcpass sends an S256 challenge anyway, so you are protected if the server checks it. Clients from 2025-11-25 on refuse this server.",
    spec: "MCP authorization, Authorization Code Protection",
    example: 'no "code_challenge_methods_supported", --protocol-version 2025-06-18',
    serverFix: PUBLISH_S256,
    workaround: "With a later revision: --trust-pkce <issuer>",
  },
  pkce_not_advertised_trusted: {
    title: "PKCE is not announced, accepted by --trust-pkce",
    meaning:
      "You confirmed that the server checks S256. mcpass sends the challenge, and stores the flag with the sign-in.",
    spec: "MCP authorization, Authorization Code Protection",
    example: "--trust-pkce https://auth.example",
    serverFix: PUBLISH_S256,
  },
  pkce_s256_not_supported: {
    title: "the authorization server does not list S256 for PKCE",
    meaning:
      "It lists other methods only. plain sends the verifier itself in the URL, so it protects nothing. MCP requires S256, and the login ends.",
    spec: "RFC 7636 §4.2; MCP authorization, Authorization Code Protection",
    example: '"code_challenge_methods_supported": ["plain"]',
    serverFix: "Support S256, and list it.",
  },
  pkce_plain_listed: {
    title: "plain is offered for PKCE in addition to S256",
    meaning:
      "mcpass sends S256. A weak client could choose the other method, which does not protect its code.",
    spec: "RFC 7636 §7.2; RFC 9700 §2.1.1",
    example: '"code_challenge_methods_supported": ["plain", "S256"]',
    serverFix: "List S256 only.",
  },
  iss_not_advertised: {
    title: "the server does not announce iss in its responses",
    meaning:
      "With iss, a client can tell which authorization server sent a code (mix-up attacks). mcpass has a callback of its own for each login as a second defense.",
    spec: "RFC 9207 §3; MCP authorization, Authorization Response Validation",
    example: 'no "authorization_response_iss_parameter_supported": true',
    serverFix: "Send iss with the code and with errors, and announce it.",
  },
  pushed_requests_required: {
    title: "the server accepts only pushed authorization requests",
    meaning:
      "mcpass pushes the request (PAR) automatically if the metadata has an endpoint for it. Most other MCP clients cannot sign in.",
    spec: "RFC 9126 §5",
    example: '"require_pushed_authorization_requests": true',
    serverFix: "Accept ordinary authorization requests too.",
  },
  resource_not_listed_by_server: {
    title: "the authorization server does not list this resource",
    meaning:
      "It publishes the resources that it issues tokens for, and this server is not one of them. The login continues; the token may be refused.",
    spec: "RFC 9728 §4",
    example: '"protected_resources": ["https://other.example"]',
    serverFix: "Authorization server: add the resource, or leave the member out.",
    products: {
      "WorkOS AuthKit": [
        "register the resource in the console, else invalid_target",
        "anthropics/claude-ai-mcp#271",
      ],
    },
  },
  openid_members_missing: {
    title: "members of OpenID are missing from the OpenID document",
    meaning: "MCP does not need them, and mcpass does not read them. OpenID clients do.",
    spec: "OpenID Connect Discovery §3",
    example: 'no "subject_types_supported" in /.well-known/openid-configuration',
    serverFix: "For OpenID clients, publish the members.",
  },
  signed_metadata_not_verified: {
    title: "the signed copy of the metadata is ignored",
    meaning:
      "mcpass uses the plain members of the document and does not verify the signature. A value that only the signed copy has is not seen.",
    spec: "RFC 9728 §2.2; RFC 8414 §2.1",
    example: '"signed_metadata": "eyJhbGciOi…"',
    serverFix: "Publish the same values as plain members.",
  },
} satisfies Pages;
