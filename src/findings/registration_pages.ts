import type { Pages } from "./page.ts";

const PREREGISTERED =
  "Register a client by hand, with the redirect URI http://127.0.0.1:17823/callback, and give its " +
  "id: --client-id <id>";

export const REGISTRATION_PAGES = {
  registration_unavailable: {
    title: "the authorization server offers no registration",
    means:
      "It offers neither dynamic registration nor metadata documents, and no client id was given.",
    clause: "MCP authorization, Client Registration Approaches",
    looks: 'no "registration_endpoint", no "client_id_metadata_document_supported": true',
    change: "Support client ID metadata documents or dynamic registration.",
    meanwhile: "Ask the operator for a client: --registration preregistered --client-id <id>",
    products: {
      "Entra ID":
        "register an application with the redirect URI http://localhost (mobile and desktop platform), and sign in with --client-id <id> --redirect-url http://localhost, or --redirect-url http://localhost:<port>/<path> as it is registered",
      "OpenAuth, oauth2-mock-server":
        "registers no clients, and accepts any client id by default: --client-id <name>",
      GitHub: "create an OAuth app: --client-id, --client-secret-file",
      "AWS Cognito":
        "create an app client without a secret, and sign in with --client-id <id> --redirect-url http://localhost:<port>/callback, exactly as it is registered",
      Google: "create a desktop OAuth client: --client-id, --client-secret-file",
      "Databricks, Snowflake":
        "create an app (integration) and use its id: --client-id, and --client-secret-file if it has a secret",
      Dex: "add a public client to its configuration: --client-id",
      "Slack, HubSpot, Asana":
        "create an app and use its id and secret: --client-id, --client-secret-file",
      Atlassian: "use an API token or an OAuth app if registration is turned off",
    },
  },
  registration_refused: {
    title: "the server refused to register this client",
    means:
      "The message has the server's text, for example a policy about scopes, redirect URIs, client names or hosts, or a registration for administrators only.",
    clause: "RFC 7591 §3.2.2",
    looks: 'POST /register -> 400 {"error": "invalid_redirect_uri"}, or 401, 403',
    change:
      "Open registration for native clients with loopback redirects, or remove the endpoint from the metadata.",
    meanwhile:
      'Change what the text names: --scopes "<a b>", --client-name <name>, --redirect-url <url> or --registration-token-file <path>; or ask the operator for a client: --registration preregistered --client-id <id>',
    products: {
      Okta:
        "registration needs an administrator's token: create a native app in the admin console, and use --client-id",
      Salesforce: "registration needs an initial access token: create an app, and use --client-id",
      "Spring Authorization Server":
        "registration needs an initial access token: --registration-token-file, or a client from its configuration: --client-id",
      Keycloak:
        "403 Trusted Hosts: add the host in the client registration policies, or create the client",
      Stripe: "refuses without client_name: --client-name <name>",
      Figma: "registers only clients with a name on its list: --client-name <name>",
      Notion: "requires token_endpoint_auth_method, which mcpass sends",
      Atlassian: "may refuse random ports: --redirect-url http://127.0.0.1:<port>/callback",
      Auth0: "turn on dynamic registration in the tenant's settings",
    },
  },
  registration_member_refused: {
    title: "the server refused a member of the registration",
    means: "mcpass repeats the registration once without the members that the server names.",
    clause: "RFC 7591 §2, §3.2.1",
    looks: 'POST /register -> 400 invalid_client_metadata: "application_type is not allowed"',
    change:
      "Ignore client metadata that is not understood, or replace values that are not allowed.",
    meanwhile: "None needed.",
    products: {
      FastAPI: "models that forbid extra members refuse with 422: Extra inputs are not permitted",
      Keycloak: "sends 400 for members it does not know, and 403 for scopes that the policy " +
        '"Allowed Client Scopes" does not have',
    },
  },
  registration_scope_required: {
    title: "the server refuses a registration without a scope",
    means: "mcpass repeats the registration once with the scopes that the metadata lists.",
    clause: "RFC 7591 §2",
    looks: 'POST /register without "scope" -> 400 invalid_client_metadata: "scope is required"',
    change: "Register a default scope, or list the scopes in the protected resource metadata.",
    meanwhile: 'None needed; to choose: --scopes "<a b>"',
    products: { "Fastmail, Boardoil": "refuses a registration without scope" },
  },
  number_instead_of_string: {
    title: "the server sent a number where a string is required",
    means: "mcpass reads the number as text.",
    clause: "RFC 7591 §3.2.1; RFC 6749 §5.1; RFC 8628 §3.2",
    looks: '201 {"client_id": 42}',
    change: 'Send a JSON string: {"client_id": "42"}.',
    meanwhile: "None needed: the login continues.",
    products: { "Laravel MCP": "was reported to return client_id as a number" },
  },
  registration_echo_missing: {
    title: "the response does not repeat what was registered",
    means: "mcpass assumes what it asked for.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 {"client_id": "x"} and nothing else',
    change: "Return all registered metadata.",
    meanwhile: "None needed: the login continues.",
    products: { "mcp-auth-proxy": "was reported to return an empty method" },
  },
  registration_method_unknown: {
    title: "the client was registered with an unusable method",
    means: "The server registered another authentication method than mcpass asked for.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 {"token_endpoint_auth_method": "tls_client_auth"}',
    change: "Register the method that was asked for, or refuse.",
    meanwhile: PREREGISTERED,
  },
  registration_answer_invalid: {
    title: "the response to the registration names no client",
    clause: "RFC 7591 §3.2.1",
    looks: '200 or 201 without "client_id"',
    change: 'Send 201 with "client_id".',
    meanwhile: PREREGISTERED,
  },
  registration_status: {
    title: "the response to the registration is 200 instead of 201",
    clause: "RFC 7591 §3.2.1",
    looks: "POST /register -> 200",
    change: "Send 201 Created.",
    meanwhile: "None needed: mcpass accepts it.",
  },
  registration_needless_secret: {
    title: "a secret was issued to a client that sends none",
    clause: "RFC 7591 §3.2.1",
    looks: '"token_endpoint_auth_method": "none" with "client_secret"',
    change: "Issue no secret to a public client.",
    meanwhile:
      "None needed: mcpass uses it only if the token endpoint refuses requests without it.",
    products: { Figma: "was reported to do this" },
  },
  registration_redirect_changed: {
    title: "the server registered other redirect URIs",
    means: "The server will probably refuse the redirect URI of this sign-in.",
    clause: "RFC 7591 §3.2.1",
    looks: '201 with other "redirect_uris"',
    change: "Register the redirect URI that was asked for, or refuse.",
    meanwhile: "Use the URI that the server registers: --redirect-url <url>",
  },
  registration_renewed: {
    title: "the server no longer knew the client; mcpass registered another",
    clause: "RFC 7591 §3.2.1",
    looks: "invalid_client for a stored client, then POST /register",
    change: "Do not delete registrations, or send client_secret_expires_at.",
    meanwhile: "None needed.",
    products: {
      "Cloudflare workers-oauth-provider": "registrations end after 90 days",
      "AWS sign-in": "removes registered clients after a time",
    },
  },
  registration_widened: {
    title: "the client was registered for less scope than is needed",
    means: "mcpass changed the registration, or registered another client, once in this login.",
    clause: "RFC 7591 §2, scope; RFC 7592 §2.2",
    looks:
      "invalid_scope at the authorization endpoint, or a grant without the scope, in a step-up",
    change: "Let clients ask for more scopes than they registered, or name all of them first.",
    meanwhile: "None needed: mcpass stores the new registration.",
  },
  registration_limit: {
    title: "the server requires one registration after another",
    means: "One login would have registered more than three clients.",
    clause: "MCP authorization, Client Registration Approaches",
    looks:
      "authorization servers that change from response to response, or refuse each registration",
    change: "Name one authorization server, and accept its clients.",
    meanwhile: PREREGISTERED,
  },
  registration_management_unusable: {
    title: "incomplete registration management data",
    means:
      "The server sent only one of the two members that managing the registration needs, or an unsafe address.",
    clause: "RFC 7592 §3",
    looks: "201 with registration_client_uri and no registration_access_token",
    change: "Send both, the address on https, or neither.",
    meanwhile:
      "The login continues; oauth client and logout --unregister do not work for this client.",
  },
  registration_not_manageable: {
    title: "no registration access token is stored for this client",
    means: "mcpass cannot manage the registration.",
    clause: "RFC 7592 §3",
    looks: "a preregistered client, a metadata document, or a server without RFC 7592",
    change: "Send registration_client_uri and registration_access_token with registrations.",
    meanwhile: "Manage the client where it was registered, or ask the operator.",
  },
  client_management_refused: {
    title: "the server refused to read, update or delete the registration",
    clause: "RFC 7592 §2",
    looks: "401 (token not accepted or client deleted), 403, 404, 405 (not offered)",
    change: "Accept the registration access token that was issued last; send 204 for a deletion.",
    meanwhile: "Sign in again for another registration; ask the operator to delete this one.",
  },
  client_management_answer_invalid: {
    title: "the response is not the registration of this client",
    clause: "RFC 7592 §3",
    looks: "not JSON, or another client_id",
    change: "Send all registered metadata of the client.",
    meanwhile: "mcpass changed nothing.",
  },
  unregister_failed: {
    title: "the registration could not be deleted at the server",
    means: "mcpass deleted the stored sign-in anyway.",
    clause: "RFC 7592 §2.3",
    looks: "DELETE registration_client_uri -> 401, 403, 404, 405",
    change: "Offer deletion, and send 204 for it.",
    meanwhile: "Ask the operator to delete the client; the output names it.",
  },
  cimd_not_offered: {
    title: "client ID metadata documents are not offered",
    means: "They are the preferred way to register from 2025-11-25 on.",
    clause: "MCP authorization, Client ID Metadata Documents",
    looks: 'no "client_id_metadata_document_supported": true',
    change: "Support them; dynamic registration is deprecated from 2026-07-28 on.",
    meanwhile: "None needed: mcpass uses dynamic registration or your own client.",
  },
  cimd_without_auth_method: {
    title: "metadata documents are offered without a method they can use",
    means: "Clients with a metadata document can use none or private_key_jwt only.",
    clause: "Client ID Metadata Document draft §4.1; RFC 8414 §2",
    looks: 'client_id_metadata_document_supported with ["client_secret_basic"]',
    change: 'List "none" or "private_key_jwt".',
    meanwhile: "mcpass uses none; --registration dcr avoids it.",
  },
  auth_methods_default: {
    title: "the metadata does not say how clients authenticate",
    means: "The default is a secret, sent by HTTP Basic.",
    clause: "RFC 8414 §2",
    looks: 'no "token_endpoint_auth_methods_supported"',
    change: 'Publish the member; list "none" for public clients.',
    meanwhile: "--token-auth-method names one.",
  },
  public_clients_not_listed: {
    title: "public clients are not listed",
    means: "Most MCP clients have no secret.",
    clause: "RFC 8414 §2; OAuth 2.1 §2.4",
    looks: '"token_endpoint_auth_methods_supported": ["client_secret_basic"]',
    change: 'List "none" if public clients may sign in.',
    meanwhile: "None needed: mcpass uses a secret that registration issues. A client that was " +
      "registered by hand without a secret authenticates with none.",
    products: {
      "Entra ID, AWS Cognito, Keycloak, Dex, Authentik, Salesforce":
        "public clients that were registered by hand work: --client-id",
      HubSpot: "client_secret_post only: --token-auth-method client_secret_post",
      "Asana, GitHub": "confidential clients only: --client-id with --client-secret-file",
    },
  },
  auth_signing_algs_missing: {
    title: "signed assertions are offered without their algorithms",
    clause: "RFC 8414 §2",
    looks: 'private_key_jwt listed, no "…_auth_signing_alg_values_supported"',
    change: "List the algorithms.",
    meanwhile: "None needed: mcpass prefers a method without signatures.",
  },
  signing_alg_none: {
    title: "unsigned signatures are listed as accepted",
    means: "Anybody can forge an unsigned assertion.",
    clause: "RFC 8414 §2; RFC 9728 §2",
    looks: '"…_signing_alg_values_supported": ["RS256", "none"]',
    change: 'Remove "none".',
    meanwhile: "None needed: mcpass never uses it.",
  },
  client_secret_missing: {
    title: "the client has to send a secret, and none was given",
    clause: "OAuth 2.1 §2.4.1; RFC 8414 §2",
    looks: "--token-auth-method client_secret_basic without a secret",
    change: 'Nothing; or allow "none" for this client.',
    meanwhile:
      "Give it with --client-secret-file <path> or MCPASS_CLIENT_SECRET. If the client is a public one, which has no secret: --token-auth-method none",
  },
  client_auth_method_refused: {
    title: "the authorization server refused the client's authentication method",
    means:
      "mcpass tried one other method, or Basic with client_id in the form. It stores the method that worked with the sign-in.",
    clause: "RFC 6749 §2.3; RFC 7591 §2",
    looks: '401 {"error": "invalid_client"} to a request with client_secret_basic',
    change: "List the methods that work in token_endpoint_auth_methods_supported.",
    meanwhile: "None needed; --token-auth-method chooses the method at once.",
    products: {
      Figma:
        "issues a secret to clients that registered with none, and requires it: mcpass then sends it. To send it at once: --token-auth-method client_secret_post",
      "MCP Python SDK":
        "requires client_id in the form with Basic, and client_secret at revocation",
    },
  },
  no_common_auth_method: {
    title: "the token endpoint accepts no method that this client has",
    clause: "RFC 8414 §2",
    looks: '"token_endpoint_auth_methods_supported": ["tls_client_auth"]',
    change: "Accept none, client_secret_basic or client_secret_post for this client.",
    meanwhile: "--token-auth-method chooses one.",
    products: {
      "Cloudflare workers-oauth-provider":
        "clients with a metadata document authenticate with none only",
    },
  },
} satisfies Pages;
