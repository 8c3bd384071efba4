/** Consent by a person in a browser: one tab for all consents of an audit. @module */

import { counted } from "../../core/quantities.ts";
import { Failure } from "../../core/failure.ts";
import {
  canAskPerson,
  type InteractiveOptions,
  openInteractiveConsent,
} from "../../consent/interactive_consent.ts";
import { callbackUrl, type ConsentDriver } from "../context/consent_driver.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";

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
  let hasStopped = false;
  const stopped = () =>
    skipCheck("needs_consent", "no further consent is asked for after one that was refused", "1");
  const consent = await openInteractiveConsent({
    ...options,
    announce(url, limitMs) {
      if (options.announce?.(url, limitMs) === true) return true;
      const position = `Consent ${count} of ${consents} (${label})`;
      // The first one is announced like a sign-in, with the hints for this machine.
      if (!printUrl && count === 1) {
        io.err(
          `You will be asked to consent up to ${counted(consents, "time")}, in one tab. ` +
            `This one is for: ${label}.\n`,
        );
        if (canAskPerson(options)) io.err("Ctrl-C skips the checks that need consent.\n");
        return false;
      }
      if (!printUrl) {
        io.err(`${position}: continue in the browser tab. If it is closed, open:\n${url}\n`);
      } else if (io.stderrIsTerminal) {
        io.err(`${position}: open this URL in a browser:\n\n${url}\n\n`);
      } else {
        io.err(`MCPASS_CONSENT_URL ${count}/${consents}: ${url}\n`);
      }
      return true;
    },
  });
  return {
    redirectUri: consent.redirectUri,
    asksPerson: true,
    decides: false,
    async obtain(request) {
      if (hasStopped) throw stopped();
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
        hasStopped = parameters.some(([name]) => name === "error");
        if (bare) throw doubtCheck("consent_failed", "only a code was pasted, without its state");
        return { url: callbackUrl(redirectUri, parameters), status: null, exchangeId: null };
      } catch (error) {
        if (error instanceof Failure && error.code === "consent_timeout") {
          hasStopped = true;
          throw doubtCheck("consent_failed", error.message);
        }
        // Ctrl-C while the terminal waits for a line is no signal.
        if (error instanceof Failure && error.kind === "cancelled" && !signal.aborted) {
          hasStopped = true;
          io.err("No further consents. The other checks continue; Ctrl-C ends the audit.\n");
          throw stopped();
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
