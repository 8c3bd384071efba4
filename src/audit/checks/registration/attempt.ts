/** Registrations with one wrong member, and the responses to them. @module */

import type { JsonObject } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { listMember } from "../../../oauth/metadata/list_member.ts";
import type { Audit } from "../../context/audit.ts";
import type { AttemptedRegistration, AuditClient } from "../../context/clients.ts";
import { skipCheck } from "../../context/end_check.ts";
import { passed } from "../../context/outcome.ts";
import { judgeRefusal, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";

const refusals = new WeakMap<Audit, HttpResponse[]>();

/** The refusals of this audit so far. */
export function refusalsOf(audit: Audit): HttpResponse[] {
  const responses = refusals.get(audit) ?? [];
  refusals.set(audit, responses);
  return responses;
}

/** The first client, whose registration has no fault: without it a refusal proves nothing. */
export async function registeredClient(audit: Audit): Promise<AuditClient> {
  const { response, client } = await audit.clients.attempted();
  if (client !== undefined) return client;
  const message = `a valid registration is refused: ${observed(response)}`;
  throw skipCheck("needs_control", message, "dcr_native");
}

export async function tryRegistration(
  audit: Audit,
  changes: JsonObject,
): Promise<AttemptedRegistration> {
  await registeredClient(audit);
  const attempt = await audit.clients.register(changes);
  if (attempt.client === undefined) refusalsOf(audit).push(attempt.response);
  return attempt;
}

/** Judges the registration of redirect URIs that a server has to refuse, or to leave out. */
export async function judgeRedirectUris(
  audit: Audit,
  uris: readonly string[],
  applicationType: "native" | "web",
): Promise<Outcome> {
  const what = `the redirect URI ${uris.map((it) => quoted(it)).join(" or ")}`;
  const { response, client } = await tryRegistration(audit, {
    redirect_uris: uris,
    application_type: applicationType,
  });
  const registered = listMember(client?.registration ?? {}, "redirect_uris");
  if (registered !== undefined && !uris.some((it) => registered.includes(it))) {
    return passed(`${what} is left out of the registration`);
  }
  return judgeRefusal(response, { what });
}
