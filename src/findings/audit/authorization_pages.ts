import type { Pages } from "../page.ts";

/** The authorization endpoint, before anyone consents. */
export const AUTHORIZATION_CHECK_PAGES = {
  authorize_unknown_client: {
    title: "a request of an unknown client is not redirected",
    meaning:
      "Nobody checked the redirect URI of such a request. With a link to the trusted sign-in page, an attacker leads users to any site (open redirector).",
    spec: "RFC 6749 §4.1.2.1; RFC 9700 §4.11.2",
    example:
      "GET /authorize?client_id=invented&redirect_uri=https://mcpass-audit.invalid/cb -> 302 to that URI",
    serverFix:
      "Authorization server: show an error page with status 400 if client_id is unknown, without a redirect.",
  },
  authorize_foreign_redirect: {
    title: "only registered redirect URIs are used",
    meaning:
      "If another address is accepted, the code is sent to it. An attacker puts one into a link, and receives the code of each user who follows it.",
    spec: "MCP authorization, Open Redirection; RFC 9700 §2.1",
    example: "GET /authorize?client_id=x&redirect_uri=https://mcpass-audit.invalid/cb -> 302",
    serverFix:
      "Authorization server: compare redirect_uri with the registered URIs character by character, and show an error page if none is equal.",
  },
  authorize_redirect_tricks: {
    title: "variants of a registered redirect URI are refused",
    meaning:
      "Browsers and servers read dot segments, encodings, user info or an added query differently. An attacker uses a variant that passes the comparison and still leads elsewhere.",
    spec: "RFC 9700 §4.1.3; MCP authorization, Open Redirection",
    example: "registered https://app.example/cb; redirect_uri=https://app.example/x/../cb -> 302",
    serverFix:
      "Authorization server: compare the text as it was sent, without decoding or normalization. Only the port of a loopback URI may differ. Refuse a second redirect_uri.",
  },
  authorize_port_free: {
    title: "a loopback redirect URI may have any port",
    meaning:
      "A program listens on a port that is free at the moment, so it changes with each sign-in. If ports are compared, the user ends at an error page.",
    spec: "RFC 8252 §7.3; RFC 9700 §4.1.3",
    example:
      "registered http://127.0.0.1:17823/callback; redirect_uri=http://127.0.0.1:40000/callback -> 400",
    serverFix:
      "Authorization server: ignore the port if the registered host is 127.0.0.1 or [::1]; do the same for localhost. Compare everything else exactly.",
    products: {
      "Django OAuth Toolkit": [
        "compares the port of localhost",
        "jazzband/django-oauth-toolkit#1739",
      ],
      FastMCP: ["compared the port of loopback URIs", "PrefectHQ/fastmcp#4152"],
    },
  },
  authorize_pkce: {
    title: "a request without a code challenge is refused",
    meaning:
      "If the challenge is optional, an attacker can remove it from the request of any client. A stolen or injected code is then redeemed without the verifier.",
    spec: "RFC 9700 §2.1.1; OAuth 2.1 §7.5.2",
    example:
      "GET /authorize?response_type=code&client_id=x without code_challenge -> 302 with a code",
    serverFix:
      "Authorization server: require code_challenge from public clients, and answer invalid_request without it.",
  },
  authorize_plain: {
    title: "code_challenge_method=plain is refused",
    meaning:
      "With plain, the challenge is the verifier itself. An attacker who sees the authorization request can redeem the code.",
    spec: "RFC 7636 §4.4.1, §7.2",
    example: "GET /authorize?code_challenge=abc&code_challenge_method=plain -> 302 with a code",
    serverFix:
      "Authorization server: accept S256 only. Answer invalid_request to plain, and to a challenge without a method.",
  },
  authorize_implicit: {
    title: "response_type=token issues no token",
    meaning:
      "An access token in a URL ends up in histories and logs, and nothing binds it to the client. An attacker who finds one can use it at once.",
    spec: "RFC 9700 §2.1.2",
    example: "GET /authorize?response_type=token -> 302 Location: …/callback#access_token=eyJ…",
    serverFix:
      "Authorization server: turn off the implicit flow, and answer unsupported_response_type.",
  },
  authorize_error_redirect: {
    title: "errors are sent to the client",
    meaning:
      "If the server shows a page of its own instead, the client waits until its time limit and cannot say what is wrong. The user has to report the error.",
    spec: "RFC 6749 §4.1.2.1",
    example: "GET /authorize?response_type=audit with a registered client -> 400 text/html",
    serverFix:
      "Authorization server: if client and redirect URI are valid, redirect with error, error_description and state.",
  },
  authorize_error_state: {
    title: "an error response has the state of the request",
    meaning:
      "Clients ignore a response without their state, because it could be forged. They then wait until their time limit, and the user never learns the reason.",
    spec: "RFC 6749 §4.1.2.1",
    example: "302 Location: http://127.0.0.1:17823/callback?error=unsupported_response_type",
    serverFix: "Authorization server: return state once and unchanged with each error.",
  },
  authorize_error_iss: {
    title: "an error response has iss",
    meaning:
      "If the server announces iss, clients must not act on or show a response without it. They report a possible attack instead of the real reason.",
    spec: "RFC 9207 §2; MCP authorization, Authorization Response Validation",
    example: "302 Location: …/callback?error=access_denied&state=… without iss",
    serverFix:
      'Authorization server: add iss, equal to "issuer" of the metadata, to errors as well as to codes.',
  },
  authorize_resource: {
    title: "the parameter resource is accepted",
    meaning:
      "MCP clients have to send it in each authorization request. If the server refuses it, or does not know this resource, no client can sign in.",
    spec: "MCP authorization, Resource Parameter Implementation; RFC 8707 §2",
    example:
      "GET /authorize?…&resource=https://server.example/mcp -> 302 with error=invalid_target",
    serverFix:
      'Authorization server: register the exact "resource" of the MCP server. If resources are not supported, ignore the parameter.',
    products: {
      "Entra ID": [
        "refuses v2 scopes together with resource (AADSTS9010010)",
        "modelcontextprotocol/inspector#685",
      ],
      "WorkOS AuthKit": [
        "invalid_target until the resource is registered in the console",
        "anthropics/claude-ai-mcp#271",
      ],
      "Supabase Auth": ["400 for resource", "supabase/auth#2820"],
    },
  },
  authorize_resource_unknown: {
    title: "an unknown resource is refused",
    meaning:
      "A server that ignores the parameter issues tokens that are not limited to one server. A hostile MCP server can use the tokens that it receives at other servers.",
    spec: "RFC 8707 §2",
    example: "GET /authorize?…&resource=https://mcpass-audit.invalid/x -> 302 with a code",
    serverFix:
      "Authorization server: answer invalid_target to a resource that is not registered, and put the registered one into the audience of the token.",
  },
  authorize_unknown_parameter: {
    title: "an unknown parameter is ignored",
    meaning:
      "Newer clients and extensions add parameters that a server does not know. If one of them ends the request, users of those clients cannot sign in.",
    spec: "RFC 6749 §3.1",
    example: "GET /authorize?…&audit_probe=1 -> 400",
    serverFix:
      "Authorization server: ignore parameters that you do not know. In schema libraries, turn off the refusal of additional fields.",
  },
  authorize_repeated_parameter: {
    title: "a repeated parameter is refused",
    meaning:
      "A gateway may check the first value and the server use the second. An attacker can pass a check with one value and act with the other.",
    spec: "RFC 6749 §3.1",
    example: "GET /authorize?…&scope=files:read&scope=admin -> 302 with a code",
    serverFix:
      "Authorization server: answer invalid_request if a parameter occurs twice; only resource may be repeated.",
  },
  authorize_scopes: {
    title: "the scopes that clients request are granted",
    meaning:
      "Clients request what the challenge or the resource metadata names. If the authorization server refuses one scope of it, every sign-in ends with invalid_scope.",
    spec: "MCP authorization, Scope Selection Strategy; RFC 6749 §3.3",
    example: 'challenge: scope="files:read tools:call"; GET /authorize -> error=invalid_scope',
    serverFix:
      "Authorization server: create the scopes, and allow them for new clients. If you do not, remove them from the challenge and from the resource metadata.",
    products: {
      PostHog: ["invalid_scope for scopes that it publishes", "PostHog/posthog#55307"],
      GitLab: ["refuses some of the scopes that it publishes", "anthropics/claude-code#55954"],
      Keycloak:
        "refuses scopes that the client does not have: assign them as optional client scopes",
    },
  },
  authorize_odd_scope: {
    title: "an unknown scope does not crash the server",
    meaning:
      "A typing error in a scope, or a request without one, ends in a server error. Users and developers cannot tell what to change.",
    spec: "RFC 6749 §3.3",
    example: "GET /authorize?…&scope=mcpass-audit -> 500",
    serverFix:
      "Authorization server: answer invalid_scope, or ignore the scope and name the granted ones in the token response.",
  },
  authorize_framing: {
    title: "sign-in pages cannot be shown in a frame",
    meaning:
      "If a page can be framed, an attacker puts the consent page invisibly over another one. A user who seems to click there approves the attacker's client (clickjacking).",
    spec: "RFC 9700 §4.16; MCP security best practices, Confused Deputy Problem",
    example: "GET /authorize -> 200 text/html without Content-Security-Policy and X-Frame-Options",
    serverFix:
      "Authorization server: send Content-Security-Policy: frame-ancestors 'none' with each page, and X-Frame-Options: DENY for old browsers.",
  },
  authorize_referrer: {
    title: "sign-in pages do not leak their URL",
    meaning:
      "Browsers send the URL of a page to the sites of its links, images and scripts. It contains state, and sometimes a code, which the other site can then use.",
    spec: "RFC 9700 §4.2.4",
    example:
      "GET /authorize -> 200 text/html without Referrer-Policy, with <script src=https://cdn.…>",
    serverFix:
      "Authorization server: send Referrer-Policy: no-referrer, and load no scripts or images of other sites.",
  },
  authorize_reflection: {
    title: "pages escape what the request contains",
    meaning:
      "If text from state, scope or client_id becomes part of the page, an attacker puts a script into a link. It acts as the user who opens the link, up to giving consent.",
    spec: "RFC 6749 §10.14",
    example: 'GET /authorize?client_id="><script>… -> 400 with that text unchanged in the page',
    serverFix:
      "Authorization server: escape each value for HTML, preferably by a template engine that does so always. Add a Content-Security-Policy without inline scripts.",
  },
  authorize_cookies: {
    title: "session cookies are protected",
    meaning:
      "Without Secure a cookie is sent by http too, without HttpOnly scripts can read it, and without SameSite other sites can use it. An attacker who has it is signed in as the user.",
    spec: "MCP security best practices, Confused Deputy Problem",
    example: "GET /authorize -> Set-Cookie: session=…",
    serverFix:
      "Authorization server: set Secure, HttpOnly and SameSite=Lax, and name the cookie with the prefix __Host-.",
  },
  authorize_par_enforced: {
    title: "an ordinary request is refused where PAR is required",
    meaning:
      "The metadata promises that requests are sent to the server directly. If ordinary ones work too, an attacker can still change a request in the browser.",
    spec: "RFC 9126 §5",
    example:
      '"require_pushed_authorization_requests": true; GET /authorize?response_type=code&… -> 302 with a code',
    serverFix:
      "Authorization server: answer invalid_request to a request without request_uri, or do not announce the requirement. Few MCP clients support PAR.",
  },
  authorize_no_cors: {
    title: "the authorization endpoint sends no CORS headers",
    meaning:
      "Browsers navigate there, and no script needs to read it. With the header, any web page can read the response, in the worst case with a code.",
    spec: "RFC 9700 §2.6",
    example:
      "GET /authorize with Origin: https://mcpass-audit.invalid -> Access-Control-Allow-Origin: *",
    serverFix:
      "Authorization server: apply CORS to the token, registration and metadata endpoints only, not to all paths.",
  },
} satisfies Pages;
