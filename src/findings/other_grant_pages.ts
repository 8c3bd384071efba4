import type { Pages } from "./page.ts";

export const DEVICE_PAGES = {
  device_request_refused: {
    title: "the authorization server issued no device code",
    meaning:
      "It refused the first request of the device grant. Usually the client may not use this grant.",
    spec: "RFC 8628 §3.2; RFC 6749 §5.2",
    example: 'POST /device_authorization -> 400 {"error": "unauthorized_client"}',
    serverFix: "Allow the grant urn:ietf:params:oauth:grant-type:device_code to this client.",
    workaround:
      "Sign in with a browser (--auth-mode interactive), or as another client: --client-id <id>",
    products: {
      Keycloak: 'turn on "OAuth 2.0 Device Authorization Grant" for the client',
      "Entra ID": 'turn on "Allow public client flows" in the app registration',
      Okta: "turn on the grant for a native application",
    },
  },
  device_answer_invalid: {
    title: "incomplete device authorization response",
    meaning:
      "A code to show, a page to show it for, or the code for polling is missing. Nobody could approve the sign-in, so it ends.",
    spec: "RFC 8628 §3.2",
    example: 'POST /device_authorization -> 200 {"user_code": "WDJB-MJHT"}',
    serverFix: "Send device_code, user_code and verification_uri as JSON.",
    workaround: "Sign in with a browser: --auth-mode interactive",
  },
  device_answer_deviates: {
    title: "nonstandard device authorization response",
    meaning:
      "mcpass reads the response anyway. Other clients may miss the member, or use a default.",
    spec: "RFC 8628 §3.2",
    example: '"verification_url" instead of "verification_uri", or no "expires_in"',
    serverFix: "Use the names of the standard, and seconds as numbers.",
    products: { Google: "sends verification_url" },
  },
  device_interval_too_long: {
    title: "the polling interval is longer than the device code is valid",
    meaning: "mcpass may not ask more often, so it would never receive the token. The login ends.",
    spec: "RFC 8628 §3.2, §3.5",
    example: '"interval": 86400, "expires_in": 600',
    serverFix: "Announce an interval of some seconds, or leave it out (5 seconds).",
    workaround: "If only the time limit of mcpass is too short: --consent-timeout <ms>",
  },
  device_denied: {
    title: "a person or a policy denied the device's request",
    meaning:
      "The page for the code was opened, and the request was refused there. No token is issued.",
    spec: "RFC 8628 §3.5",
    example: 'POST /token -> 400 {"error": "access_denied"}',
    fix: "Run the login again, and approve it with an account that may use the server.",
  },
  device_code_expired: {
    title: "nobody approved the device code in time",
    meaning:
      "A device code is valid for some minutes. This one has expired and cannot be used again.",
    spec: "RFC 8628 §3.5",
    example: 'POST /token -> 400 {"error": "expired_token"}',
    fix: "Run the login again for a new code.",
  },
  verification_uri_refused: {
    title: "unsafe verification_uri: hostile or broken server",
    meaning:
      "The page on which you would type the code is not https, or hides its real host. mcpass does not show the address as a link; do not open it.",
    spec: "RFC 8628 §3.2, §5.4",
    example: '"verification_uri": "http://user@evil.example/device"',
    serverFix: "Announce an https URL without user info.",
  },
  verification_uri_complete_unusable: {
    title: "unsafe verification_uri_complete was left out",
    meaning: "Only the short form of the address is shown, without a QR code. The login continues.",
    spec: "RFC 8628 §3.3.1",
    example: '"verification_uri_complete": "http://auth.example/device?user_code=WDJB-MJHT"',
    serverFix: "Announce an https URL, or leave the member out.",
    workaround: "Open the other address, and type the code there.",
  },
} satisfies Pages;

