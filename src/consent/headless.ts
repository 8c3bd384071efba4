/** Consent without a person: mcpass follows the authorization server's redirects itself. @module */

import type { Consent } from "./consent.ts";
import type { ChainOptions } from "./headless_chain.ts";
import { unboundRedirect } from "./redirect_url.ts";

/** Options of {@link openHeadlessConsent}. */
export interface HeadlessOptions extends ChainOptions {
  /** `--redirect-url`; absent: `http://127.0.0.1:<any port>/callback`. Nothing listens there. */
  readonly redirectUrl?: string | undefined;
}

/** A port of the dynamic range (RFC 6335 §6), as the system would assign it to a listener. */
function ephemeralPort(): number {
  const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
  return 49152 + (random & 0x3fff);
}

/**
 * Opens headless consent. Nothing listens.
 *
 * @throws Failure `redirect_url_invalid` (usage). `obtain` throws `page_needs_person` (exit 4),
 * `authorization_refused`, `authorization_redirect_loop`, `callback_in_fragment`, `redirect_refused`, `state_mismatch`,
 * `authorization_url_refused` and what `http` throws.
 */
export function openHeadlessConsent(options: HeadlessOptions): Consent {
  const redirectUri = unboundRedirect(options.redirectUrl, ephemeralPort);
  return {
    redirectUri,
    async obtain(request) {
      const { followChain } = await import("./headless_chain.ts");
      return await followChain(request, request.redirectUri ?? redirectUri, options);
    },
    showOutcome() {},
    close: () => Promise.resolve(),
  };
}
