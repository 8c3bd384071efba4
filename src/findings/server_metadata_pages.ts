import type { Pages } from "./page.ts";

const PUBLISH_S256 = 'Publish "code_challenge_methods_supported": ["S256"].';

export const SERVER_METADATA_PAGES = {
  server_metadata_missing: {
    title: "no authorization server metadata was found",
    clause: "RFC 8414 §3; MCP authorization, Authorization Server Metadata Discovery",
    looks: "oauth-authorization-server and openid-configuration -> 404, a web page, or not JSON",
    change: "Serve the document at the well-known URL that is made from the issuer.",
    meanwhile:
      "The finding lists every URL; check the issuer in the resource metadata. If you know the endpoints, write a JSON file with issuer, authorization_endpoint, token_endpoint and code_challenge_methods_supported, and sign in with --authorization-server-metadata <file>.",
    products: {
      Keycloak: "has the path-inserted URL from 26.4 on; before, the appended OpenID URL",
      Stytch: "list the project's or the custom domain as issuer",
      GitHub: "has only the path-inserted URL",
      "GitHub Enterprise":
        "publishes none: write the endpoints into a file for --authorization-server-metadata",
    },
  },
  server_metadata_given: {
    title: "the metadata is from --authorization-server-metadata",
    means:
      "mcpass uses the given metadata instead of the published one, with the same checks. The flag is stored with the sign-in.",
    clause: "RFC 8414 §3",
    looks:
      '{"issuer": "https://auth.example", "authorization_endpoint": "https://auth.example/authorize", "token_endpoint": "https://auth.example/token", "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"]}',
    change: "Publish the metadata at the well-known URL of the issuer.",
    meanwhile: "Leave the flag out once the server publishes metadata.",
  },
  default_endpoints: {
    title: "the default endpoints of 2025-03-26 are used",
    means: "There is no authorization server metadata at the server's origin.",
    clause: "MCP authorization 2025-03-26, Fallbacks for Servers without Metadata Discovery",
    looks: "/authorize, /token and /register at the MCP server's origin",
    change: "Publish authorization server metadata.",
    meanwhile: "The login continues; --protocol-version auto looks for more.",
  },
  discovery_failed: {
    title: "neither resource nor authorization server metadata was found",
    means: "Nothing says where to sign in: mcpass found no metadata.",
    clause: "RFC 9728 §3.1; MCP authorization, Authorization Server Discovery",
    looks: "no metadata at any of the well-known URLs",
    change: "Publish resource metadata, and metadata at the issuer it names.",
    meanwhile: "Check the path: MCP servers are often at /mcp. If you know the authorization " +
      "server: --authorization-server <issuer>, or --authorization-server-metadata <file>.",
    products: {
      Salesforce:
        "publishes no resource metadata: --authorization-server https://login.salesforce.com --trust-pkce https://login.salesforce.com",
    },
  },
  issuer_missing: {
    title: "the metadata has no issuer",
    means: "mcpass cannot know whose metadata it is, and does not use it.",
    clause: "RFC 8414 §2",
    looks: 'no "issuer", or one that is not a string',
    change: 'Publish "issuer" with the identifier that the URL is made from.',
    meanwhile:
      "Save the document, add the issuer, and sign in with --authorization-server-metadata <file>.",
  },
  issuer_invalid: {
    title: "the issuer in the metadata is not a usable URL",
    means: "The issuer must be an https URL without user info, query and fragment.",
    clause: "RFC 8414 §2",
    looks: '"issuer": "auth.example"',
    change: 'Publish an absolute https URL as "issuer".',
    meanwhile: "No flag accepts this.",
  },
  issuer_mismatch: {
    title: "the metadata belongs to another issuer",
    means:
      "The metadata names another issuer than the expected one: a proxy, a stale setting, or an attack.",
    clause: "RFC 8414 §3.3; MCP authorization, Authorization Server Metadata Discovery",
    looks: 'requested for https://a; "issuer": "https://b"',
    change:
      'Make "issuer" and the entry in "authorization_servers" the same, character by character.',
    meanwhile: "If you know that both belong together: --trust-issuer <expected>=<announced>",
    products: {
      Auth0: "the issuer ends in a slash: list https://<tenant>.auth0.com/ with it",
      Google:
        "Google's own servers list https://accounts.google.com/, and the metadata has no slash: --trust-issuer https://accounts.google.com/=https://accounts.google.com",
      "Entra ID":
        "v1 metadata announces https://sts.windows.net/<tenant id>/: list https://login.microsoftonline.com/<tenant id>/v2.0, or accept the pair with --trust-issuer",
      Atlassian: "metadata of /v1/mcp names another host: --trust-issuer",
      "Slack, Clerk, Supabase":
        "the issuer is the vendor's host: list that one, or accept the pair with --trust-issuer",
      Okta:
        "a custom authorization server's issuer has a path: list https://<org>.okta.com/oauth2/<id>",
      Descope: "list the complete issuer …/v1/apps/agentic/<project>/<server>",
      Stytch: "list the domain that the metadata names: the project's or the custom one",
      Context7: "its issuer is Clerk's host: list that one, or --trust-issuer",
      "Namecheap, Swiggy": "was reported to announce another issuer: --trust-issuer",
    },
  },
  issuer_mismatch_tolerated: {
    title: "the metadata names another issuer, which this revision allows",
    clause: "RFC 8414 §3.3",
    looks: "--protocol-version 2025-03-26 and another issuer in the document",
    change: 'Make "issuer" the identifier that the URL is made from.',
    meanwhile: "Later revisions refuse it: --trust-issuer accepts the pair.",
  },
  issuer_mismatch_trusted: {
    title: "the metadata names another issuer, accepted by --trust-issuer",
    clause: "RFC 8414 §3.3",
    looks: "--trust-issuer <expected>=<announced>",
    change: 'Make "issuer" and the entry in "authorization_servers" the same.',
    meanwhile: "mcpass stores the pair with the credential and refuses any other issuer.",
  },
  issuer_template: {
    title: "the issuer in the metadata is a template for tenants",
    means: "Each tenant has its own issuer. Metadata for all tenants matches none of them.",
    clause: "RFC 8414 §2",
    looks: '"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"',
    change: "Name the issuer of one tenant in the resource metadata.",
    meanwhile:
      "To sign in with the metadata for all tenants: --trust-issuer <expected>=<template>. Every tenant can then sign in, so the MCP server must check the tenant of the token.",
    products: {
      "Entra ID":
        "common and organizations return a template: list https://login.microsoftonline.com/<tenant id>/v2.0, or accept the template with --trust-issuer",
    },
  },
  issuer_trailing_slash: {
    title: "the issuer ends in a slash",
    means: "Its metadata URL does not show the slash, so the slash is easily lost.",
    clause: "RFC 8414 §3.1, §3.3",
    looks: '"issuer": "https://tenant.example/"',
    change: "List it with the slash in authorization_servers.",
    meanwhile: "None needed while both have the slash.",
    products: { "Auth0, Authentik": "always has the slash" },
  },
  endpoint_missing: {
    title: "an endpoint that the login needs is missing from the metadata",
    clause: "RFC 8414 §2",
    looks: 'no "authorization_endpoint" or no "token_endpoint"',
    change: "Publish the endpoint.",
    meanwhile: "No flag accepts this.",
  },
  endpoint_invalid: {
    title: "an endpoint in the metadata is not a valid URL",
    means:
      "The URL has spaces, user info, a fragment or other characters that a URL cannot have. mcpass encodes spaces and refuses the rest.",
    clause: "RFC 8414 §2",
    looks: '"authorization_endpoint": "https://auth.example/authorize?scope=openid profile"',
    change: "Publish an absolute https URL; write %20 for a space (RFC 3986 §2).",
    meanwhile:
      "For spaces, nothing. Otherwise save the metadata, correct it, and sign in with --authorization-server-metadata <file>.",
  },
  endpoint_insecure: {
    title: "an endpoint in the metadata is not https",
    means: "Without https, others can read codes and tokens.",
    clause: "MCP authorization, Communication Security; OAuth 2.1 §1.5",
    looks: '"token_endpoint": "http://auth.example/token"',
    change: "Serve every endpoint by https; behind a proxy, build URLs from the public address.",
    meanwhile: "No flag accepts this; http is for loopback only.",
    products: { Keycloak: "set the hostname and proxy-headers options behind a TLS proxy" },
  },
  endpoint_on_other_host: {
    title: "an endpoint is on another host than the issuer",
    clause: "RFC 9700 §4.4",
    looks: 'issuer https://a, "token_endpoint": "https://b/token"',
    change: "Nothing, if both belong together.",
    meanwhile: "None needed: the login shows the hosts.",
  },
  response_types_missing: {
    title: "the metadata has no response_types_supported",
    clause: "RFC 8414 §2",
    looks: 'no "response_types_supported"',
    change: 'Publish "response_types_supported": ["code"].',
    meanwhile: "None needed: mcpass assumes code.",
  },
  response_mode_query_missing: {
    title: "the metadata does not list response mode query",
    means: "A client on this machine can receive the code in the query only.",
    clause: "RFC 8414 §2; OAuth 2.1 §4.1.2",
    looks: '"response_modes_supported": ["form_post"]',
    change: 'List "query".',
    meanwhile: "None needed: mcpass tries it anyway.",
  },
  code_flow_not_supported: {
    title: "the server does not offer the authorization code grant",
    means: "A person can sign in with this grant only.",
    clause: "RFC 8414 §2",
    looks: '"response_types_supported": ["token"]',
    change: 'Support "code".',
    meanwhile: "Without a person: --auth-mode client_credentials, if the server offers it.",
  },
  grant_code_not_listed: {
    title: "authorization_code is missing from the list of grants",
    clause: "RFC 8414 §2",
    looks: '"grant_types_supported": ["client_credentials"]',
    change: 'List "authorization_code" if people sign in.',
    meanwhile: "None needed: mcpass tries it anyway.",
  },
  grant_refresh_not_listed: {
    title: "refresh_token is missing from the list of grants",
    means: "A person may have to sign in often.",
    clause: "RFC 8414 §2; OAuth 2.1 §4.3",
    looks: '"grant_types_supported": ["authorization_code"]',
    change: 'List "refresh_token" if refresh tokens are issued.',
    meanwhile: "None needed: mcpass uses a refresh token that is issued.",
  },
  grant_withdrawn: {
    title: "the server offers a grant that OAuth 2.1 has withdrawn",
    clause: "OAuth 2.1 §10",
    looks: '"grant_types_supported": [… "implicit", "password"]',
    change: "Turn off what no client needs.",
    meanwhile: "None needed: mcpass never uses it.",
  },
  pkce_not_advertised: {
    title: "the authorization server does not announce PKCE",
    means: "Without PKCE, others can use a stolen code.",
    clause: "MCP authorization, Authorization Code Protection; RFC 8414 §2",
    looks: 'no "code_challenge_methods_supported"',
    change: PUBLISH_S256,
    meanwhile: "If you know that it checks S256: --trust-pkce <issuer>",
    products: {
      "Entra ID, AWS Cognito, Salesforce, OpenAuth":
        "checks S256 and does not say so: --trust-pkce",
    },
  },
  pkce_not_advertised_tolerated: {
    title: "PKCE is not announced, which this revision allows",
    clause: "MCP authorization, Authorization Code Protection",
    looks: 'no "code_challenge_methods_supported" under 2025-06-18 or older',
    change: PUBLISH_S256,
    meanwhile: "mcpass sends S256. Later revisions refuse this: --trust-pkce <issuer>",
  },
  pkce_not_advertised_trusted: {
    title: "PKCE is not announced, accepted by --trust-pkce",
    clause: "MCP authorization, Authorization Code Protection",
    looks: "--trust-pkce <issuer>",
    change: PUBLISH_S256,
    meanwhile: "mcpass sends S256 anyway, and stores the flag with the credential.",
  },
  pkce_s256_not_supported: {
    title: "the authorization server does not list S256 for PKCE",
    means: "The server lists other PKCE methods; plain protects nothing.",
    clause: "RFC 7636 §4.2; MCP authorization, Authorization Code Protection",
    looks: '"code_challenge_methods_supported": ["plain"]',
    change: "Support S256.",
    meanwhile: "No flag accepts this.",
  },
  pkce_plain_listed: {
    title: "plain is offered for PKCE in addition to S256",
    means: "A weak client could choose plain.",
    clause: "RFC 7636 §7.2; RFC 9700 §2.1.1",
    looks: '"code_challenge_methods_supported": ["plain", "S256"]',
    change: "List S256 only.",
    meanwhile: "None needed: mcpass sends S256.",
  },
  iss_not_advertised: {
    title: "the server does not announce iss in its responses",
    means: "Responses of two authorization servers are harder to distinguish.",
    clause: "RFC 9207 §3; MCP authorization, Authorization Response Validation",
    looks: 'no "authorization_response_iss_parameter_supported": true',
    change: "Send iss with the code, and announce it.",
    meanwhile: "None needed: each login has its own callback, a second defense.",
  },
  pushed_requests_required: {
    title: "the server accepts only pushed authorization requests",
    clause: "RFC 9126 §5",
    looks: '"require_pushed_authorization_requests": true',
    change: "Accept ordinary requests too; most MCP clients push none.",
    meanwhile: "None needed if the metadata has an endpoint for them.",
  },
  resource_not_listed_by_server: {
    title: "the authorization server does not list this resource",
    means: "The server lists the resources that it issues tokens for.",
    clause: "RFC 9728 §4",
    looks: '"protected_resources": ["https://other.example"]',
    change: "Add the resource, or leave the member out.",
    meanwhile: "The login continues; the token may be refused.",
    products: { "WorkOS AuthKit": "register the resource in the console, else invalid_target" },
  },
  openid_members_missing: {
    title: "members of OpenID are missing from the OpenID document",
    means: "OpenID clients need them. MCP does not.",
    clause: "OpenID Connect Discovery §3",
    looks: 'no "subject_types_supported"',
    change: "Nothing for MCP.",
    meanwhile: "None needed.",
  },
  signed_metadata_not_verified: {
    title: "the signed copy of the metadata is ignored",
    clause: "RFC 9728 §2.2; RFC 8414 §2.1",
    looks: '"signed_metadata": "eyJ…"',
    change: "Nothing; publish the same values as plain members.",
    meanwhile: "None needed: mcpass uses the plain members.",
  },
} satisfies Pages;
