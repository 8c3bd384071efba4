import type { Consent } from "./consent.ts";
import type { HeadlessOptions } from "./headless_redirects.ts";
import { headlessRedirectUri } from "./redirect_url.ts";

/**
 * Opens consent without a person: mcpass follows the authorization server's redirects itself.
 *
 * @throws Failure `redirect_url_invalid` (usage). `obtain` throws `page_needs_person` (exit 4),
 * `authorization_refused`, `authorization_redirect_loop`, `callback_in_fragment`,
 * `redirect_refused`, `state_mismatch`, `authorization_url_refused` and what `http` throws.
 */
export function openHeadlessConsent(options: HeadlessOptions): Consent {
  const redirectUri = headlessRedirectUri(options.redirectUrl);
  return {
    redirectUri,
    async obtain(request) {
      const { followAuthorizationRedirects } = await import("./headless_redirects.ts");
      return await followAuthorizationRedirects(
        request,
        request.redirectUri ?? redirectUri,
        options,
      );
    },
    showOutcome() {},
    close: () => Promise.resolve(),
  };
}
