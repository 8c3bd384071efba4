import type { Pages } from "./page.ts";

const CLIENT_CERT = "--client-cert <path> --client-key <path>";

export const CLIENT_KEY_PAGES = {
  private_key_missing: {
    title: "the token endpoint requires a signing key, and none was given",
    clause: "RFC 7523 §2.2; RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported: ["private_key_jwt"]',
    change: "Register the client's public key at the authorization server.",
    meanwhile:
      "Give the key with --private-key-file <path>. If the client is a public one, which has no key: --token-auth-method none",
  },
  private_key_unusable: {
    title: "the key file could not be read as a private key",
    clause: "RFC 7517 §4; RFC 5208",
    looks: "a public key, a certificate, a wrong passphrase, or neither PEM nor JWK",
    meanwhile:
      "Save the key as PKCS#8 PEM or as a JWK with its private members. For an encrypted PEM, mcpass asks for the passphrase or reads --private-key-passphrase-file.",
  },
  client_certificate_missing: {
    title: "the server requires a client certificate, and none was given",
    means: "The client has to authenticate with its certificate in the TLS handshake.",
    clause: "RFC 8705 §2; RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported: ["tls_client_auth"]',
    change:
      "Register the certificate, or the key of a self-signed one, at the authorization server.",
    meanwhile:
      `Give it with ${CLIENT_CERT}. If the client is a public one, which has none: --token-auth-method none`,
  },
  client_certificate_unusable: {
    title: "the client's certificate and key cannot be used",
    means: "The key is not the certificate's, or a file is not in PEM form.",
    clause: "RFC 5280; RFC 5958",
    looks: "the key of another certificate, DER instead of PEM, a wrong passphrase",
    meanwhile:
      "Save both as PEM: openssl x509 -in <path> -out <path>; the chain follows the certificate. For an encrypted key, mcpass asks for the passphrase or reads --client-key-passphrase-file, whose path it stores for refreshes.",
  },
  client_certificate_meets_proxy: {
    title: "the proxy would receive the client's certificate",
    means: "A proxy on https may ask for the certificate, which is for the server only.",
    clause: "RFC 8705 §2; RFC 9110 §9.3.6",
    looks: "HTTPS_PROXY or --proxy begins with https://, and --client-cert was given",
    meanwhile: "Name the proxy as http://host:port, or connect without it (unset HTTPS_PROXY).",
  },
  client_certificate_unreadable: {
    title: "a file of the client's certificate cannot be read",
    means: "mcpass stores the path of the file, never its content.",
    looks: "mcpass oauth token, after the key was moved",
    meanwhile: `Put the file back, or sign in again with ${CLIENT_CERT}.`,
  },
  client_certificate_expired: {
    title: "the client's certificate is not valid at this time",
    clause: "RFC 5280 §4.1.2.5",
    looks: "notAfter is in the past, or notBefore in the future",
    change: "Have a new one issued.",
    meanwhile: "The login continues, since a server may be lenient; most refuse it.",
  },
  client_certificate_without_tls: {
    title: "an endpoint for client certificates has no TLS",
    clause: "RFC 8705 §2",
    looks: "token_endpoint on http at loopback",
    change: "Serve it on https, or name one in mtls_endpoint_aliases.",
    meanwhile: "Use another --token-auth-method.",
  },
  certificate_binding_mismatch: {
    title: "the token is bound to another certificate",
    clause: "RFC 8705 §3.1, §6.5",
    looks: 'cnf: {"x5t#S256": "…"} of a load balancer\'s own certificate',
    change: "Have the TLS terminator forward the client certificate to the authorization server.",
    meanwhile:
      "mcpass presents the certificate with the token; the server will probably refuse it.",
  },
  certificate_not_bound: {
    title: "the token is not bound to a certificate",
    means: "The server announces certificate-bound tokens and issued one that is not bound.",
    clause: "RFC 8705 §3.4",
    looks: 'tls_client_certificate_bound_access_tokens: true, and no "cnf" in the token',
    change: "Register the client with tls_client_certificate_bound_access_tokens.",
    meanwhile: "None needed: mcpass uses it as a Bearer token.",
  },
  secret_file_writable: {
    title: "a file with a secret is writable by every user",
    means:
      "Every user of this machine can change the file with a secret, a key or an assertion, so mcpass does not use it.",
    looks: "mode 0666 or 0777",
    meanwhile:
      "chmod 600 <path>. Check that nobody has replaced the secret before you use the file again.",
  },
  secret_file_permissions: {
    title: "other users can read or change a file with a secret",
    means:
      "Other users of this machine can read or change a file with a secret, a key or an assertion, or the file belongs to another user. The login continues.",
    looks: "mode wider than 0600",
    meanwhile: "chmod 600 <path>",
  },
  weak_client_secret: {
    title: "the client secret is too easy to guess",
    means:
      "The client secret is shorter than 8 characters, is a date, or consists only of common words of OAuth and of mcpass. mcpass cannot reliably distinguish such a secret from ordinary text. In a trace it masks the secret only in text of a server, and only as a complete word.",
    clause: "RFC 6749 §10.10",
    looks: "a client secret for development, such as one word",
    change: "Authorization server: issue a long random client secret.",
    meanwhile: "The login continues. Before you share a trace, check it for the secret.",
  },
  no_common_signing_algorithm: {
    title: "the server accepts no algorithm of this key",
    clause: "RFC 8414 §2",
    looks: "the server requires RS256, and the key is an elliptic one",
    change: "List an algorithm of the key.",
    meanwhile: "Give a key of a type that the server lists with --private-key-file.",
  },
  no_common_dpop_algorithm: {
    title: "the server accepts no DPoP algorithm that mcpass supports",
    clause: "RFC 9449 §5.1",
    looks: "dpop_signing_alg_values_supported without ES256",
    change: "Let the authorization server accept ES256.",
    meanwhile: "Leave --dpop out if the resource accepts Bearer tokens.",
  },
  dpop_not_bound: {
    title: "the token is not bound to the key of the DPoP proof",
    clause: "RFC 9449 §5",
    looks: 'token_type "Bearer" in the response to a request with a DPoP header',
    change: "Bind tokens of requests with a proof, and send token_type DPoP.",
    meanwhile: "mcpass uses it as a Bearer token, unless the resource requires binding.",
  },
} satisfies Pages;
