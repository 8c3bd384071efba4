/** The functions of a sign-in, loaded when it begins. Tests replace them. @module */

import type { Consent } from "../../consent/consent.ts";
import type { DevicePrompt, DevicePromptOptions } from "../../consent/device_prompt.ts";
import type { HeadlessOptions } from "../../consent/headless_redirects.ts";
import type { InteractiveOptions } from "../../consent/interactive_consent.ts";
import type { Judgement } from "../../core/finding.ts";

export { login } from "../../flow/login/login.ts";

export async function openInteractiveConsent(options: InteractiveOptions): Promise<Consent> {
  const interactive = await import("../../consent/interactive_consent.ts");
  return await interactive.openInteractiveConsent(options);
}

export async function openHeadlessConsent(options: HeadlessOptions): Promise<Consent> {
  const headless = await import("../../consent/headless_consent.ts");
  return headless.openHeadlessConsent(options);
}

export async function showDevicePrompt(
  options: DevicePromptOptions,
  prompt: DevicePrompt,
): Promise<readonly Judgement[]> {
  const device = await import("../../consent/device_prompt.ts");
  return await device.showDevicePrompt(options, prompt);
}
