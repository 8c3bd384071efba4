/**
 * Consent without a person: the authorization server's redirects are followed here, up to the
 * redirect URI, which is never requested.
 *
 * @module
 */

import type { Http } from "../http/http.ts";
import type { Secrets } from "../trace/secrets.ts";
import type { Consent } from "./consent.ts";
import { unboundRedirect } from "./redirect_url.ts";

/** What headless consent is made from. */
export interface HeadlessOptions {
  /** The door to the network. */
  readonly http: Http;
  /** The MCP server's URL: a public one lets no redirect into a private network. */
  readonly serverUrl: string;
  /** Masks what a server echoes. */
  readonly secrets: Secrets;
  /** `--redirect-url`; absent: `http://127.0.0.1:<some port>/callback`. Nothing listens there. */
  readonly redirectUrl?: string | undefined;
  /** The command line to run where a person is needed, without secrets. */
  readonly interactiveCommand: string;
}

/** A port of the dynamic range (RFC 6335 §6), where a listener would be given one. */
function ephemeralPort(): number {
  const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
  return 49152 + (random & 0x3fff);
}

/**
 * Opens headless consent: nothing is bound.
 *
 * @throws Failure `redirect_url_invalid` (usage). `obtain` throws `page_needs_person` (exit 4),
 * `authorization_refused`, `authorization_redirect_loop`, `callback_in_fragment`, `redirect_refused`, `state_mismatch`,
 * `authorization_url_refused` and what the door throws.
 */
export function openHeadlessConsent(options: HeadlessOptions): Consent {
  const redirectUri = unboundRedirect(options.redirectUrl, ephemeralPort);
  return {
    redirectUri,
    async obtain(request) {
      const { followChain } = await import("./headless_chain.ts");
      return await followChain(request, request.redirectUri ?? redirectUri, options);
    },
    settle() {},
    close: () => Promise.resolve(),
  };
}