export const IDENTITY_PAGES = {
  assertion_audience_mismatch: {
    title: "the assertion is for another authorization server",
    meaning:
      "Its audience (aud) is neither the issuer nor the token endpoint that the MCP server names. A server that receives an assertion can use it at the server that it is for, so mcpass did not send it.",
    spec: "RFC 7523 §3",
    example: '"aud": "https://login.example.net"; the issuer is https://auth.example.com',
    fix:
      "Obtain an assertion whose aud is exactly the issuer in the metadata. If the assertion is right, the MCP server names the wrong authorization server: ask its operator.",
  },
  assertion_refused: {
    title: "the authorization server refused the assertion",
    meaning:
      "It does not trust the issuer of the assertion, or aud, sub or exp do not fit. mcpass does not send the same assertion again.",
    spec: "RFC 7523 §3.1",
    example: 'POST /token with an assertion -> 400 {"error": "invalid_grant"}',
    serverFix:
      "Authorization server: trust the issuer of the assertion, and compare its aud with your own issuer.",
    fix: "Check aud and exp of the assertion, and obtain a new one if it has expired.",
  },
  assertion_gone: {
    title: "the assertion of this sign-in cannot be read again",
    meaning:
      "A new token needs a new assertion, and mcpass has nowhere to read it: the file was deleted, or the assertion was read from standard input.",
    example: "mcpass login --assertion-file -, later mcpass token",
    fix:
      "Let the workload write its assertion to a file, and sign in again with --auth-mode jwt_bearer --assertion-file <path>.",
  },
  identity_exchange_refused: {
    title: "the identity provider refused the exchange",
    meaning:
      "mcpass asked it to exchange the ID token for an assertion to the MCP server's authorization server. A policy does not allow that for this client.",
    spec: "RFC 8693 §2.2.2",
    example: 'POST https://idp.example/token -> 400 {"error": "invalid_target"}',
    serverFix: "Identity provider: allow this client to act for the issuer of the MCP server.",
    workaround: "Ask the administrator of the identity provider.",
  },
  identity_exchange_invalid: {
    title: "the identity provider's response has no ID-JAG",
    meaning:
      "It issued another type of token. The authorization server of the MCP server accepts only an identity assertion (ID-JAG), so the login ends.",
    spec: "RFC 8693 §2.2.1",
    example: '"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"',
    serverFix:
      "Identity provider: issue urn:ietf:params:oauth:token-type:id-jag if it is requested.",
  },
  id_token_missing: {
    title: "the identity provider issued no ID token",
    meaning:
      "The token response has only an access token, which does not say who signed in. The exchange needs an ID token.",
    spec: "OpenID Connect Core §3.1.3.3",
    example: 'POST https://idp.example/token -> 200 {"access_token": "…"}',
    serverFix: "Identity provider: allow the client to use OpenID Connect (the scope openid).",
    workaround: "Give an ID token that you obtain elsewhere: --id-token-file <path>",
  },
  id_token_invalid: {
    title: "the ID token is not for this sign-in",
    meaning:
      "iss, aud, azp, nonce or exp is not as requested, or sub is another person. mcpass did not use the token.",
    spec: "OpenID Connect Core §3.1.3.7, §12.2",
    example: '"aud": "another-client"',
    serverFix: "Identity provider: issue ID tokens for the client and the request.",
    fix: "Check --idp-issuer, --idp-client-id and the clock of this machine.",
  },
  identity_expired: {
    title: "the sign-in at the identity provider has expired",
    meaning:
      "The ID token is too old, and there is no refresh token, or it was refused. So no new assertion can be obtained without a person.",
    spec: "RFC 8693 §2.1",
    example: '"exp" of the ID token is in the past',
    serverFix: "For longer sign-ins, issue a refresh token to this client (offline_access).",
    fix: "Sign in again. The message has the command.",
  },
  identity_provider_metadata_missing: {
    title: "the identity provider's token endpoint is not known",
    meaning:
      "The issuer has no metadata, and you gave no endpoint. So there is no URL for the exchange.",
    spec: "OpenID Connect Discovery §4; RFC 8414 §2, §3.3",
    example: "--idp-issuer https://idp.example: GET /.well-known/openid-configuration -> 404",
    serverFix: "Identity provider: publish the document at the issuer.",
    workaround: "Name the endpoint: --idp-token-endpoint <url>",
  },
} satisfies Pages;
