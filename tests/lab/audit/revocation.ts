/**
 * Group K: revocation (RFC 7009) and introspection (RFC 7662).
 *
 * @module
 */

import { formOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { openAuthentication } from "./client_authentication.ts";
import { empty, errorResponse, json, NOT_FOUND, OAuthError } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AccessRecord, AuditClient, AuditState, RefreshRecord, Site } from "./state.ts";

/** Switches of group K; `revoke_client_auth` is in `client_authentication.ts`. */
export const REVOCATION_SWITCHES = [
  "revoke_refresh",
  "revoke_cascades",
  "revoke_access",
  "revoke_unknown",
  "revoke_foreign",
  "introspect_protected",
  "introspect_inactive",
] as const;

const NO_STORE = [["cache-control", "no-store"]] as const;

export interface Revocation {
  /** Revokes a token. */
  revoke(request: RecordedRequest, site: Site): Promise<LabResponse>;
  /** Introspects a token. */
  introspect(request: RecordedRequest, site: Site): Promise<LabResponse>;
}

async function orError(work: () => Promise<LabResponse>): Promise<LabResponse> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OAuthError) return errorResponse(error);
    throw error;
  }
}

export function openRevocation(state: AuditState): Revocation {
  const breaks = switchesOf(state, REVOCATION_SWITCHES);
  const authenticate = openAuthentication(state);
  const DONE = empty(200, NO_STORE);
  const isOpen = breaks("introspect_protected");

  function endFamily(record: RefreshRecord): void {
    if (breaks("revoke_refresh")) return;
    const lists = breaks("revoke_cascades") ? [state.refresh] : [state.refresh, state.access];
    for (const list of lists) {
      for (const it of list.values()) if (it.family === record.family) it.revoked = true;
    }
  }

  function isOwn(record: AccessRecord | RefreshRecord, client: AuditClient): boolean {
    return record.client.id === client.id || breaks("revoke_foreign");
  }

  function revoke(token: string, client: AuditClient): LabResponse {
    const refresh = state.refresh.get(token);
    const access = state.access.get(token);
    const record = refresh ?? access;
    if (record === undefined) {
      return breaks("revoke_unknown") ? json({ error: "invalid_request" }, 400, NO_STORE) : DONE;
    }
    if (!isOwn(record, client)) {
      throw new OAuthError("unauthorized_client", "The token was issued to another client");
    }
    if (refresh !== undefined) endFamily(refresh);
    if (access !== undefined && !breaks("revoke_access")) access.revoked = true;
    return DONE;
  }

  function describe(token: string, asker: AuditClient | undefined): LabResponse {
    const access = state.access.get(token);
    const record = access ?? state.refresh.get(token);
    if (record === undefined && breaks("introspect_inactive")) return NOT_FOUND;
    const foreign = asker !== undefined && record?.client.id !== asker.id;
    const over = access !== undefined && access.expiresAt <= state.now();
    const spent = record !== undefined && "spent" in record && record.spent;
    if (record === undefined || record.revoked || spent || foreign || over) {
      return json({ active: false }, 200, NO_STORE);
    }
    return json(
      {
        active: true,
        client_id: record.client.id,
        scope: record.scopes.join(" "),
        sub: record.subject,
        iss: record.issuer,
        ...record.resource !== undefined && { aud: record.resource },
        ...access !== undefined && {
          exp: Math.floor(access.expiresAt / 1000),
          token_type: access.jkt === undefined ? "Bearer" : "DPoP",
        },
      },
      200,
      NO_STORE,
    );
  }

  return {
    revoke: (request, site) =>
      orError(async () => {
        if (request.method !== "POST") return empty(405, [["allow", "POST"]]);
        const form = formOf(request);
        const client = await authenticate(request, form, site, "revocation");
        const token = form.get("token");
        if (token === null) throw new OAuthError("invalid_request", "token is missing");
        return revoke(token, client);
      }),
    introspect: (request, site) =>
      orError(async () => {
        if (request.method !== "POST") return empty(405, [["allow", "POST"]]);
        const form = formOf(request);
        const client = await authenticate(request, form, site, "introspection").catch((error) => {
          if (isOpen) return undefined;
          throw error;
        });
        if (client?.method === "none" && !isOpen) {
          throw new OAuthError("invalid_client", "A public client cannot ask", 401);
        }
        return describe(form.get("token") ?? "", client);
      }),
  };
}
