import type { Pages } from "./page.ts";

const CLIENT_CERT = "--client-cert <path> --client-key <path>";

export const CLIENT_KEY_PAGES = {
  private_key_missing: {
    title: "the client needs a signing key, and none was given",
    meaning:
      "The client has to sign its token requests (private_key_jwt). mcpass ended before the sign-in, because the token request would fail.",
    spec: "RFC 7523 §2.2; RFC 8414 §2",
    example: '"token_endpoint_auth_methods_supported": ["private_key_jwt"]',
    fix:
      "Give the key whose public key is registered: --private-key-file <path>. If the client is a public one, which has no key: --token-auth-method none",
  },
  private_key_unusable: {
    title: "the key file could not be read as a private key",
    meaning:
      "The file is a public key, a certificate or another format, or the passphrase is wrong. mcpass cannot sign with it.",
    spec: "RFC 7517 §4; RFC 5208",
    example: "--private-key-file key.pub",
    fix:
      "Save the key as PKCS#8 PEM or as a JWK with its private members. For an encrypted PEM, mcpass asks for the passphrase or reads --private-key-passphrase-file.",
  },
  client_certificate_missing: {
    title: "the server requires a client certificate, and none was given",
    meaning:
      "The client authenticates with its certificate in the TLS handshake (mTLS). mcpass ended before the sign-in, because the token request would fail.",
    spec: "RFC 8705 §2; RFC 8414 §2",
    example: '"token_endpoint_auth_methods_supported": ["tls_client_auth"]',
    fix:
      `Give the certificate that is registered for the client: ${CLIENT_CERT}. If the client is a public one, which has none: --token-auth-method none`,
  },
  client_certificate_unusable: {
    title: "the client's certificate and key cannot be used",
    meaning:
      "The key does not belong to the certificate, a file is not PEM, or the passphrase is wrong. TLS cannot present the certificate.",
    spec: "RFC 5280; RFC 5958",
    example: "--client-cert client.der --client-key other.pem",
    fix:
      "Save both as PEM: openssl x509 -in <path> -out <path>; the chain follows the certificate. For an encrypted key, mcpass asks for the passphrase or reads --client-key-passphrase-file, whose path it stores for refreshes.",
  },
  client_certificate_meets_proxy: {
    title: "the proxy would receive the client's certificate",
    meaning:
      "An https proxy may ask for the certificate in its own TLS handshake, and the certificate is for the server only. mcpass sent nothing.",
    spec: "RFC 8705 §2; RFC 9110 §9.3.6",
    example: `--proxy https://proxy.example:3128 ${CLIENT_CERT}`,
    fix: "Write the proxy as http://host:port, or connect without it (unset HTTPS_PROXY).",
  },
  client_certificate_unreadable: {
    title: "a file of the client's certificate cannot be read",
    meaning:
      "mcpass stores the path of the file, never its content. Without the file it cannot refresh the token.",
    example: "mcpass token, after the key was moved",
    fix: `Put the file back, or sign in again with ${CLIENT_CERT}.`,
  },
  client_certificate_expired: {
    title: "the client's certificate is not valid at this time",
    meaning:
      "Its validity has ended or has not begun. The login continues, since a server may be lenient; most refuse the handshake.",
    spec: "RFC 5280 §4.1.2.5",
    example: "notAfter=Jan 1 00:00:00 2026 GMT",
    fix: "Obtain a new certificate, and check the clock of this machine.",
  },
  client_certificate_without_tls: {
    title: "an endpoint for client certificates has no TLS",
    meaning:
      "A client presents its certificate in the handshake of https, and the URL is http. So it cannot authenticate there.",
    spec: "RFC 8705 §2",
    example: '"token_endpoint": "http://127.0.0.1:8080/token"',
    serverFix: "Serve the endpoint by https, or name an https one in mtls_endpoint_aliases.",
    workaround: "Use another method: --token-auth-method <method>",
  },
  certificate_binding_mismatch: {
    title: "the token is bound to another certificate",
    meaning:
      "Usually a load balancer terminated TLS and presented a certificate of its own. mcpass presents your certificate with the token, and the server will probably refuse it.",
    spec: "RFC 8705 §3.1, §6.5",
    example: '"cnf": {"x5t#S256": "…"} with the thumbprint of another certificate',
    serverFix: "Let the TLS terminator forward the client certificate to the authorization server.",
  },
  certificate_not_bound: {
    title: "the token is not bound to a certificate",
    meaning:
      "The metadata promises binding (RFC 8705), but this is an ordinary Bearer token: everyone who copies it can use it.",
    spec: "RFC 8705 §3.4",
    example: '"tls_client_certificate_bound_access_tokens": true, and no "cnf" in the access token',
    serverFix: "Register the client with tls_client_certificate_bound_access_tokens.",
  },
  secret_file_writable: {
    title: "a file with a secret is writable by every user",
    meaning:
      "Each user of this machine can replace the secret, key or assertion in it, and so choose what mcpass sends. mcpass does not use the file.",
    example: "secret.txt with mode 0666",
    fix:
      "Check that nobody has replaced the secret. Then remove the access of others: chmod 600 <path>",
  },
  secret_file_permissions: {
    title: "other users can read or change a file with a secret",
    meaning:
      "The permissions are wider than 0600, or the file belongs to another user. The login continues; the secret may be known to others.",
    example: "secret.txt with mode 0644",
    fix: "Remove the access of others: chmod 600 <path>",
  },
  weak_client_secret: {
    title: "the client secret is too easy to guess",
    meaning:
      "It is shorter than 8 characters, a date, or consists of common words of OAuth. mcpass cannot reliably tell it from ordinary text, so in a trace it masks the secret only as a complete word in text of a server. The login continues.",
    spec: "RFC 6749 §10.10",
    example: "MCPASS_CLIENT_SECRET=secret",
    serverFix: "Authorization server: issue long random client secrets.",
    workaround: "Before you share a trace, search it for the secret.",
  },
  no_common_signing_algorithm: {
    title: "the server accepts no algorithm of this key",
    meaning:
      "Each type of key has its own algorithms, and the metadata lists none of them. The server would refuse the signature.",
    spec: "RFC 8414 §2",
    example: '"token_endpoint_auth_signing_alg_values_supported": ["RS256"]; the key is an EC key',
    serverFix: "List an algorithm of the key.",
    fix: "Use a key of a type that the server lists: --private-key-file <path>",
  },
  no_common_dpop_algorithm: {
    title: "the server accepts no DPoP algorithm that mcpass supports",
    meaning:
      "mcpass signs with ES256, EdDSA, Ed25519, ES384, PS256 or RS256. The authorization server and the MCP server have to accept one of them in common, because both see proofs of the same key.",
    spec: "RFC 9449 §5.1",
    example: '"dpop_signing_alg_values_supported": ["ES512"]',
    serverFix: "Accept ES256 at both servers, and list it.",
    workaround: "If the MCP server accepts Bearer tokens, leave --dpop out.",
  },
  dpop_not_bound: {
    title: "the token is not bound to the key of the DPoP proof",
    meaning:
      "mcpass sent a proof, and the server issued a Bearer token. Everyone who copies it can use it. mcpass uses it unless the MCP server requires binding.",
    spec: "RFC 9449 §5",
    example: 'POST /token with a DPoP header -> 200 {"token_type": "Bearer"}',
    serverFix: 'Bind the token to the key of the proof, and send "token_type": "DPoP".',
  },
} satisfies Pages;
