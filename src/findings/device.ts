/**
 * Pages about the device authorization grant.
 *
 * @module
 */

import type { Pages } from "./page.ts";

/** Pages about the device authorization grant. */
export const DEVICE_PAGES = {
  device_request_refused: {
    title: "the authorization server gave no device code",
    means: "The authorization server gave no device code.",
    clause: "RFC 8628 §3.2; RFC 6749 §5.2",
    looks: "400 or 401 at the device authorization endpoint",
    change: "Allow urn:ietf:params:oauth:grant-type:device_code to this client.",
    meanwhile: "Sign in with --auth-mode interactive, or with another client: --client-id <id>.",
    products: [
      ["Keycloak", 'the client needs "OAuth 2.0 Device Authorization Grant" switched on'],
      ["Entra ID", 'the app registration needs "Allow public client flows"'],
      ["Okta", "the grant has to be ticked for a native application"],
    ],
  },
  device_answer_invalid: {
    title: "the device answer lacks what the grant lives on",
    means: "The answer to the device authorization request lacks what the grant lives on.",
    clause: "RFC 8628 §3.2",
    looks: "200 without device_code, user_code or verification_uri",
    change: "Answer with all three, as JSON.",
    meanwhile: "Sign in with --auth-mode interactive.",
  },
  device_answer_deviates: {
    title: "the device answer was taken as it was meant",
    means: "A member of the answer is not as the standard has it; it was taken as it was meant.",
    clause: "RFC 8628 §3.2",
    looks: "verification_url, no expires_in, or an interval that is no number of seconds",
    change: "Use the standard's names, and numbers of seconds.",
    meanwhile: "The login goes on.",
    products: [["Google", "answers verification_url"]],
  },
  device_interval_too_long: {
    title: "the server wants longer waits than the device's code lives",
    means:
      "The server wants so much time between two polls that the wait would end before the first.",
    clause: "RFC 8628 §3.2, §3.5",
    looks: '"interval": 86400 beside "expires_in": 600',
    change: "Announce an interval of some seconds; leave it out for 5.",
    meanwhile: "Wait for longer, if the code lives as long: --consent-timeout <ms>.",
  },
  device_denied: {
    title: "the device's request was denied",
    means: "The person, or a policy, denied what the device asked for.",
    clause: "RFC 8628 §3.5",
    looks: "a poll of the token endpoint is answered access_denied",
    change: "Nothing, if the denial was meant.",
    meanwhile: "Run the login again, and approve it with an account that may use the server.",
  },
  device_code_expired: {
    title: "nobody approved the device's code in time",
    means: "Nobody approved the code while it was good.",
    clause: "RFC 8628 §3.5",
    looks: "a poll is answered expired_token, or expires_in is over",
    change: "Let codes live some minutes (expires_in).",
    meanwhile: "Run the login again for a new code.",
  },
  verification_uri_refused: {
    title: "a person must not be sent to this verification address",
    means: "The address that a person should open is none that a person may be sent to.",
    clause: "RFC 8628 §3.2, §5.4",
    looks: "verification_uri with another scheme than https, with user info or control characters",
    change: "Announce an https URL.",
    meanwhile: "Nothing: whoever sends such an address means no good, or has a faulty server.",
  },
  verification_uri_complete_unusable: {
    title: "the address with the code in it was left out",
    means: "The address with the code in it is none that a person may be sent to; it is left out.",
    clause: "RFC 8628 §3.3.1",
    looks: "verification_uri_complete with another scheme than https",
    change: "Announce an https URL, or leave the member out.",
    meanwhile: "The code is typed at the other address.",
  },
} satisfies Pages;
