import type { Pages } from "../page.ts";

/** The authorization response. */
export const CALLBACK_CHECK_PAGES = {
  callback_state: {
    title: "state is returned unchanged",
    meaning:
      "Clients refuse another value, because the response could belong to another session. If the server decodes or encodes state once too often, users of some clients cannot sign in.",
    spec: "RFC 6749 §4.1.2",
    example: "GET /authorize?…&state=a%2Bb; 302 Location: …/callback?code=…&state=a+b",
    serverFix:
      "Authorization server: store state as it was decoded from the request, and form-encode it once when the redirect is built.",
  },
  callback_code: {
    title: "the response has exactly one code, in the query",
    meaning:
      "Clients refuse a response that repeats the code, also has an error, or uses the fragment, which browsers do not send. The user has consented in vain.",
    spec: "RFC 6749 §4.1.2",
    example: "302 Location: http://127.0.0.1:17823/callback?code=a&code=b&state=…",
    serverFix: "Authorization server: set code once in the query, and no error with it.",
  },
  callback_exact: {
    title: "the response is sent to the exact redirect URI",
    meaning:
      "Clients listen at one path, and some find their session by the query of the URI. A changed path or a lost query leads to an error page of the client.",
    spec: "RFC 6749 §3.1.2",
    example:
      "redirect_uri=https://app.example/cb?tenant=7; 302 Location: https://app.example/cb?code=…",
    serverFix:
      "Authorization server: append the response parameters to the URI of the request, and retain its path and query.",
  },
  callback_iss: {
    title: "iss in the response is the issuer of the metadata",
    meaning:
      "Clients compare both character by character and refuse any difference, even a slash. Without that, a hostile authorization server could obtain codes of this one (mix-up attack).",
    spec: "RFC 9207 §2, §2.3; MCP authorization, Authorization Response Validation",
    example: '"issuer": "https://auth.example/t1"; GET /callback?code=…&iss=https://auth.example',
    serverFix:
      'Authorization server: send "issuer" of the metadata as iss. Announce it if you send it, and send it if you announce it.',
    products: {
      Monday: ["sent iss without the path of the issuer", "mondaycom/mcp#453"],
      "Namecheap, Meta, Higgsfield": [
        "sent another iss than the announced issuer",
        "openai/codex#38944",
      ],
    },
  },
  callback_no_tokens: {
    title: "the response contains no tokens",
    meaning:
      "The response is a URL, which browsers and servers record. An attacker who reads a token there can use it without the client's code verifier.",
    spec: "RFC 9700 §2.1.2",
    example: "302 Location: …/callback?code=…&state=…&access_token=eyJ…",
    serverFix:
      "Authorization server: issue tokens at the token endpoint only, not for response_type=code at the authorization endpoint.",
  },
  callback_redirect_status: {
    title: "the redirect uses 302 or 303, not 307",
    meaning:
      "After 307, a browser repeats the POST of the sign-in form at the client's address, with everything in the form. A hostile client receives the password of the user.",
    spec: "RFC 9700 §4.12; OAuth 2.1 §7.5.4",
    example: "POST /login -> 307 Location: http://127.0.0.1:17823/callback?code=…",
    serverFix: "Authorization server: redirect with 303, or 302.",
  },
  callback_denied: {
    title: "a denial is reported to the client",
    meaning:
      "If a user who denies access sees only a page of the server, the client waits until its time limit. It cannot say that access was denied.",
    spec: "RFC 6749 §4.1.2.1",
    example: "the user denies -> 200 text/html, and no request to the redirect URI",
    serverFix:
      "Authorization server: redirect with error=access_denied, state and, if announced, iss.",
  },
  consent_each_client: {
    title: "each new client needs its own consent",
    meaning:
      "Anyone can register a client. If the consent for one counts for all, an attacker registers another one, sends a link to a signed-in user, and receives a code without a question (confused deputy).",
    spec:
      "MCP authorization, Confused Deputy Problem; MCP security best practices, Confused Deputy Problem",
    example: "after consent for client a: GET /authorize?client_id=b -> 302 with a code at once",
    serverFix:
      "Authorization server: store consent for the pair of user and client_id, and show the page for a new pair even if a session exists.",
  },
} satisfies Pages;
