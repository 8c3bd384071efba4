import type { Pages } from "../page.ts";

/** What the token endpoint accepts and refuses. */
export const TOKEN_ENDPOINT_CHECK_PAGES = {
  exchange_good: {
    title: "a valid code is exchanged",
    meaning: "Clients finish a sign-in with this request, so nobody can sign in if it fails.",
    spec: "RFC 6749 §5.1",
    example: "POST /token grant_type=authorization_code -> 500",
    serverFix: "Authorization server: answer 200 with an access token.",
  },
  exchange_invented_code: {
    title: "a code that was never issued is refused",
    meaning: "If the endpoint accepts any code, everybody can obtain access tokens of others.",
    spec: "RFC 6749 §5.2",
    example: "POST /token code=<random> -> 200",
    serverFix: "Authorization server: answer 400 with invalid_grant.",
  },
} as const satisfies Pages;
