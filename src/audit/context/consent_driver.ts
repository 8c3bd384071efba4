/** Obtains consent for an audit: headless, by a person in a browser, or by a command. @module */

import type { DevicePrompt } from "../../consent/device_prompt.ts";
import type { CallbackParameters } from "../../oauth/authorization/authorization.ts";

export interface DrivenConsent {
  readonly authorizationUrl: string;
  readonly redirectUri: string;
  /** True for a response to this request, also for one with a fault. */
  readonly accepts: (parameters: CallbackParameters) => boolean;
  readonly decision: "allow" | "deny";
  /** The same value is the same person and browser session. */
  readonly session: string;
  /** What the consent is for, as a person reads it. */
  readonly label: string;
}

export interface ShownPage {
  readonly url: string;
  readonly title: string;
}

export interface DrivenResponse {
  /** The URL of the callback with its parameters. */
  readonly url: string;
  /** Of the redirect to it; null if a browser followed it. */
  readonly status: number | null;
  readonly exchangeId: number | null;
  /** Pages that were shown before the callback; undefined if the driver cannot tell. */
  readonly pages?: readonly ShownPage[] | undefined;
}

/** Shows device codes (RFC 8628): there is no authorization response. */
export interface DeviceConsent {
  /** Time limit for the approval of a code. */
  readonly timeoutMs: number;
  /** Shows the code and says what it is for. @throws Failure `verification_uri_refused`. */
  show(prompt: DevicePrompt, label: string): Promise<unknown>;
}

export interface ConsentDriver {
  readonly redirectUri: string;
  /** True if each consent costs a person's attention. */
  readonly asksPerson: boolean;
  /** True if it can deny a request, and keep a session of its own. */
  readonly decides: boolean;
  /** Present for the audit mode `device`. */
  readonly device?: DeviceConsent;
  /** @throws CheckEnd `consent_failed`, `sign_in_first`. */
  obtain(consent: DrivenConsent): Promise<DrivenResponse>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/** The callback as a URL. */
export function callbackUrl(redirectUri: string, parameters: CallbackParameters): string {
  const query = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${query}`;
}
