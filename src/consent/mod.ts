/**
 * The front door of the consent room.
 *
 * @module
 */

import type { Consent } from "./consent.ts";
import type { InteractiveOptions } from "./interactive.ts";

export type {
  CallbackParameters,
  CallbackVerdict,
  Consent,
  Consented,
  ConsentRequest,
} from "./consent.ts";
export type { InteractiveOptions } from "./interactive.ts";
export { type HeadlessOptions, openHeadlessConsent } from "./headless.ts";
export { requirePerson, type TerminalOptions } from "./terminal.ts";

/**
 * Opens interactive consent, loaded only when asked for: binds the listener, so that the redirect
 * URI can be registered.
 *
 * @throws Failure `sign_in_needed` (exit 4) without a terminal, `redirect_url_invalid` (usage),
 * `port_taken`, `port_unavailable`.
 */
export async function openInteractiveConsent(options: InteractiveOptions): Promise<Consent> {
  const interactive = await import("./interactive.ts");
  return interactive.openInteractiveConsent(options);
}
