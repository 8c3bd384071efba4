/**
 * Sessions of people at the authorization server, and what they consented to.
 *
 * @module
 */

import { formOf, headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import type { Pages } from "./pages.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditClient, AuditState } from "./state.ts";

/** Switches about sessions and consent. */
export const CONSENT_SWITCHES = ["consent_each_client", "authorize_cookies"] as const;

const COOKIE = "audit_lab_session";

/** Sessions of people. */
export interface Consent {
  /** What a person decided, or the page that asks. */
  decide(
    request: RecordedRequest,
    client: AuditClient,
    scopes: readonly string[],
  ): "allowed" | "denied" | LabResponse;
  /** Begins a session in the browser that has none. */
  withSession(request: RecordedRequest, response: LabResponse): LabResponse;
}

function sessionOf(request: RecordedRequest): string | undefined {
  const cookies = (headerOf(request, "cookie") ?? "").split("; ");
  return cookies.find((it) => it.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

export function openConsent(state: AuditState, pages: Pages): Consent {
  const breaks = switchesOf(state, CONSENT_SWITCHES);
  /** Clients that were allowed, by session. */
  const sessions = new Map<string, Set<string>>();

  function wasAllowed(allowed: ReadonlySet<string>, client: AuditClient): boolean {
    return allowed.has(client.id) || (allowed.size > 0 && breaks("consent_each_client"));
  }

  return {
    decide(request, client, scopes) {
      if (state.options.consent !== "page") return "allowed";
      const allowed = sessions.get(sessionOf(request) ?? "");
      if (allowed === undefined) return pages.consent(client, scopes);
      const decision = request.method === "POST" ? formOf(request).get("decision") : null;
      if (decision === "deny") return "denied";
      if (decision === "allow") allowed.add(client.id);
      return decision === "allow" || wasAllowed(allowed, client)
        ? "allowed"
        : pages.consent(client, scopes);
    },
    withSession(request, response) {
      const session = sessionOf(request);
      if (session !== undefined && sessions.has(session)) return response;
      const fresh = crypto.randomUUID();
      sessions.set(fresh, new Set());
      const guards = breaks("authorize_cookies") ? "" : "; HttpOnly; Secure; SameSite=Lax";
      const cookie = `${COOKIE}=${fresh}; Path=/${guards}`;
      return { ...response, headers: [...response.headers, ["set-cookie", cookie]] };
    },
  };
}
