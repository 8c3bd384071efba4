/** Consent by a person on another device, who enters a code (RFC 8628). @module */

import { type DevicePromptOptions, showDevicePrompt } from "../../consent/device_prompt.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";

export interface DeviceOptions extends DevicePromptOptions {
  /** For registrations: no response is sent there. */
  readonly redirectUri: string;
  readonly timeoutMs: number;
  /** Consents that the audit may ask for. */
  readonly consents: number;
}

export function createDeviceDriver(options: DeviceOptions): ConsentDriver {
  const { redirectUri, timeoutMs, consents, io, isForProgram = false } = options;
  let count = 0;
  return {
    redirectUri,
    asksPerson: true,
    decides: false,
    device: {
      timeoutMs,
      async show(prompt, label) {
        count += 1;
        if (!isForProgram) io.err(`Consent ${count} of up to ${consents} (${label})\n`);
        return await showDevicePrompt(options, prompt);
      },
    },
    obtain: () => Promise.reject(new TypeError("a device code has no authorization response")),
    close: () => Promise.resolve(),
  };
}
