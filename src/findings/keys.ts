/**
 * Pages about keys, assertions, proofs and pushed requests.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about keys, assertions, proofs and pushed requests. */
export const KEY_PAGES = {
  assertion_audience_mismatch: {
    title: "the assertion is for another authorization server",
    means:
      "The audience of the assertion (aud) is neither the issuer nor the token endpoint of the " +
      "authorization server that the MCP server names. mcpass did not send the assertion: the " +
      "server that receives it could use it at the authorization server that it is for.",
    clause: "RFC 7523 §3",
    looks: '{"aud": "https://login.example.net"}, and the issuer is https://auth.example.com',
    change: "Nothing, if the MCP server names the right authorization server.",
    meanwhile:
      "Obtain an assertion whose aud is exactly the issuer in the metadata. If the assertion is " +
      "right, the MCP server names the wrong authorization server: ask its operator.",
  },
  private_key_missing: {
    title: "the token endpoint wants a signing key, and none was given",
    means: "The token endpoint takes only clients that sign with a key, and no key was given.",
    clause: "RFC 7523 §2.2; RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported: ["private_key_jwt"]',
    change: "Register the client's public key at the authorization server.",
    meanwhile: "Give the key with --private-key-file <path>.",
  },
  private_key_unusable: {
    title: "the key file could not be read as a private key",
    means: "The key file could not be read as a private key.",
    clause: "RFC 7517 §4; RFC 5208",
    looks: "a public key, a certificate, a wrong passphrase, or no PEM and no JWK",
    change: "Save the key as PKCS#8 PEM or as a JWK with its private members.",
    meanwhile:
      "An encrypted PEM is asked for its passphrase, or reads --private-key-passphrase-file.",
  },
  client_certificate_missing: {
    title: "the client has to present a certificate, and has none",
    means: "The client has to authenticate by its certificate in the TLS handshake, and has none.",
    clause: "RFC 8705 §2; RFC 8414 §2",
    looks: 'token_endpoint_auth_methods_supported: ["tls_client_auth"]',
    change:
      "Register the certificate, or the key of a self-signed one, at the authorization server.",
    meanwhile: "Give it with --client-cert <path> --client-key <path>.",
  },
  client_certificate_unusable: {
    title: "the client's certificate and key cannot be used",
    means: "The certificate and its key cannot be used together, or are not what they should be.",
    clause: "RFC 5280; RFC 5958",
    looks: "the key of another certificate, DER in place of PEM, a wrong passphrase",
    change:
      "Save both as PEM: openssl x509 -in <path> -out <path>; the chain follows the certificate.",
    meanwhile: "An encrypted key is asked for its passphrase, or reads " +
      "--client-key-passphrase-file, whose path is kept for renewals.",
  },
  client_certificate_meets_proxy: {
    title: "the proxy would be presented the client's certificate",
    means:
      "A proxy that is reached by https may ask for the certificate that is the server's to see.",
    clause: "RFC 8705 §2; RFC 9110 §9.3.6",
    looks: "HTTPS_PROXY or --proxy begins with https://, and --client-cert was given",
    change: "Name the proxy as http://host:port.",
    meanwhile: "Leave --proxy out, or unset HTTPS_PROXY, where the server is reached without it.",
  },
  client_certificate_unreadable: {
    title: "a file of the client's certificate cannot be read",
    means: "A file of the client's certificate is not there, or not readable.",
    looks: "mcpass oauth token, after the key was moved: its path is kept, its content never",
    change: "Nothing on the server.",
    meanwhile: "Put the file back, or sign in again with --client-cert <path> --client-key <path>.",
  },
  client_certificate_expired: {
    title: "the client's certificate is not valid at this time",
    means: "The client's certificate is not valid at this time.",
    clause: "RFC 5280 §4.1.2.5",
    looks: "notAfter lies in the past, or notBefore in the future",
    change: "Have a new one issued.",
    meanwhile: "The login goes on, since a server may be lenient; most refuse it.",
  },
  client_certificate_without_tls: {
    title: "a certificate is wanted at an endpoint without TLS",
    means: "The client authenticates in the TLS handshake, and the endpoint is not on https.",
    clause: "RFC 8705 §2",
    looks: "token_endpoint on http at loopback",
    change: "Serve it on https, or name one in mtls_endpoint_aliases.",
    meanwhile: "Use another --token-auth-method.",
  },
  certificate_binding_mismatch: {
    title: "the token is bound to another certificate",
    means: "The token says that it is bound to another certificate than the one presented.",
    clause: "RFC 8705 §3.1, §6.5",
    looks: 'cnf: {"x5t#S256": "…"} of a load balancer\'s own certificate',
    change: "Let what ends TLS hand the client's certificate on to the authorization server.",
    meanwhile:
      "The certificate is presented with the token; the MCP server will probably refuse it.",
  },
  certificate_not_bound: {
    title: "the token is bound to no certificate",
    means:
      "The server announces certificate-bound tokens, and this one is bound to no certificate.",
    clause: "RFC 8705 §3.4",
    looks: 'tls_client_certificate_bound_access_tokens: true, and no "cnf" in the token',
    change: "Register the client with tls_client_certificate_bound_access_tokens.",
    meanwhile: "The token is used as a plain one.",
  },
  secret_file_writable: {
    title: "a file with a secret is writable by every user",
    means:
      "Every user of this machine can change the file with a secret, a key or an assertion, so " +
      "mcpass does not use it.",
    looks: "mode 0666 or 0777",
    change: "chmod 600 <path>",
    meanwhile: "Check that nobody has replaced the secret before you use the file again.",
  },
  secret_file_permissions: {
    title: "other users can read or change a file with a secret",
    means: "Other users of this machine can read or change a file with a secret, a key or an " +
      "assertion, or the file belongs to another user.",
    looks: "mode wider than 0600",
    change: "chmod 600 <path>",
    meanwhile: "The login continues.",
  },
  weak_client_secret: {
    title: "the client secret is too easy to guess",
    means:
      "The client secret is shorter than 8 characters, is a date, or consists only of common words " +
      "of OAuth and of mcpass. mcpass cannot reliably distinguish such a secret from ordinary text. " +
      "In a trace it masks the secret only in text of a server, and only as a complete word.",
    clause: "RFC 6749 §10.10",
    looks: "a client secret for development, such as one word",
    change: "Authorization server: issue a long random client secret.",
    meanwhile: "The login continues. Before you share a trace, check it for the secret.",
  },
  no_common_signing_algorithm: {
    title: "the server takes no algorithm of this key",
    means: "The server lists no algorithm that this key can sign with.",
    clause: "RFC 8414 §2",
    looks: "the server wants RS256, and the key is an elliptic one",
    change: "Use a key of a type that the server lists, or let the server list more.",
    meanwhile: "Give another key with --private-key-file.",
  },
  no_common_dpop_algorithm: {
    title: "the server takes no DPoP algorithm that is known here",
    means: "The server lists no algorithm for DPoP proofs that this program can sign with.",
    clause: "RFC 9449 §5.1",
    looks: "dpop_signing_alg_values_supported without ES256",
    change: "Let the authorization server accept ES256.",
    meanwhile: "Leave --dpop out, where the resource takes plain tokens.",
  },
  dpop_not_bound: {
    title: "the token is not bound to the key of the proof",
    means: "A proof was sent, and the token that came back is not bound to its key.",
    clause: "RFC 9449 §5",
    looks: 'token_type "Bearer" in answer to a request with a DPoP header',
    change: "Bind tokens of requests with a proof, and answer token_type DPoP.",
    meanwhile: "The token is used as a plain one where the resource does not demand binding.",
  },
  assertion_refused: {
    title: "the authorization server refused the assertion",
    means: "The authorization server refused the assertion; it is not tried again.",
    clause: "RFC 7523 §3.1",
    looks: "400 invalid_grant",
    change: "Trust the assertion's issuer, and compare its audience with the server's issuer.",
    meanwhile: "Look at aud and exp of the assertion.",
  },
  assertion_gone: {
    title: "the assertion cannot be read again",
    means: "The assertion that the token was obtained with cannot be read again.",
    looks: "the file is gone, or the assertion came from standard input",
    change: "Let the workload keep its assertion in a file that is renewed.",
    meanwhile: "Sign in again with --auth-mode jwt_bearer --assertion-file <path>.",
  },
  identity_exchange_refused: {
    title: "the identity provider refused the exchange",
    means:
      "The identity provider did not exchange the identity for an assertion: a policy decides.",
    clause: "RFC 8693 §2.2.2",
    looks: "400 at the identity provider's token endpoint",
    change: "Allow this client at the identity provider to act for the MCP server's issuer.",
    meanwhile: "It is the administrator's decision.",
  },
  identity_exchange_invalid: {
    title: "the identity provider's answer holds no ID-JAG",
    means: "The identity provider's answer holds no ID-JAG.",
    clause: "RFC 8693 §2.2.1",
    looks: "another issued_token_type, or none",
    change: "Issue urn:ietf:params:oauth:token-type:id-jag when it is asked for.",
    meanwhile: "Nothing: another token would be of no use.",
  },
  id_token_missing: {
    title: "the identity provider gave no ID token",
    means: "The identity provider signed the person in and gave no ID token.",
    clause: "OpenID Connect Core §3.1.3.3",
    looks: "a token answer without id_token",
    change: "Let the client at the identity provider use OpenID Connect (the scope openid).",
    meanwhile: "Give an ID token that was had another way: --id-token-file <path>.",
  },
  id_token_invalid: {
    title: "the ID token is not for this sign-in",
    means: "The ID token is not for this sign-in, and was not used.",
    clause: "OpenID Connect Core §3.1.3.7, §12.2",
    looks: "iss, aud, azp, nonce or exp is not what was asked for, or sub is not who signed in",
    change: "Issue ID tokens for the client and the request that asked, with the own issuer.",
    meanwhile: "Check --idp-issuer, --idp-client-id and the clock of this machine.",
  },
  identity_expired: {
    title: "the sign-in at the identity provider is over",
    means: "The sign-in at the identity provider is over, so no further assertion can be had.",
    clause: "RFC 8693 §2.1",
    looks: "the ID token has expired without a refresh token, or that one is refused",
    change: "Issue a refresh token to the client at the identity provider (offline_access).",
    meanwhile: "Sign in again; the message says with which command.",
  },
  request_object_key_missing: {
    title: "the server wants signed requests, and there is no key",
    means: "The server takes only signed authorization requests, and there is no key to sign with.",
    clause: "RFC 9101 §10.5",
    looks: "require_signed_request_object: true",
    change: "Register the client's public key, or demand no signed requests of MCP clients.",
    meanwhile: "Give the client and its key: --client-id <id> --private-key-file <path>.",
  },
  identity_provider_metadata_missing: {
    title: "the identity provider's token endpoint is not known",
    means: "The identity provider's token endpoint is not known: no metadata was found.",
    clause: "OpenID Connect Discovery §4; RFC 8414 §2, §3.3",
    looks: "no openid-configuration at --idp-issuer",
    change: "Publish the document at the issuer.",
    meanwhile: "Name the endpoint with --idp-token-endpoint.",
  },
  pushed_request_refused: {
    title: "the server refused the pushed authorization request",
    means: "The server refused the authorization request that was pushed to it.",
    clause: "RFC 9126 §2.3",
    looks: "400 or 401 at the pushed authorization request endpoint",
    change: "Compare client, redirect URI and scope with what is registered.",
    meanwhile: "Leave --par out, where the server does not require it.",
  },
  pushed_request_endpoint_missing: {
    title: "the metadata names no endpoint for pushed requests",
    means: "Pushed requests are wanted, and the metadata names no endpoint for them.",
    clause: "RFC 9126 §5",
    looks: "no pushed_authorization_request_endpoint",
    change: "Publish the endpoint.",
    meanwhile: "Leave --par out, where the server does not require it.",
  },
} satisfies Pages;
