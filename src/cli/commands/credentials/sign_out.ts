/** One sign-out: what was revoked and deleted, and what the server may leave valid. @module */

import type { Failure } from "../../../core/failure.ts";
import type { Judgement } from "../../../core/finding.ts";
import type { CredentialRepository } from "../../../flow/credentials/credential_repository.ts";
import { type Logout, logout, type TokenRevocation } from "../../../flow/credentials/revoke.ts";
import { notRevocableFinding } from "../../../oauth/token/revocation.ts";
import type { StoredFlags } from "../../../store/stored_entry.ts";
import type { CommandSession } from "../../shared/command_session.ts";

export interface SignOutTarget {
  readonly serverUrl: string;
  readonly account: string | null;
  readonly repository: CredentialRepository;
  readonly loginFlags: StoredFlags | undefined;
  /** The name of the sign-in. */
  readonly name?: string | undefined;
}

/** Tokens that were not revoked; `excused`: the server cannot revoke access tokens (RFC 7009 §2.2.1). */
function splitUnrevoked(revocations: readonly TokenRevocation[]) {
  const left = revocations.flatMap(({ token, outcome }) =>
    outcome.revoked ? [] : [{ token, ...outcome }]
  );
  const excused = left.filter((it) => it.token === "access_token" && it.unsupported === true);
  return { left, excused: excused.length > 0, failed: left.filter((it) => !excused.includes(it)) };
}

function registrationFinding({ code, message, remedy, reference }: Failure): Judgement {
  return {
    code,
    severity: "error",
    message,
    remedy: remedy ?? "Ask the operator to delete the client",
    reference: reference ?? "RFC 7592 §2.3",
  };
}

function noteOf(
  { entry, revocations, unreadable }: Logout,
  left: ReturnType<typeof splitUnrevoked>["left"],
): string | null {
  if (unreadable !== undefined) {
    return `the stored secrets could not be read, so nothing was revoked (${unreadable.message}); ` +
      "the tokens remain valid until they expire";
  }
  if (revocations.length === 0) {
    return entry?.tokens
      ? "the authorization server has no revocation endpoint: the tokens remain valid until they expire"
      : null;
  }
  if (left.length === 0) return null;
  const parts = left.map(({ token, why }) =>
    `the ${token.replace("_", " ")} was not revoked (${why})`
  );
  return `${parts.join("; ")}; it remains valid until it expires`;
}

interface UnrevokedToken {
  readonly token: "refreshToken" | "accessToken";
  /** Null if unknown. */
  readonly validUntil: string | null;
}

/** The tokens that nobody revoked, without an access token that has expired. */
function unrevokedTokens({ entry, revocations }: Logout, now: number): UnrevokedToken[] {
  const { refreshToken = null, expiresAt = null } = entry?.tokens ?? {};
  const isRevoked = (token: TokenRevocation["token"]) =>
    revocations.some((it) => it.token === token && it.outcome.revoked);
  const isOver = expiresAt !== null && Date.parse(expiresAt) <= now;
  return [
    ...refreshToken !== null && !isRevoked("refresh_token")
      ? [{ token: "refreshToken", validUntil: null } as const]
      : [],
    ...entry?.tokens && !isOver && !isRevoked("access_token")
      ? [{ token: "accessToken", validUntil: expiresAt } as const]
      : [],
  ];
}

/** What bridges store about a server belongs to its sign-in. */
async function removeBridgeFiles(
  { runtime: { env } }: CommandSession,
  { account, serverUrl }: SignOutTarget,
): Promise<void> {
  if (account === null) return;
  const { openBridgeFiles } = await import("../../../store/file/bridge_files.ts");
  await openBridgeFiles({ env, serverUrl, account, mode: "auto" }).removeAll();
}

// deno-lint-ignore explicit-module-boundary-types
export async function signOut(
  session: CommandSession,
  target: SignOutTarget,
  unregister: boolean,
) {
  const http = session.httpFor(target);
  const done = await logout({ ...session, http }, target.repository, unregister);
  // The sign-in is deleted, whether these files can be or not.
  await removeBridgeFiles(session, target).catch(() => {});
  const { entry, revocations, registration } = done;
  const verdict = (token: TokenRevocation["token"]) =>
    revocations.find((it) => it.token === token)?.outcome.revoked ?? null;
  const { left, excused, failed } = splitUnrevoked(revocations);
  const notRevoked = unrevokedTokens(done, session.clock.now());
  const isExpired = !notRevoked.some(({ token }) => token === "accessToken");
  const notable = left.filter(({ token }) => token !== "access_token" || !isExpired);
  return {
    ended: {
      serverUrl: target.serverUrl,
      account: target.account,
      issuer: entry?.issuer ?? null,
      deleted: true,
      /** Whether the token was revoked; null without a token or an endpoint. */
      revoked: { refreshToken: verdict("refresh_token"), accessToken: verdict("access_token") },
      notRevoked,
      note: noteOf(done, notable),
      unregistered: registration?.deleted ?? null,
      /** Tokens that the server may leave valid, and a registration that was not deleted. */
      findings: [
        ...excused && !isExpired && entry !== undefined
          ? [notRevocableFinding(entry.issuer, entry.tokens?.expiresAt ?? null)]
          : [],
        ...registration?.deleted === false ? [registrationFinding(registration.failure)] : [],
      ],
    },
    /** True if a token remains valid although its server should revoke it. */
    revocationFailed: failed.length > 0,
    registeredOnly: entry?.registeredOnly === true,
    name: target.name,
  };
}

export type TargetOutcome = Awaited<ReturnType<typeof signOut>>;
