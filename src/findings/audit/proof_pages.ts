import type { Pages } from "../page.ts";

/** Tokens that are bound to a key or a certificate. */
export const PROOF_CHECK_PAGES = {
  dpop_algs: {
    title: "asymmetric algorithms are listed for DPoP",
    meaning:
      "Clients choose from the list. An empty list leaves them no choice; with HS256 or none, an attacker could make valid proofs.",
    spec: "RFC 9449 §5.1; SEP-1932",
    example: '"dpop_signing_alg_values_supported": ["HS256"]',
    serverFix:
      'Authorization server: list asymmetric algorithms only, at least "ES256", in "dpop_signing_alg_values_supported".',
  },
  dpop_binds: {
    title: "a token request with a proof gives a bound token",
    meaning:
      "The client proved its key, and gets a token that works without it. Anyone who steals the token can use it, although user and client believe that it is protected.",
    spec: "RFC 9449 §5, §6",
    example: 'POST /token with DPoP -> 200 {"token_type": "Bearer"}',
    serverFix:
      'Authorization server: write the thumbprint of the key into cnf.jkt, and send "token_type": "DPoP".',
  },
  dpop_demanded: {
    title: "a client that registered DPoP must send a proof",
    meaning:
      "The client asked for bound tokens only. If a request without a proof succeeds, an attacker who has a code gets an ordinary token for it.",
    spec: "RFC 9449 §5.2",
    example: '"dpop_bound_access_tokens": true; POST /token without DPoP -> 200',
    serverFix:
      "Authorization server: answer 400 to token requests of such a client without a proof.",
  },
  dpop_not_bearer: {
    title: "a bound token is refused as Bearer",
    meaning:
      "If it is accepted, the binding protects nothing: an attacker who steals the token sends it without a proof.",
    spec: "RFC 9449 §7.2",
    example: "POST /mcp with Authorization: Bearer <bound token> -> 200",
    serverFix:
      "Look for cnf in each token. If it has jkt, require the scheme DPoP with a valid proof, and answer 401 otherwise.",
  },
  dpop_proof_checked: {
    title: "each member of a DPoP proof is checked",
    meaning:
      "A proof is valid for one request and one token. If the method, the URL, the token hash or the key is not compared, an attacker who sees one proof uses it for other requests.",
    spec: "RFC 9449 §4.3",
    example: 'POST /mcp with a proof for "htu": "https://other.example/mcp" -> 200',
    serverFix:
      "Compare htm, htu, ath and the thumbprint of the key with the request and the token, and accept only asymmetric algorithms. Behind a proxy, compare htu with the public URL.",
  },
  dpop_stale: {
    title: "an old DPoP proof is refused, a new one is not",
    meaning:
      "Proofs appear in logs. If their age does not count, an attacker uses one later; if the clocks must agree to the second, honest clients are refused.",
    spec: "RFC 9449 §4.3; SEP-1932",
    example: "POST /mcp with a proof whose iat is 10 min ago -> 200",
    serverFix:
      "Accept an iat within five minutes of the clock, and refuse others with 401. Tolerate at least ten seconds in both directions.",
  },
  dpop_refresh_bound: {
    title: "a refresh token of a public client is bound too",
    meaning:
      "If it is not bound, an attacker who steals the refresh token sends a proof with another key, and gets access tokens for that key.",
    spec: "RFC 9449 §5",
    example: "POST /token with grant_type=refresh_token and a proof of another key -> 200",
    serverFix:
      "Authorization server: store the thumbprint with the refresh token, and answer invalid_grant or invalid_dpop_proof to another key.",
  },
  mtls_bound: {
    title: "a certificate-bound token needs its certificate",
    meaning:
      "The token names the certificate of its client. If the server does not compare it, an attacker who steals the token can use it from any machine.",
    spec: "RFC 8705 §3",
    example: 'POST /mcp with "cnf": {"x5t#S256": "…"}, without a client certificate -> 200',
    serverFix:
      "Compare the hash of the client certificate of the connection with cnf, and answer 401. If a proxy ends TLS, let it pass the certificate on, and accept that header from it only.",
  },
} satisfies Pages;
