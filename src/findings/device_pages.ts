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
