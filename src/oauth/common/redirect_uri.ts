/** The redirect URI of a client that is registered by hand. @module */

import type { OptionTexts } from "../../core/command_text.ts";

/** It has a fixed port: a person registers it once. The port is in no range of the system. */
export const FIXED_REDIRECT_URI = "http://127.0.0.1:17823/callback";

/** The URI to register by hand, instead of one that a login chose and the next one will not use. */
export function redirectUriToRegister(redirectUri: string): string {
  const isChosen = /^http:\/\/127\.0\.0\.1:\d+\/callback(?:\/[0-9a-f]{12})?$/.test(redirectUri);
  return isChosen ? FIXED_REDIRECT_URI : redirectUri;
}

const UNKNOWN_CLIENT = "<id>";

/** What a login needs for a client that the operator registers; null: the grant has no redirect URI. */
export function ownClientFlags(redirectUri: string | null): OptionTexts {
  const redirectUrl = redirectUri === null ? undefined : redirectUriToRegister(redirectUri);
  return { registration: undefined, clientId: UNKNOWN_CLIENT, redirectUrl };
}

/** The flags for a login that has a client. */
export function withoutOwnClient(flags: OptionTexts): OptionTexts {
  const { registration: _, clientId, redirectUrl: __, ...others } = flags;
  return clientId === UNKNOWN_CLIENT ? others : flags;
}
