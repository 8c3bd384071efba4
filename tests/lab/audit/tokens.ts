/**
 * Codes and tokens: how they are made.
 *
 * @module
 */

import { SignJWT } from "jose";
import { listsOffline, randomValue, supports, switchesOf } from "./state.ts";
import type { AuditState, CodeRecord, Grant } from "./state.ts";

/** Switches about what a token response says. */
export const ISSUE_SWITCHES = [
  "exchange_lifetime",
  "exchange_scope_told",
  "exchange_entropy",
  "exchange_audience",
  "exchange_jwt_profile",
  "exchange_code_lifetime",
  "refresh_given",
  "refresh_same_audience",
] as const;

/** Which grant a token is from. */
export type IssuedBy = "code" | "refresh" | "credentials";

export type TokenBody = Readonly<Record<string, unknown>>;

/** How a token is made. */
export interface Issue {
  readonly grant: Grant;
  readonly by: IssuedBy;
  /** Scopes of the access token, if not all of the grant. */
  readonly scopes?: readonly string[];
  /** The current refresh token, if it is not replaced. */
  readonly sameRefreshToken?: string;
  /** The audience of a broken server. */
  readonly audience?: string;
}

/** Makes codes and tokens. */
export interface Tokens {
  /** A code for what a person consented to. */
  grantCode(code: Omit<CodeRecord, "family" | "subject" | "expiresAt" | "used">): string;
  issue(wanted: Issue): Promise<TokenBody>;
}

const SUBJECT = "person-1";

export function openTokens(state: AuditState): Tokens {
  const breaks = switchesOf(state, ISSUE_SWITCHES);
  const { options, keys: { keys: [signing] } } = state;
  let count = 0;

  function opaque(): string {
    count += 1;
    return breaks("exchange_entropy") ? `value-${String(count).padStart(8, "0")}` : randomValue();
  }

  /** Seconds that a token lives, and what the response says. */
  function lifetime(): { real: number; told: number } {
    const seconds = options.tokenLifetime ?? 3600;
    if (!breaks("exchange_lifetime")) return { real: seconds, told: seconds };
    return options.tokens === "opaque"
      ? { real: 7 * 24 * 3600, told: 7 * 24 * 3600 }
      : { real: 900, told: 3600 };
  }

  /** The audience of a token, and where a broken server accepts it anyway. */
  function audienceOf({ grant, by, audience }: Issue): { aud?: string; acceptedAt?: string } {
    if (audience !== undefined) return { aud: audience };
    const { client, resource } = grant;
    if (resource === undefined) {
      return state.broken.has("rs_no_audience") ? { acceptedAt: state.resource.id } : {};
    }
    if (breaks("exchange_audience")) return { aud: client.id, acceptedAt: resource };
    return by === "refresh" && breaks("refresh_same_audience")
      ? { acceptedAt: resource }
      : { aud: resource };
  }

  async function accessToken(
    wanted: Issue,
    scopes: readonly string[],
    seconds: number,
  ): Promise<string> {
    const { grant } = wanted;
    const now = Math.floor(state.now() / 1000);
    const { aud, acceptedAt } = audienceOf(wanted);
    const isOther = wanted.audience !== undefined;
    const jwt = () =>
      new SignJWT({
        iss: grant.issuer,
        sub: grant.subject,
        client_id: grant.client.id,
        scope: scopes.join(" "),
        ...aud !== undefined && { aud },
        iat: now,
        exp: now + seconds,
        ...!breaks("exchange_jwt_profile") && { jti: crypto.randomUUID() },
        ...grant.jkt !== undefined && { cnf: { jkt: grant.jkt } },
        ...grant.certificate !== undefined && { cnf: { "x5t#S256": grant.certificate } },
      }).setProtectedHeader({ alg: signing.alg, typ: "at+jwt", kid: signing.kid })
        .sign(signing.privateKey);
    const token = options.tokens === "opaque" ? opaque() : await jwt();
    state.access.set(token, {
      ...grant,
      scopes,
      ...isOther && { resource: aud },
      ...acceptedAt !== undefined && { acceptedAt },
      expiresAt: (now + seconds) * 1000,
      revoked: false,
    });
    return token;
  }

  async function idToken({ client, issuer, subject, nonce }: Grant): Promise<string> {
    const now = Math.floor(state.now() / 1000);
    const claims = { azp: client.id, ...nonce !== undefined && { nonce } };
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: signing.alg, typ: "JWT", kid: signing.kid })
      .setIssuer(issuer).setSubject(subject).setAudience(client.id)
      .setIssuedAt(now).setExpirationTime(now + 3600)
      .sign(signing.privateKey);
  }

  function refreshToken({ grant, by, sameRefreshToken }: Issue): string | undefined {
    if (sameRefreshToken !== undefined) return sameRefreshToken;
    const offered = supports(state, "refresh") && by !== "credentials" &&
      grant.client.grantTypes.includes("refresh_token") &&
      (listsOffline(state) || grant.scopes.includes("offline_access"));
    if (!offered || breaks("refresh_given")) return undefined;
    const token = opaque();
    state.refresh.set(token, { ...grant, spent: false, revoked: false });
    return token;
  }

  return {
    grantCode(code) {
      const value = opaque();
      const seconds = breaks("exchange_code_lifetime") ? 3600 : 60;
      state.codes.set(value, {
        ...code,
        family: crypto.randomUUID(),
        subject: SUBJECT,
        expiresAt: state.now() + seconds * 1000,
        used: false,
      });
      return value;
    },
    async issue(wanted) {
      const { grant, by } = wanted;
      const scopes = wanted.scopes ?? grant.scopes;
      const fewer = by === "code" && breaks("exchange_scope_told");
      const granted = fewer ? scopes.filter((scope) => scope !== "mcp:notify") : scopes;
      const { real, told } = lifetime();
      const token = await accessToken(wanted, granted, real);
      const next = refreshToken(wanted);
      return {
        access_token: token,
        token_type: grant.jkt === undefined ? "Bearer" : "DPoP",
        expires_in: told,
        ...!fewer && { scope: granted.join(" ") },
        ...next !== undefined && { refresh_token: next },
        ...by === "code" && granted.includes("openid") && { id_token: await idToken(grant) },
      };
    },
  };
}
