import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { sha256Hex } from "../../trace/fingerprint.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { changeEntry } from "./change_sign_in.ts";
import type { CredentialRepository } from "./credential_repository.ts";

/**
 * Makes sure that a refused access token is not used again: the next use refreshes it, or, if that is
 * not possible, a person has to sign in.
 *
 * @param hash SHA-256 of the refused token. A newer token is not changed.
 * @returns False if that token is not stored.
 */
export async function eraseAccessToken(
  { clock, signal }: Pick<RefreshEffects, "clock" | "signal">,
  repository: CredentialRepository,
  hash: string,
): Promise<boolean> {
  await using _lock = await repository.lock(signal);
  const changed = await changeEntry(repository, (entry) => {
    const { tokens } = entry ?? {};
    if (entry === undefined || !tokens || sha256Hex(tokens.accessToken) !== hash) return undefined;
    const isNeeded = tokens.refreshToken !== null && !repeatsGrant(entry.authMode);
    const expiresAt = new Date(clock.now()).toISOString();
    return { ...entry, tokens: isNeeded ? { ...tokens, expiresAt } : null };
  });
  return changed !== undefined;
}
