/**
 * The codes and tokens of the hand-made authorization server.
 *
 * @module
 */

import { Refused } from "./fake_clients.ts";
import type { KnownClient } from "./fake_clients.ts";
import type { FakeAsBehaviour, JsonAnswer } from "./fake_as_options.ts";

/** What was agreed to. */
export interface FakeGrant {
  /** Who may use it. */
  readonly client: KnownClient;
  /** What for. */
  readonly scopes: readonly string[];
  /** Everything issued from one authorization shares it. */
  readonly family: string;
}

/** An authorization code at rest. */
export interface FakeCode extends FakeGrant {
  /** Where it was sent. */
  readonly redirectUri: string;
  /** S256 of the verifier. */
  readonly challenge: string;
}

/** Codes and tokens. */
export interface FakeTokens {
  /** Makes a code. */
  grantCode(code: Omit<FakeCode, "family">): string;
  /** Exchanges a code; a second use ends what the first gave. */
  byCode(form: URLSearchParams, client: KnownClient): Promise<JsonAnswer>;
  /** Exchanges a refresh token, which is then spent; a second use ends the family. */
  byRefresh(form: URLSearchParams, client: KnownClient, scopes: readonly string[]): JsonAnswer;
  /** Issues tokens. */
  issue(grant: Omit<FakeGrant, "family">): JsonAnswer;
  /** Ends what a client's token belongs to. */
  revoke(token: string, client: KnownClient): void;
  /** The grant of an access token, or why there is none. */
  check(token: string): FakeGrant | string;
  /** Ends every access token. */
  expire(): void;
  /** Access tokens that are good now. */
  list(): string[];
}

async function s256(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Opens an empty store. */
export function openTokens(behaviour: FakeAsBehaviour): FakeTokens {
  const codes = new Map<string, FakeCode>();
  const access = new Map<string, FakeGrant & { readonly expiresAt: number }>();
  const refresh = new Map<string, FakeGrant>();
  const spent = new Map<string, string>();

  function revokeFamily(family: string): void {
    for (const tokens of [access, refresh]) {
      for (const [token, grant] of tokens) if (grant.family === family) tokens.delete(token);
    }
  }

  function issue(grant: FakeGrant): JsonAnswer {
    const ttl = behaviour.accessTokenTtl ?? 3600;
    const token = `at-${crypto.randomUUID()}`;
    access.set(token, { ...grant, expiresAt: Date.now() + ttl * 1000 });
    const renewable = behaviour.refreshTokens !== false &&
      grant.client.grantTypes.includes("refresh_token");
    const next = `rt-${crypto.randomUUID()}`;
    if (renewable) refresh.set(next, grant);
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: "Bearer",
        expires_in: ttl,
        ...(grant.scopes.length > 0 && { scope: grant.scopes.join(" ") }),
        ...(renewable && { refresh_token: next }),
      },
    };
  }

  async function byCode(form: URLSearchParams, client: KnownClient): Promise<JsonAnswer> {
    const value = form.get("code") ?? "";
    const used = spent.get(value);
    if (used !== undefined) {
      revokeFamily(used);
      throw new Refused("invalid_grant", "the code was used before");
    }
    const code = codes.get(value);
    codes.delete(value);
    if (code === undefined) throw new Refused("invalid_grant", "unknown code");
    spent.set(value, code.family);
    if (code.client.id !== client.id) {
      throw new Refused("invalid_grant", "the code was issued to another client");
    }
    if (form.get("redirect_uri") !== code.redirectUri) {
      throw new Refused("invalid_grant", "redirect_uri differs from the authorization request");
    }
    const verifier = form.get("code_verifier") ?? "";
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || await s256(verifier) !== code.challenge) {
      throw new Refused("invalid_grant", "code_verifier does not fit the challenge");
    }
    return issue(code);
  }

  function byRefresh(
    form: URLSearchParams,
    client: KnownClient,
    wanted: readonly string[],
  ): JsonAnswer {
    const value = form.get("refresh_token") ?? "";
    const used = spent.get(value);
    if (used !== undefined) {
      revokeFamily(used);
      throw new Refused("invalid_grant", "the refresh token was used before");
    }
    const grant = refresh.get(value);
    if (grant === undefined || grant.client.id !== client.id) {
      throw new Refused("invalid_grant", "unknown refresh token");
    }
    if (wanted.some((scope) => !grant.scopes.includes(scope))) {
      throw new Refused("invalid_scope", "a refresh cannot widen the scope");
    }
    refresh.delete(value);
    spent.set(value, grant.family);
    return issue({ ...grant, scopes: wanted.length > 0 ? wanted : grant.scopes });
  }

  return {
    byCode,
    byRefresh,
    issue: (grant) => issue({ ...grant, family: crypto.randomUUID() }),
    grantCode(code) {
      const value = `code-${crypto.randomUUID()}`;
      codes.set(value, { ...code, family: crypto.randomUUID() });
      return value;
    },
    revoke(token, client) {
      const grant = access.get(token) ?? refresh.get(token);
      if (grant?.client.id === client.id) revokeFamily(grant.family);
    },
    check(token) {
      const grant = access.get(token);
      if (grant === undefined) return "unknown token";
      return grant.expiresAt <= Date.now() ? "the token has expired" : grant;
    },
    expire: () => access.clear(),
    list: () => [...access.keys()],
  };
}
