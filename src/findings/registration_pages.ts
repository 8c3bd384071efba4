import type { Pages } from "./page.ts";

const PREREGISTERED =
  "Register a client by hand, with the redirect URI http://127.0.0.1:17823/callback, and give its " +
  "id: --client-id <id>";

export const REGISTRATION_PAGES = {
  registration_unavailable: {
    title: "the authorization server offers no registration",
    meaning:
      "mcpass needs a client ID, and cannot get one automatically: the metadata offers neither client ID metadata documents (CIMD) nor dynamic client registration (DCR). You gave none either.",
    spec: "MCP authorization, Client Registration Approaches",
    example: 'no "registration_endpoint", no "client_id_metadata_document_supported": true',
    serverFix: "Support client ID metadata documents, or dynamic client registration.",
    workaround:
      "Ask the operator for a client, or register one yourself: --registration preregistered --client-id <id>",
    products: {
      "Entra ID": [
        "register an application with the redirect URI http://localhost (mobile and desktop platform), and sign in with --client-id <id> --redirect-url http://localhost, or --redirect-url http://localhost:<port>/<path> as it is registered",
        "modelcontextprotocol/inspector#685",
      ],
      "OpenAuth, oauth2-mock-server":
        "registers no clients, and accepts any client ID by default: --client-id <name>",
      GitHub: [
        "create an OAuth app: --client-id, --client-secret-file",
        "github/github-mcp-server#2901",
      ],
      "AWS Cognito": [
        "create an app client without a secret, and sign in with --client-id <id> --redirect-url http://localhost:<port>/callback, exactly as it is registered",
        "awslabs/agentcore-samples#1056",
      ],
      Google: "create a desktop OAuth client: --client-id, --client-secret-file",
      "Databricks, Snowflake":
        "create an app (integration) and use its id: --client-id, and --client-secret-file if it has a secret",
      Dex: "add a public client to its configuration: --client-id",
      "Slack, HubSpot, Asana":
        "create an app and use its id and secret: --client-id, --client-secret-file",
      Atlassian: "if registration is turned off, use an API token or an OAuth app",
    },
  },
  registration_refused: {
    title: "the server refused to register this client",
    meaning:
      "The message has the server's reason: often a policy about scopes, redirect URIs, client names or hosts, or registration that only administrators may use. Without a client ID there is no sign-in.",
    spec: "RFC 7591 §3.2.2",
    example: 'POST /register -> 400 {"error": "invalid_redirect_uri"}, or 401, 403',
    serverFix:
      "Authorization server: let native clients with loopback redirect URIs register, or remove the endpoint from the metadata.",
    workaround:
      'Change what the reason names: --scopes "<a b>", --client-name <name>, --redirect-url <url> or --registration-token-file <path>. Or ask the operator for a client: --registration preregistered --client-id <id>',
    products: {
      Okta: [
        "registration needs an administrator's token: create a native app in the admin console, and use --client-id",
        "envoyproxy/ai-gateway#2074",
      ],
      Salesforce: "registration needs an initial access token: create an app, and use --client-id",
      "Spring Authorization Server":
        "registration needs an initial access token: --registration-token-file, or a client from its configuration: --client-id",
      Keycloak:
        "403 Trusted Hosts: add the host in the client registration policies, or create the client",
      Stripe: "refuses without client_name: --client-name <name>",
      Figma: [
        "registers only clients with a name on its list: --client-name <name>",
        "NousResearch/hermes-agent#73141",
      ],
      Notion: [
        "requires token_endpoint_auth_method, which mcpass sends",
        "onyx-dot-app/onyx#12874",
      ],
      Atlassian: [
        "may refuse random ports: --redirect-url http://127.0.0.1:<port>/callback",
        "atlassian/atlassian-mcp-server#246",
      ],
      Auth0: "turn on dynamic registration in the settings of the tenant",
    },
  },
  registration_member_refused: {
    title: "the server refused a member of the registration",
    meaning:
      "A server has to ignore or replace client metadata that it does not accept. mcpass repeats the registration once without the members that the server names; other clients fail here.",
    spec: "RFC 7591 §2, §3.2.1",
    example: 'POST /register -> 400 invalid_client_metadata: "application_type is not allowed"',
    serverFix:
      "Ignore client metadata that is not understood, and replace values that are not allowed.",
    products: {
      FastAPI: "models that forbid extra members refuse with 422: Extra inputs are not permitted",
      Keycloak: [
        'returned 400 for unknown members, and 403 for scopes that the policy "Allowed Client Scopes" does not have',
        "keycloak/keycloak#43654",
      ],
    },
  },
  registration_scope_required: {
    title: "the server refuses a registration without a scope",
    meaning:
      "The member scope is optional. mcpass repeats the registration once with the scopes that the metadata lists; other clients fail here.",
    spec: "RFC 7591 §2",
    example: 'POST /register without "scope" -> 400 invalid_client_metadata: "scope is required"',
    serverFix: "Register a default scope, or list the scopes in the protected resource metadata.",
    workaround: 'To choose the scopes: --scopes "<a b>"',
    products: {
      Fastmail: ["requires scope in a registration", "openai/codex#20503"],
      Boardoil: ["requires scope in a registration", "geelen/mcp-remote#204"],
    },
  },
  number_instead_of_string: {
    title: "the server sent a number where a string is required",
    meaning: "mcpass reads the number as text and continues. Typed clients refuse the response.",
    spec: "RFC 7591 §3.2.1; RFC 6749 §5.1; RFC 8628 §3.2",
    example: 'POST /register -> 201 {"client_id": 42}',
    serverFix: 'Send a JSON string: {"client_id": "42"}.',
    products: { "Laravel MCP": ["returned client_id as a number", "laravel/mcp#85"] },
  },
  registration_echo_missing: {
    title: "the response does not repeat what was registered",
    meaning:
      "A server returns all registered metadata, because it may change values. mcpass assumes what it asked for; if the server registered something else, the sign-in fails later.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 201 {"client_id": "x"} and nothing else',
    serverFix: "Return all registered metadata.",
    products: {
      "mcp-auth-proxy": [
        "returned an empty token_endpoint_auth_method",
        "sigbit/mcp-auth-proxy#173",
      ],
    },
  },
  registration_method_unknown: {
    title: "the client was registered with an unusable method",
    meaning:
      "The server chose another authentication method than mcpass requested, and mcpass cannot use that method for this client. So no token can be requested.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 201 {"token_endpoint_auth_method": "tls_client_auth"}',
    serverFix: "Register the method that was asked for, or refuse the registration.",
    workaround: PREREGISTERED,
  },
  registration_answer_invalid: {
    title: "the response to the registration names no client",
    meaning: "There is no client_id, so mcpass cannot start the sign-in.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 201 {"client_name": "mcpass"}',
    serverFix: 'Send 201 with "client_id".',
    workaround: PREREGISTERED,
  },
  registration_status: {
    title: "the response to the registration is 200 instead of 201",
    meaning: "mcpass accepts it. Strict clients treat it as a failure.",
    spec: "RFC 7591 §3.2.1",
    example: 'POST /register -> 200 {"client_id": "x"}',
    serverFix: "Send 201 Created.",
  },
  registration_needless_secret: {
    title: "a secret was issued to a client that sends none",
    meaning:
      "The client is registered as a public client, which has no secret. mcpass sends the secret only if the token endpoint refuses requests without it.",
    spec: "RFC 7591 §3.2.1",
    example: '{"token_endpoint_auth_method": "none", "client_secret": "…"}',
    serverFix: "Issue no secret to a public client.",
    products: { Figma: ["issued such a secret", "NousResearch/hermes-agent#73141"] },
  },
  registration_redirect_changed: {
    title: "the server registered other redirect URIs",
    meaning:
      "The redirect URI of this sign-in is not among them, so the authorization endpoint will probably refuse it.",
    spec: "RFC 7591 §3.2.1",
    example: 'requested http://127.0.0.1:17823/callback; registered ["http://localhost/callback"]',
    serverFix: "Register the redirect URI that was asked for, or refuse the registration.",
    workaround: "Use a URI that the server registers: --redirect-url <url>",
  },
  registration_renewed: {
    title: "the server had forgotten the client; mcpass registered again",
    meaning:
      "The server deleted or forgot the registration without saying when it ends. Each user has to sign in again after that.",
    spec: "RFC 7591 §3.2.1",
    example: "POST /token -> 401 invalid_client for a stored client; POST /register -> 201",
    serverFix: "Do not delete registrations, or announce their end in client_secret_expires_at.",
    products: {
      "Cloudflare workers-oauth-provider": "registrations end after 90 days",
      "AWS sign-in": "removes registered clients after some time",
    },
  },
  registration_widened: {
    title: "the client was registered for less scope than is needed",
    meaning:
      "The server limits a client to the scopes of its registration. mcpass updated the registration, or registered another client, and stores it.",
    spec: "RFC 7591 §2, scope; RFC 7592 §2.2",
    example: "step-up: GET /authorize?scope=files:write -> error=invalid_scope",
    serverFix:
      "Let clients request more scopes than they registered, or name all scopes in the first challenge.",
  },
  registration_limit: {
    title: "the server requires one registration after another",
    meaning:
      "mcpass registers at most three clients in one login. The server names another authorization server in each response, or refuses each new client, so the login would not end.",
    spec: "MCP authorization, Client Registration Approaches",
    example: "POST /register -> 201; POST /token -> 401 invalid_client; POST /register -> 201 …",
    serverFix: "Name one authorization server, and accept the clients that it registers.",
    workaround: PREREGISTERED,
  },
  registration_management_unusable: {
    title: "incomplete registration management data",
    meaning:
      "To manage a registration, a client needs an https URL and a token; the server sent only one of them, or an unsafe URL. The login continues, but oauth client and logout --unregister do not work for this client.",
    spec: "RFC 7592 §3",
    example: "201 with registration_client_uri and without registration_access_token",
    serverFix: "Send both members, or neither.",
  },
  registration_not_manageable: {
    title: "no registration access token is stored for this client",
    meaning:
      "Only a client that was registered dynamically, at a server with RFC 7592, has such a token. mcpass cannot read, change or delete this registration.",
    spec: "RFC 7592 §3",
    example: "mcpass oauth client --url <url>, for a preregistered client",
    serverFix:
      "To offer management, send registration_client_uri and registration_access_token with registrations.",
    fix: "Manage the client where it was registered, or ask the operator.",
  },
  client_management_refused: {
    title: "the server refused to manage the registration",
    meaning:
      "401: the token is not accepted, or the client is deleted. 403 and 405: the server does not offer the operation. Nothing changed.",
    spec: "RFC 7592 §2",
    example: "GET /register/x with the registration access token -> 401",
    serverFix:
      "Accept the registration access token that was issued last. Send 204 for a deletion.",
    workaround: "Sign in again for a new registration, and ask the operator to delete this one.",
  },
  client_management_answer_invalid: {
    title: "the response is not the registration of this client",
    meaning:
      "It is not JSON or has another client_id. mcpass changed nothing, because it could store the data of another client.",
    spec: "RFC 7592 §3",
    example: 'GET /register/x -> 200 {"client_id": "y"}',
    serverFix: "Send all registered metadata of the client.",
    workaround: "Sign in again for a new registration.",
  },
  unregister_failed: {
    title: "the registration could not be deleted at the server",
    meaning:
      "mcpass deleted the stored sign-in anyway. The client is still registered at the authorization server, without tokens.",
    spec: "RFC 7592 §2.3",
    example: "DELETE /register/x -> 401, 403, 404 or 405",
    serverFix: "Offer deletion, and send 204 for it.",
    workaround: "Ask the operator to delete the client. The output has its id.",
  },
  cimd_not_offered: {
    title: "client ID metadata documents are not offered",
    meaning:
      "From 2025-11-25 on, MCP prefers them to dynamic registration, which is deprecated from 2026-07-28 on. mcpass uses dynamic registration or your own client.",
    spec: "MCP authorization, Client ID Metadata Documents",
    example: 'no "client_id_metadata_document_supported": true',
    serverFix: "Support client ID metadata documents (CIMD).",
  },
  cimd_without_auth_method: {
    title: "metadata documents are offered without a method they can use",
    meaning:
      "A client with a metadata document has no shared secret: it authenticates with none or private_key_jwt, and the server lists neither. mcpass tries none.",
    spec: "Client ID Metadata Document draft §4.1; RFC 8414 §2",
    example:
      '"client_id_metadata_document_supported": true, "token_endpoint_auth_methods_supported": ["client_secret_basic"]',
    serverFix: 'Add "none" or "private_key_jwt" to the list.',
    workaround: "To register the client dynamically instead: --registration dcr",
  },
  auth_methods_default: {
    title: "the metadata does not say how clients authenticate",
    meaning:
      "The default is a client secret in HTTP Basic. A public client, which has no secret, cannot know whether it may send token requests.",
    spec: "RFC 8414 §2",
    example: 'no "token_endpoint_auth_methods_supported"',
    serverFix: 'Publish the member; list "none" for public clients.',
    workaround: "To choose a method: --token-auth-method none",
  },
  public_clients_not_listed: {
    title: "public clients are not listed",
    meaning:
      "Most MCP clients run on the user's machine and cannot hold a secret. mcpass uses a secret that registration issues; a client that was registered by hand without a secret authenticates with none.",
    spec: "RFC 8414 §2; OAuth 2.1 §2.4",
    example: '"token_endpoint_auth_methods_supported": ["client_secret_basic"]',
    serverFix: 'If public clients may sign in, list "none".',
    products: {
      "Entra ID, AWS Cognito, Keycloak, Dex, Authentik, Salesforce":
        "public clients that were registered by hand work: --client-id",
      HubSpot: [
        "client_secret_post only: --token-auth-method client_secret_post",
        "NousResearch/hermes-agent#52138",
      ],
      "Asana, GitHub": "confidential clients only: --client-id with --client-secret-file",
    },
  },
  auth_signing_algs_missing: {
    title: "signed assertions are offered without their algorithms",
    meaning:
      "A client cannot know which signature the server accepts. mcpass prefers a method without signatures; with a key it has to guess.",
    spec: "RFC 8414 §2",
    example:
      '"token_endpoint_auth_methods_supported": ["private_key_jwt"], and no "token_endpoint_auth_signing_alg_values_supported"',
    serverFix: "List the algorithms.",
  },
  signing_alg_none: {
    title: "unsigned signatures are listed as accepted",
    meaning:
      'With the algorithm "none", anyone can forge an assertion and pose as any client. mcpass never uses it.',
    spec: "RFC 8414 §2; RFC 9728 §2",
    example: '"token_endpoint_auth_signing_alg_values_supported": ["RS256", "none"]',
    serverFix: 'Remove "none".',
  },
  client_secret_missing: {
    title: "the client has to send a secret, and none was given",
    meaning:
      "The token endpoint accepts this client only as a confidential client. mcpass ended before the sign-in, because the token request would fail.",
    spec: "OAuth 2.1 §2.4.1; RFC 8414 §2",
    example: "--client-id x --token-auth-method client_secret_basic, without a secret",
    fix:
      "Give the secret: --client-secret-file <path> or MCPASS_CLIENT_SECRET. If the client is a public one, which has no secret: --token-auth-method none",
  },
  client_auth_method_refused: {
    title: "the client's authentication method was refused",
    meaning:
      "mcpass tried one other method, or Basic with client_id in the form, and stores the one that worked. Clients that rely on the metadata fail.",
    spec: "RFC 6749 §2.3; RFC 7591 §2",
    example: 'POST /token with client_secret_basic -> 401 {"error": "invalid_client"}',
    serverFix: "List the methods that work in token_endpoint_auth_methods_supported.",
    workaround: "To use the right method at once: --token-auth-method <method>",
    products: {
      Figma: [
        "issues a secret to clients that registered with none, and requires it; mcpass then sends it. To send it at once: --token-auth-method client_secret_post",
        "NousResearch/hermes-agent#73141",
      ],
      "MCP Python SDK":
        "requires client_id in the form with Basic, and client_secret at revocation",
    },
  },
  no_common_auth_method: {
    title: "the token endpoint accepts no method that this client has",
    meaning:
      "A client authenticates with nothing, a secret, a key or a certificate. The server lists only methods for which this client has no credential.",
    spec: "RFC 8414 §2",
    example: '"token_endpoint_auth_methods_supported": ["tls_client_auth"]',
    serverFix: "Accept none, client_secret_basic or client_secret_post for this client.",
    workaround:
      "If the list is wrong, name the method that the server accepts: --token-auth-method <method>",
    products: {
      "Cloudflare workers-oauth-provider":
        "clients with a metadata document authenticate with none only",
    },
  },
} satisfies Pages;
