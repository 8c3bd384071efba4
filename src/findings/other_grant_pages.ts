import type { Pages } from "./page.ts";

export const DEVICE_PAGES = {
  device_request_refused: {
    title: "the authorization server issued no device code",
    clause: "RFC 8628 §3.2; RFC 6749 §5.2",
    looks: "400 or 401 at the device authorization endpoint",
    change: "Allow urn:ietf:params:oauth:grant-type:device_code to this client.",
    meanwhile: "Sign in with --auth-mode interactive, or with another client: --client-id <id>.",
    products: {
      Keycloak: 'turn on "OAuth 2.0 Device Authorization Grant" for the client',
      "Entra ID": 'turn on "Allow public client flows" in the app registration',
      Okta: "turn on the grant for a native application",
    },
  },
  device_answer_invalid: {
    title: "incomplete device authorization response",
    clause: "RFC 8628 §3.2",
    looks: "200 without device_code, user_code or verification_uri",
    change: "Send all three, as JSON.",
    meanwhile: "Sign in with --auth-mode interactive.",
  },
  device_answer_deviates: {
    title: "a member of the device authorization response is not standard",
    clause: "RFC 8628 §3.2",
    looks: "verification_url, no expires_in, or an interval that is not a number of seconds",
    change: "Use the standard's names, and numbers of seconds.",
    meanwhile: "None needed: mcpass reads it anyway.",
    products: { Google: "sends verification_url" },
  },
  device_interval_too_long: {
    title: "the polling interval is longer than the device code is valid",
    clause: "RFC 8628 §3.2, §3.5",
    looks: '"interval": 86400 with "expires_in": 600',
    change: "Announce an interval of some seconds; leave it out for 5.",
    meanwhile: "If the code is valid long enough, allow more time: --consent-timeout <ms>.",
  },
  device_denied: {
    title: "a person or a policy denied the device's request",
    clause: "RFC 8628 §3.5",
    looks: "poll of the token endpoint -> access_denied",
    change: "Nothing, if the denial was intended.",
    meanwhile: "Run the login again, and approve it with an account that may use the server.",
  },
  device_code_expired: {
    title: "nobody approved the device code in time",
    clause: "RFC 8628 §3.5",
    looks: "poll -> expired_token, or expires_in has passed",
    change: "Let codes be valid for some minutes (expires_in).",
    meanwhile: "Run the login again for a new code.",
  },
  verification_uri_refused: {
    title: "unsafe verification_uri: hostile or broken server",
    means: "mcpass sends a person to https URLs without user info only.",
    clause: "RFC 8628 §3.2, §5.4",
    looks: "verification_uri with another scheme than https, user info or control characters",
    change: "Announce an https URL.",
    meanwhile: "None: do not open the address.",
  },
  verification_uri_complete_unusable: {
    title: "the verification URL with the code is unsafe and was left out",
    clause: "RFC 8628 §3.3.1",
    looks: "verification_uri_complete with another scheme than https",
    change: "Announce an https URL, or leave the member out.",
    meanwhile: "Type the code at the other address.",
  },
} satisfies Pages;

export const IDENTITY_PAGES = {
  assertion_audience_mismatch: {
    title: "the assertion is for another authorization server",
    means:
      "The audience of the assertion (aud) is neither the issuer nor the token endpoint of the authorization server that the MCP server names. mcpass did not send the assertion: the server that receives it could use it at the authorization server that it is for.",
    clause: "RFC 7523 §3",
    looks: '{"aud": "https://login.example.net"}, and the issuer is https://auth.example.com',
    change: "Nothing, if the MCP server names the right authorization server.",
    meanwhile:
      "Obtain an assertion whose aud is exactly the issuer in the metadata. If the assertion is right, the MCP server names the wrong authorization server: ask its operator.",
  },
  assertion_refused: {
    title: "the authorization server refused the assertion",
    means: "mcpass does not send it again.",
    clause: "RFC 7523 §3.1",
    looks: "400 invalid_grant",
    change: "Trust the assertion's issuer, and compare its audience with the server's issuer.",
    meanwhile: "Check aud and exp of the assertion.",
  },
  assertion_gone: {
    title: "the assertion of this sign-in cannot be read again",
    looks: "the file was deleted, or the assertion was read from standard input",
    meanwhile:
      "Let the workload update its assertion in a file, and sign in again with --auth-mode jwt_bearer --assertion-file <path>.",
  },
  identity_exchange_refused: {
    title: "the identity provider refused the exchange",
    means: "A policy of the identity provider allows no assertion for this client and issuer.",
    clause: "RFC 8693 §2.2.2",
    looks: "400 at the identity provider's token endpoint",
    change: "Allow this client at the identity provider to act for the MCP server's issuer.",
    meanwhile: "Ask the administrator.",
  },
  identity_exchange_invalid: {
    title: "the identity provider's response has no ID-JAG",
    clause: "RFC 8693 §2.2.1",
    looks: "another issued_token_type, or none",
    change: "Issue urn:ietf:params:oauth:token-type:id-jag when it is asked for.",
    meanwhile: "None: another token cannot be used.",
  },
  id_token_missing: {
    title: "the identity provider issued no ID token",
    clause: "OpenID Connect Core §3.1.3.3",
    looks: "a token response without id_token",
    change: "Let the client at the identity provider use OpenID Connect (the scope openid).",
    meanwhile: "Give an ID token that you obtain elsewhere: --id-token-file <path>.",
  },
  id_token_invalid: {
    title: "the ID token is not for this sign-in",
    means: "mcpass did not use the ID token.",
    clause: "OpenID Connect Core §3.1.3.7, §12.2",
    looks: "iss, aud, azp, nonce or exp is not as requested, or sub is another person",
    change: "Issue ID tokens for the client and the request, with the provider's own issuer.",
    meanwhile: "Check --idp-issuer, --idp-client-id and the clock of this machine.",
  },
  identity_expired: {
    title: "the sign-in at the identity provider has expired",
    clause: "RFC 8693 §2.1",
    looks: "the ID token has expired without a refresh token, or that one is refused",
    change: "Issue a refresh token to the client at the identity provider (offline_access).",
    meanwhile: "Sign in again; the message names the command.",
  },
  identity_provider_metadata_missing: {
    title: "the identity provider's token endpoint is not known",
    means: "There is no metadata at the issuer.",
    clause: "OpenID Connect Discovery §4; RFC 8414 §2, §3.3",
    looks: "no openid-configuration at --idp-issuer",
    change: "Publish the document at the issuer.",
    meanwhile: "Name the endpoint with --idp-token-endpoint.",
  },
} satisfies Pages;
