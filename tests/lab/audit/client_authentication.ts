/**
 * How clients authenticate at the token, revocation and introspection endpoints.
 *
 * @module
 */

import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { ALGORITHMS } from "./keys.ts";
import { OAuthError } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditClient, AuditState, ClientMethod, Site } from "./state.ts";

/** Switches about client authentication. */
export const AUTHENTICATION_SWITCHES = [
  "exchange_client_auth",
  "exchange_methods",
  "refresh_client_auth",
  "revoke_client_auth",
  "cimd_key_client",
] as const;

/** The endpoint to which a client authenticates. */
export type AuthenticationUse = "exchange" | "refresh" | "revocation" | "introspection" | "push";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The client authentication of a request. */
interface Claim {
  readonly method: ClientMethod;
  readonly id: string;
  /** Secret or assertion. */
  readonly proof: string;
}

function formDecode(text: string): string {
  return new URLSearchParams(`value=${text}`).get("value") ?? "";
}

function basicClaim(value: string): Claim {
  const decoded = (() => {
    try {
      return atob(value);
    } catch {
      return "";
    }
  })();
  const colon = decoded.indexOf(":");
  if (colon < 0) throw new OAuthError("invalid_client", "The Basic credentials are broken", 401);
  return {
    method: "client_secret_basic",
    id: formDecode(decoded.slice(0, colon)),
    proof: formDecode(decoded.slice(colon + 1)),
  };
}

function bodyClaim(form: URLSearchParams): Claim {
  const id = form.get("client_id") ?? "";
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== ASSERTION) {
      throw new OAuthError("invalid_client", "Unknown client_assertion_type", 401);
    }
    const subject = (() => {
      try {
        return decodeJwt(assertion).sub ?? "";
      } catch {
        return "";
      }
    })();
    return { method: "private_key_jwt", id: id || subject, proof: assertion };
  }
  const secret = form.get("client_secret");
  return { method: secret === null ? "none" : "client_secret_post", id, proof: secret ?? "" };
}

/** The client that made a request. Throws if its authentication is missing or wrong. */
export function openAuthentication(
  state: AuditState,
): (
  request: RecordedRequest,
  form: URLSearchParams,
  site: Site,
  use: AuthenticationUse,
) => Promise<AuditClient> {
  const breaks = switchesOf(state, AUTHENTICATION_SWITCHES);
  const usedAssertions = new Set<string>();

  function claimOf(request: RecordedRequest, form: URLSearchParams): Claim {
    const [scheme = "", value = ""] = (headerOf(request, "authorization") ?? "").split(" ");
    const basic = scheme.toLowerCase() === "basic" && !breaks("exchange_methods");
    if (!basic) return bodyClaim(form);
    if (form.has("client_secret") || form.has("client_assertion")) {
      throw new OAuthError("invalid_request", "Two kinds of client authentication");
    }
    const claim = basicClaim(value);
    const named = form.get("client_id");
    if (named !== null && named !== claim.id) {
      throw new OAuthError("invalid_request", "Two values of client_id");
    }
    return claim;
  }

  /** Whether a broken server accepts a confidential client without its secret. */
  function skipsProof(client: AuditClient, use: AuthenticationUse): boolean {
    if (client.method === "private_key_jwt") {
      return client.source === "document" && breaks("cimd_key_client");
    }
    if (use === "exchange") return breaks("exchange_client_auth");
    if (use === "refresh") return breaks("refresh_client_auth");
    return use === "revocation" && breaks("revoke_client_auth");
  }

  async function assertionIsValid(client: AuditClient, assertion: string, site: Site) {
    const keys = createLocalJWKSet({ keys: [...client.jwks?.keys ?? []] });
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms: [...ALGORITHMS],
      issuer: client.id,
      subject: client.id,
      audience: [site.issuer, site.identifier, `${site.base}/token`],
      requiredClaims: ["exp", "jti"],
      currentDate: new Date(state.now()),
    }).catch(() => ({ payload: undefined }));
    if (payload?.jti === undefined || usedAssertions.has(payload.jti)) return false;
    usedAssertions.add(payload.jti);
    return true;
  }

  async function isProved(client: AuditClient, claim: Claim, site: Site): Promise<boolean> {
    if (client.method !== claim.method) return false;
    if (client.method === "none") return true;
    return client.method === "private_key_jwt"
      ? await assertionIsValid(client, claim.proof, site)
      : client.secret === claim.proof;
  }

  return async (request, form, site, use) => {
    const claim = claimOf(request, form);
    const client = state.clients.get(claim.id);
    if (client === undefined) throw new OAuthError("invalid_client", "Unknown client", 401);
    const proved = await isProved(client, claim, site) ||
      (client.method !== "none" && skipsProof(client, use));
    if (!proved) throw new OAuthError("invalid_client", "Client authentication failed", 401);
    return client;
  };
}
