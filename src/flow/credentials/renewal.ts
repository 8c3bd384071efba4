/** Whether a stored sign-in can be refreshed. @module */

import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";

/** `refused`: the server does not let this client refresh. Null: there is no refresh token. */
export type Renewal = "refresh_token" | "same_grant" | "refused" | null;

export function renewalOf(
  { authMode, moved, refresh }: Pick<StoredEntry, "authMode" | "moved" | "refresh">,
  hasRefreshToken: boolean,
): Renewal {
  if (moved !== undefined) return null;
  if (repeatsGrant(authMode)) return "same_grant";
  if (refresh?.refusedWith !== undefined) return "refused";
  return hasRefreshToken ? "refresh_token" : null;
}

/** True if a new token can be obtained without a person. */
export function isRefreshable(
  entry: Pick<StoredEntry, "authMode" | "endpoints" | "moved" | "refresh">,
  hasRefreshToken: boolean,
): boolean {
  const renewal = renewalOf(entry, hasRefreshToken);
  return entry.endpoints.token !== "" && renewal !== null && renewal !== "refused";
}
