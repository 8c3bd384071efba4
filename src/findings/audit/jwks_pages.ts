import type { Pages } from "../page.ts";

/** The signing keys of the authorization server. */
export const JWKS_CHECK_PAGES = {
  jwks_served: {
    title: "the key set is available",
    meaning:
      "The MCP server needs the keys to verify tokens. If it cannot load them, it refuses every token, at the latest after its next restart.",
    spec: "RFC 7517 §5; RFC 8414 §2",
    example: "GET https://auth.example/jwks.json -> 404",
    serverFix:
      'Authorization server: serve {"keys": […]} with at least one key at the "jwks_uri" of the metadata, without authentication.',
  },
  jwks_public: {
    title: "the key set contains public keys only",
    meaning:
      "Anyone can download the set. With a private or symmetric key, an attacker signs tokens for every user, and no server can tell them from real ones.",
    spec: "RFC 7517 §9.2",
    example: '{"keys": [{"kty": "EC", "crv": "P-256", "x": "…", "y": "…", "d": "…"}]}',
    serverFix:
      "Authorization server: replace the exposed keys at once, publish only public members, and refuse tokens that were signed with the old keys.",
  },
  jwks_kid: {
    title: "each key has an id of its own",
    meaning:
      "With several keys, a server finds the right one by kid. If ids are missing or repeated, it tries a wrong key and refuses valid tokens, usually after a key rotation.",
    spec: "RFC 7517 §4.5",
    example: '{"keys": [{"kid": "1", "kty": "RSA"}, {"kid": "1", "kty": "EC"}]}',
    serverFix:
      'Authorization server: give each key a unique "kid", and write it into the header of the tokens.',
  },
  jwks_strength: {
    title: "RSA keys have at least 2048 bits",
    meaning:
      "Shorter keys can be broken with affordable hardware. An attacker who does so signs tokens for every user.",
    spec: "RFC 7518 §3.3",
    example: '{"kty": "RSA", "kid": "old", "n": "… (1024 bits)"}',
    serverFix:
      "Authorization server: create a new key, RSA with 2048 bits or more or an elliptic curve key, and remove the short one from the set.",
  },
  jwks_verifies: {
    title: "the published keys verify the access tokens",
    meaning:
      "A server that verifies signatures refuses every token. A server that accepts them does not verify signatures, so anyone could forge a token.",
    spec: "RFC 9068 §4",
    example: 'a token with "kid": "2026-a", and a key set with "kid": "2025-b" only',
    serverFix:
      "Authorization server: publish the key that signs access tokens. Add a new key to the set before the first token is signed with it.",
  },
} satisfies Pages;
