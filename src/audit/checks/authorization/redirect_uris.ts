/** To which redirect URIs the authorization endpoint sends its responses. @module */

import { quoted } from "../../../core/text.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditClient } from "../../context/clients.ts";
import type { ParameterChanges } from "../../context/grants.ts";
import {
  asksFirst,
  at,
  judgeAccepted,
  signInFirst,
  type Visit,
  visit,
  visitOf,
} from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, passed, worstOf } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { withControl } from "./with_control.ts";
import { INVENTED_REDIRECT_URI } from "../../judge/invented.ts";

/** True if a code, an error or anything else was sent to a redirect URI that is not registered. */
function isSentTo(visited: Visit, redirectUri: string, registered: string): boolean {
  const { location = "", response } = visited;
  const target = URL.parse(location, response.url);
  const sent = URL.parse(redirectUri);
  if (target === null || sent === null || location.startsWith(`${registered}?`)) return false;
  const isUnresolved = location.startsWith(redirectUri);
  return isUnresolved || target.origin === sent.origin && target.pathname === sent.pathname &&
      redirectUri !== registered && !location.startsWith(registered);
}

/** Judges a redirect URI that is not registered: no response may be sent there. */
async function judgeRedirect(
  audit: Audit,
  control: Visit,
  client: AuditClient,
  redirectUri: string,
  changes: ParameterChanges = { redirect_uri: redirectUri },
): Promise<Outcome> {
  const visited = await visit(audit, changes, client);
  const { kind, response } = visited;
  const what = `the redirect URI ${quoted(redirectUri)}`;
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  if (isSentTo(visited, redirectUri, client.redirectUri)) {
    return deviates(`${what} is not registered, but a response is sent${at(visited)}`);
  }
  if (kind === "code") {
    return deviates(`${what} is not registered, but the server redirects${at(visited)}`);
  }
  if (kind === "crashed") {
    return deviates(`${what} causes a server error: ${observed(response)}`, {
      severity: "warning",
    });
  }
  if ((kind === "page" || kind === "other_redirect") && asksFirst(control)) {
    return signInFirst(what);
  }
  return passed(`${what} is refused: ${observed(response)}`);
}

/** Each changes a registered redirect URI in one point. */
function variantsOf(redirectUri: string): readonly string[] {
  const url = new URL(redirectUri);
  const { origin, protocol, host, pathname } = url;
  return [
    `${origin}/mcpass-audit/..${pathname}`,
    `${origin}/mcpass-audit/%2e%2e${pathname}`,
    `${redirectUri}?mcpass_audit=1`,
    `${redirectUri}#mcpass-audit`,
    `${protocol}//mcpass-audit@${host}${pathname}`,
    `${origin}${pathname.toUpperCase()}`,
  ];
}

export const REDIRECT_URI_CHECKS: readonly AuditCheck[] = [
  {
    id: "authorize_unknown_client",
    severity: "error",
    attacker: "A1",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const visited = await visit(audit, { client_id: `mcpass-audit-${randomValue()}` });
      const { kind, response } = visited;
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      if (kind === "code" || kind === "error") {
        return deviates(`an unknown client is redirected${at(visited)}`);
      }
      if (kind === "crashed") {
        return deviates(`an unknown client causes a server error: ${observed(response)}`, {
          severity: "warning",
        });
      }
      if (kind === "refused" || !asksFirst(control)) {
        return passed(`an unknown client is refused: ${observed(response)}`);
      }
      return signInFirst("an unknown client");
    }),
  },
  {
    id: "authorize_foreign_redirect",
    severity: "error",
    attacker: "A1",
    cost: { requests: 2 },
    run: withControl(async (audit, control) => {
      const client = await audit.clients.first();
      const other = `${client.redirectUri}/other`;
      return worstOf([
        await judgeRedirect(audit, control, client, other),
        await judgeRedirect(audit, control, client, INVENTED_REDIRECT_URI),
      ]);
    }),
  },
  {
    id: "authorize_redirect_tricks",
    severity: "error",
    attacker: "A1",
    requires: ["authorize_foreign_redirect"],
    cost: { requests: 7 },
    run: withControl(async (audit, control) => {
      const client = await audit.clients.first();
      const outcomes: Outcome[] = [];
      for (const variant of variantsOf(client.redirectUri)) {
        outcomes.push(await judgeRedirect(audit, control, client, variant));
      }
      const twice = { redirect_uri: [client.redirectUri, INVENTED_REDIRECT_URI] };
      const visited = await visit(audit, twice, client);
      outcomes.push(
        isSentTo(visited, INVENTED_REDIRECT_URI, client.redirectUri)
          ? deviates(`with two redirect URIs, a response is sent to the second${at(visited)}`)
          : passed("with two redirect URIs, nothing is sent to the second"),
      );
      return worstOf(outcomes);
    }),
  },
  {
    id: "authorize_port_free",
    severity: "error",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      const client = await audit.clients.first();
      const url = new URL(client.redirectUri);
      const isLiteral = url.hostname === "127.0.0.1" || url.hostname === "[::1]";
      url.port = url.port === "33419" ? "33420" : "33419";
      const other = url.href;
      const response = await audit.grants.visit({ redirect_uri: other }, client);
      const visited = visitOf(response, other);
      const what = `the registered redirect URI with the port ${url.port}`;
      const outcome = judgeAccepted(visited, control, what);
      if (outcome.kind === "deviates") {
        return isLiteral ? outcome : { ...outcome, severity: "warning" };
      }
      const judgesFirst = audit.result("authorize_foreign_redirect")?.verdict === "passed";
      return asksFirst(control) && !judgesFirst ? signInFirst(what) : outcome;
    }),
  },
];
