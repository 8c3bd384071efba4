/** Registrations that a server has to refuse (RFC 9700 §4.1.3), and how it refuses them. @module */

import { quoted } from "../../../core/text.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { isJsonType, mediaType } from "../../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../../oauth/common/error_response.ts";
import type { Audit } from "../../context/audit.ts";
import {
  asksFirst,
  at,
  controlVisit,
  signInFirst,
  visitOf,
} from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, passed, skipped, worstOf } from "../../context/outcome.ts";
import { judgeRefusal, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { judgeRedirectUris, refusalsOf, tryRegistration } from "./attempt.ts";
import { INVENTED_HOST } from "../../judge/invented.ts";

const LOOKALIKES = [
  `http://127.0.0.1.${INVENTED_HOST}/callback`,
  `http://localhost.${INVENTED_HOST}/callback`,
  `http://127.0.0.1@${INVENTED_HOST}/callback`,
];

/** The URIs of one list are sent in one request: the server has to refuse at least one of them. */
const SCRIPTS = [["javascript:alert(1)"], ["data:text/html,mcpass-audit", "vbscript:mcpass"]];

/** Patterns, each with a URI that it would match. */
const PATTERNS = [
  [`https://${INVENTED_HOST}/*`, `https://${INVENTED_HOST}/mcpass-audit`],
  [`https://*.${INVENTED_HOST}/callback`, `https://other.${INVENTED_HOST}/callback`],
] as const;

async function judgeEach(
  audit: Audit,
  lists: readonly (readonly string[])[],
  applicationType: "native" | "web",
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const uris of lists) outcomes.push(await judgeRedirectUris(audit, uris, applicationType));
  return worstOf(outcomes);
}

/** A registered pattern may be compared as text: then a URI that it would match is refused. */
async function judgePattern(audit: Audit, pattern: string, expansion: string): Promise<Outcome> {
  const changes = { redirect_uris: [pattern], application_type: "web" };
  const { response, client } = await tryRegistration(audit, changes);
  const what = `the redirect URI ${quoted(pattern)}`;
  if (client === undefined) return judgeRefusal(response, { what });
  const control = await controlVisit(audit);
  const visited = visitOf(await audit.grants.visit({ redirect_uri: expansion }, client), expansion);
  if (visited.kind === "code" || visited.kind === "error") {
    return deviates(`${what} is registered, and a response is sent${at(visited)}`);
  }
  return asksFirst(visited) && asksFirst(control)
    ? signInFirst(`${quoted(expansion)} for ${what}`)
    : passed(`${what} is compared as text: ${observed(visited.response)}`);
}

/** RFC 7591 §3.2.2; `invalid_request` is the general code of OAuth. */
const ERROR_CODES: readonly string[] = [
  "invalid_redirect_uri",
  "invalid_client_metadata",
  "invalid_software_statement",
  "unapproved_software_statement",
  "invalid_request",
];

function shapeFault(response: HttpResponse): string | undefined {
  const { status } = response;
  const type = mediaType(response);
  const { error } = errorResponse(response);
  if (status !== 400) return `HTTP ${status}, expected 400`;
  if (!isJsonType(type)) return `Content-Type ${quoted(type)}, expected application/json`;
  if (error === undefined) return "no error code";
  return ERROR_CODES.includes(error) ? undefined : `the error ${quoted(error)}, not of RFC 7591`;
}

export const REFUSED_CHECKS: readonly AuditCheck[] = [
  {
    id: "dcr_http_refused",
    severity: "error",
    attacker: "A2",
    cost: { requests: 2, registrations: 2 },
    async run(audit) {
      const uris = [`http://${INVENTED_HOST}/callback`];
      const native = await judgeRedirectUris(audit, uris, "native");
      if (native.kind !== "passed") return native;
      // OpenID Connect lets web clients of the code flow use http, RFC 9700 does not.
      const web = await judgeRedirectUris(audit, uris, "web");
      return web.kind === "deviates"
        ? deviates(`for a web client, ${web.message}`, { severity: "warning" })
        : native;
    },
  },
  {
    id: "dcr_lookalike_refused",
    severity: "error",
    attacker: "A1",
    cost: { requests: 3, registrations: 3 },
    run: (audit) => judgeEach(audit, LOOKALIKES.map((it) => [it]), "native"),
  },
  {
    id: "dcr_script_refused",
    severity: "error",
    attacker: "A1",
    cost: { requests: 2, registrations: 2 },
    run: (audit) => judgeEach(audit, SCRIPTS, "native"),
  },
  {
    id: "dcr_wildcard_refused",
    severity: "error",
    attacker: "A1",
    cost: { requests: 4, registrations: 2 },
    async run(audit) {
      const outcomes: Outcome[] = [];
      for (const [pattern, expansion] of PATTERNS) {
        outcomes.push(await judgePattern(audit, pattern, expansion));
      }
      return worstOf(outcomes);
    },
  },
  {
    id: "dcr_fragment_refused",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1, registrations: 1 },
    run: (audit) => judgeEach(audit, [[`https://${INVENTED_HOST}/callback#mcpass-audit`]], "web"),
  },
  {
    id: "dcr_redirect_needed",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1, registrations: 1 },
    async run(audit) {
      const { response } = await tryRegistration(audit, { redirect_uris: undefined });
      return judgeRefusal(response, { what: "a code flow client without redirect_uris" });
    },
  },
  {
    id: "dcr_error_shape",
    severity: "warning",
    cost: { requests: 0 },
    async run(audit) {
      if (refusalsOf(audit).length === 0) {
        await tryRegistration(audit, { redirect_uris: ["mcpass-audit"] });
      }
      const refusals = refusalsOf(audit).filter(({ status }) => status < 500);
      audit.cite(...refusals);
      if (refusals.length === 0) return skipped("not_applicable", "no registration was refused");
      const faults = new Set(refusals.map(shapeFault).filter((it) => it !== undefined));
      return faults.size === 0
        ? passed("each refusal is HTTP 400 with an OAuth error")
        : deviates(`a registration is refused with ${[...faults].join("; ")}`);
    },
  },
];
