/** The functions of a sign-in, loaded when it begins; a test replaces them. @module */

import type { Consent } from "../../consent/consent.ts";
import type { DevicePrompt, DevicePromptOptions } from "../../consent/device_prompt.ts";
import type { HeadlessOptions } from "../../consent/headless.ts";
import type { InteractiveOptions } from "../../consent/interactive.ts";
import type { Judgement } from "../../core/finding.ts";

export { login } from "../../flow/login/login.ts";

/** A listener, a browser and a paste prompt; loaded only for a login that a person consents to. */
export async function openInteractiveConsent(options: InteractiveOptions): Promise<Consent> {
  const interactive = await import("../../consent/interactive.ts");
  return await interactive.openInteractiveConsent(options);
}

/** The follower of redirects; loaded only for a login without a person. */
export async function openHeadlessConsent(options: HeadlessOptions): Promise<Consent> {
  const headless = await import("../../consent/headless.ts");
  return headless.openHeadlessConsent(options);
}

/** The prompt of a device code; loaded only for a login that is approved elsewhere. */
export async function showDevicePrompt(
  options: DevicePromptOptions,
  prompt: DevicePrompt,
): Promise<readonly Judgement[]> {
  const device = await import("../../consent/device_prompt.ts");
  return await device.showDevicePrompt(options, prompt);
}
