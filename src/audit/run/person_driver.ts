/** Consent by a person: one tab for all consents of an audit. @module */

import { counted } from "../../core/quantities.ts";
import { Failure } from "../../core/failure.ts";
import {
  type InteractiveOptions,
  openInteractiveConsent,
} from "../../consent/interactive_consent.ts";
import { callbackUrl, type ConsentDriver } from "../context/consent_driver.ts";
import { doubtCheck } from "../context/end_check.ts";

export interface PersonOptions extends InteractiveOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Consents that the audit may ask for. */
  readonly consents: number;
}

/** @throws Failure `sign_in_needed`, `redirect_url_invalid`, `port_taken`, `port_unavailable`. */
export async function openPersonDriver(options: PersonOptions): Promise<ConsentDriver> {
  const { io, printUrl, consents, timeoutMs, signal } = options;
  let count = 0;
  let label = "";
  const consent = await openInteractiveConsent({
    ...options,
    announce(url, limitMs) {
      if (options.announce?.(url, limitMs) === true) return true;
      // The first one is announced like a sign-in, with the hints for this machine.
      if (!printUrl && count === 1) {
        io.err(`You will be asked up to ${counted(consents, "time")}, in one tab.\n`);
        return false;
      }
      io.err(
        printUrl
          ? `MCPASS_CONSENT_URL ${count}/${consents}: ${url}\n`
          : `Consent ${count} of ${consents} (${label}): the tab continues. If it is closed, ` +
            `open:\n${url}\n`,
      );
      return true;
    },
  });
  return {
    redirectUri: consent.redirectUri,
    asksPerson: true,
    decides: false,
    async obtain(request) {
      count += 1;
      label = request.label;
      const { authorizationUrl, redirectUri, accepts } = request;
      try {
        const { parameters, bare } = await consent.obtain({
          authorizationUrl,
          redirectUri,
          judge: (received) => accepts(received) ? "accept" : "ignore",
          continuesTab: true,
          timeoutMs,
          signal,
        });
        if (bare) throw doubtCheck("consent_failed", "only a code was pasted, without its state");
        return { url: callbackUrl(redirectUri, parameters), status: null, exchangeId: null };
      } catch (error) {
        if (error instanceof Failure && error.code === "consent_timeout") {
          throw doubtCheck("consent_failed", error.message);
        }
        throw error;
      }
    },
    async close() {
      consent.showOutcome("success");
      await consent.close();
    },
  };
}
