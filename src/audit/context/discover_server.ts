/** Sends the requests of the discovery. @module */

import type { HeaderList } from "../../core/exchange.ts";
import { cancelledFailure, Failure } from "../../core/failure.ts";
import { type Probe, probe, type ProbeChoices } from "../../flow/inspect/probe_server.ts";
import type { InspectDeps } from "../../flow/inspect/inspect_walk.ts";
import type { MetadataAttempt } from "../../flow/context/login_context.ts";
import { ACCEPT_JSON } from "../../flow/discovery/fetch_metadata.ts";
import { CLIENT_INFO } from "../../flow/discovery/unauthenticated_request.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { locationOf } from "../../http/request_url.ts";
import { emptyToolCall, jsonRpcMessageArrives } from "../../oauth/mcp/first_request.ts";
import { LATEST, type Revision, revision, type RevisionId } from "../../oauth/mcp/revision.ts";
import { authorizationServerCandidates } from "../../oauth/mcp/well_known.ts";
import { judgeMetadataResponse } from "../../oauth/metadata/metadata_response.ts";
import { auditedRevision, type Discovery, discoveryOf } from "./discovery.ts";

/** A redirect to the same URL with or without a slash at the end. */
function slashRedirect({ walk }: Probe): { url: string; answer: HttpResponse } | undefined {
  for (const { answer } of walk.sent) {
    const target = answer && locationOf(answer, answer.url);
    if (answer === undefined || target === undefined || target === null) continue;
    const from = new URL(answer.url);
    const path = ({ pathname }: URL) => pathname.replace(/\/$/, "");
    const isSame = target.origin === from.origin && target.search === from.search &&
      target.pathname !== from.pathname && path(target) === path(from);
    if (isSame) return { url: target.href, answer };
  }
  return undefined;
}

/** The 401 to a tool call: some servers that publish metadata require a token only then. */
async function calledWithoutToken(
  url: string,
  rules: Revision,
  { http, signal }: InspectDeps,
): Promise<HttpResponse | undefined> {
  try {
    const answer = await http.send({
      purpose: "mcp",
      step: "request_without_token",
      method: "POST",
      url,
      enough: () => jsonRpcMessageArrives(1),
      ...emptyToolCall(rules, CLIENT_INFO),
    });
    return answer.status === 401 ? answer : undefined;
  } catch (error) {
    if (signal.aborted) throw cancelledFailure();
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/**
 * The OpenID document that clients of revision 2025-06-18 do not read; the checks of the endpoints
 * need it.
 */
async function openidDocument(
  attempts: readonly MetadataAttempt[],
  rules: Revision,
  { http, signal }: InspectDeps,
): Promise<MetadataAttempt | undefined> {
  const kind = "authorization_server_metadata";
  const tried = attempts.filter((it) => it.kind === kind);
  const [first] = tried;
  if (rules.metadataDocuments !== "oauth" || first === undefined) return undefined;
  for (const url of authorizationServerCandidates(first.identifier, LATEST)) {
    if (tried.some((it) => it.url === url)) continue;
    try {
      const headers: HeaderList = ACCEPT_JSON;
      const answer = await http.send({ purpose: kind, step: kind, method: "GET", url, headers });
      const read = judgeMetadataResponse(answer, kind, url);
      if (read.verdict !== "found") continue;
      const objection = `clients of MCP ${rules.id} do not read OpenID provider metadata`;
      return { ...first, url, answer, document: read.document, objection };
    } catch (error) {
      if (signal.aborted) throw cancelledFailure();
      if (!(error instanceof Failure)) throw error;
    }
  }
  return undefined;
}

/**
 * Sends the requests of `server probe`, and some that only an audit needs.
 *
 * @throws Failure `cancelled`.
 */
export async function discoverServer(
  serverUrl: string,
  chosen: RevisionId | undefined,
  deps: InspectDeps,
  choices: ProbeChoices,
): Promise<Discovery> {
  const inspectAt = (url: string) =>
    probe(url, deps, { protocolVersion: chosen ?? "auto", ...choices });
  const first = await inspectAt(serverUrl);
  const moved = slashRedirect(first);
  const found = moved === undefined ? first : await inspectAt(moved.url);
  const { result, responses, walk } = found;
  const rules = chosen === undefined ? auditedRevision(responses) : revision(chosen);
  const hasServer = walk.attempts.some((it) =>
    it.kind === "authorization_server_metadata" && it.document !== undefined
  );
  const mayAskLater = result.status === "open" && result.resourceMetadata !== null;
  return await discoveryOf(found, chosen, {
    serverUrl,
    named: choices.authorizationServer,
    extra: hasServer ? undefined : await openidDocument(walk.attempts, rules, deps),
    called: mayAskLater ? await calledWithoutToken(result.serverUrl, rules, deps) : undefined,
    redirect: moved?.answer,
  });
}
