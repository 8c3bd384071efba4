/**
 * Inspects the chain from an MCP server, or from an issuer, to the metadata of the authorization
 * server.
 * @module
 */

import { Failure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import { jsonObject, statusAndType } from "../../oauth/common/endpoint_response.ts";
import { judgeMetadata, reasonNotRead } from "../../oauth/metadata/metadata_judge.ts";
import {
  contentKind,
  type MetadataKind,
  wellKnownLocation,
} from "../../oauth/metadata/metadata_kind.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import { judgeAnswer, mainRevision, requestedRevisions } from "./inspect_document.ts";
import { inStep, stepOf, verdictOf, withoutRepeats } from "./inspect_findings.ts";
import { createInspectionContext, type InspectDeps, sendOnce, type Sent } from "./inspect_run.ts";
import { isUnreachable, type Walk, walkIssuer, walkServer } from "./inspect_walk.ts";
import type { ChainLink, InspectedDocument, Inspection, InspectPlan } from "./inspection.ts";
import { findingOf } from "../context/login_context.ts";
import type { MetadataAttempt } from "../context/metadata_attempt.ts";

const USED_BECAUSE: Readonly<Record<MetadataAttempt["source"], string>> = {
  challenge: "the challenge names it",
  path: "the first well-known URL of the server that holds a document",
  root: "the root of the server holds a document, and no earlier place did",
  issuer: "the first well-known URL of the issuer with a document that may be used",
};

function linkOf(sent: Sent, places: readonly MetadataAttempt[], next: Sent | undefined): ChainLink {
  const { request: { step, method, url }, answer, failure } = sent;
  const attempt = places.find((it) => it.answer === answer);
  const base = {
    step,
    method,
    url,
    finalUrl: answer?.url ?? null,
    status: answer?.status ?? null,
    contentType: answer?.headers.get("content-type") ?? null,
    identifier: attempt?.identifier ?? null,
  };
  if (answer === undefined) {
    return { ...base, outcome: "failed", reason: failure?.message ?? "no answer" };
  }
  if (attempt === undefined) {
    const challenge = answer.headers.get("www-authenticate");
    const again = next?.request.url === url && next.request.method === method;
    const reason = method === "GET"
      ? `HTTP ${statusAndType(answer)}, ${again ? "asked once more" : "no metadata document"}`
      : challenge === null
      ? `HTTP ${statusAndType(answer)}, without a challenge`
      : `HTTP ${answer.status}, challenge ${printable(challenge, 500)}`;
    return { ...base, outcome: "answer", reason };
  }
  return attempt.objection === undefined
    ? { ...base, outcome: "used", reason: USED_BECAUSE[attempt.source] }
    : { ...base, outcome: "passed_over", reason: attempt.objection };
}

function documentOf(attempt: MetadataAttempt | undefined): InspectedDocument | null {
  if (attempt?.document === undefined) return null;
  const { url, answer, document } = attempt;
  return { url, finalUrl: answer.url, status: answer.status, document };
}

export interface WalkSummary {
  readonly resource: MetadataAttempt | undefined;
  /** The document that is used, else the first one that was found. */
  readonly server: MetadataAttempt | undefined;
  readonly kind: MetadataKind;
  readonly findings: readonly Finding[];
}

export function summarizeWalk(walk: Walk, plan: InspectPlan, rules: Revision): WalkSummary {
  const { attempts, context, failure } = walk;
  const resource = attempts.findLast((it) => it.kind === "resource_metadata" && it.document);
  const servers = attempts.filter((it) =>
    it.kind === "authorization_server_metadata" && it.document !== undefined
  );
  const server = servers.find((it) => it.objection === undefined) ?? servers[0];
  const kind = wellKnownLocation(server?.url ?? "x:")?.kind ?? "authorization_server";
  const judged = (attempt: MetadataAttempt | undefined, kind: MetadataKind): Finding[] => {
    if (attempt?.document === undefined) return [];
    const { url, answer, document, identifier, source } = attempt;
    const published = resource?.document && stringMember(resource.document, "resource");
    return inStep(
      judgeMetadata({
        kind,
        url,
        response: answer,
        document,
        identifier,
        rules,
        source: source === "issuer" ? "path" : source,
        serverUrl: plan.url,
        resource: published,
      }),
      stepOf(kind),
    );
  };
  return {
    resource,
    server,
    kind,
    findings: withoutRepeats([
      ...walk.findings,
      ...judged(resource, "protected_resource"),
      ...judged(server, kind),
      ...failure === null ? [] : [findingOf(failure, context.currentStep())],
    ]),
  };
}

function inspectionOf(
  walk: Walk,
  plan: InspectPlan,
  found: Pick<Inspection, "target" | "decision" | "revisions">,
): Inspection {
  const rules = mainRevision(plan);
  const { resource, server, kind, findings } = summarizeWalk(walk, plan, rules);
  const first = walk.sent.findLast(({ request }) => request.purpose === "mcp")?.answer;
  const document = documentOf(server);
  return {
    ...found,
    protocolVersion: rules.id,
    kind: document === null ? null : kind,
    document: document?.document ?? null,
    finalUrl: document?.finalUrl ?? null,
    status: document?.status ?? null,
    findings,
    chain: {
      links: walk.sent.map((sent, at) => linkOf(sent, walk.attempts, walk.sent[at + 1])),
      challenge: first?.headers.get("www-authenticate") ?? null,
      resourceMetadata: documentOf(resource),
      issuer: server?.identifier ?? null,
    },
    failure: walk.failure,
  };
}

/** The issuer to search: a typed URL may have one slash too few or too many. */
function correctedIssuer(url: string, walk: Walk): string {
  const other = url.endsWith("/") ? url.slice(0, -1) : `${url}/`;
  const announced = walk.attempts.map(({ document }) =>
    document && stringMember(document, "issuer")
  );
  return announced.includes(url) || !announced.includes(other) ? url : other;
}

/** @throws Failure `cancelled`. */
export async function inspectChain(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const asker = sendOnce(deps.send);
  const quiet = () => ({ ...deps, emit: () => {}, send: asker() });
  const loud = () => ({ ...deps, send: asker() });
  const main = mainRevision(plan);
  const auto = plan.protocolVersion === undefined;

  const walk = await walkServer(plan, loud(), main, auto);
  const published = walk.attempts.some((it) => it.kind === "resource_metadata" && it.document);
  const unauthorized = walk.sent.some(({ answer }) => answer?.status === 401);
  if (walk.failure !== null && walk.sent.length === 1 && isUnreachable(walk.failure)) {
    return inspectionOf(walk, plan, {
      target: "unknown",
      decision: "no response was received",
      revisions: [],
    });
  }
  if (published || unauthorized) {
    const revisions = [];
    for (const rules of requestedRevisions(plan)) {
      const own = await walkServer(plan, quiet(), rules, false);
      revisions.push(verdictOf(rules, summarizeWalk(own, plan, rules).findings, undefined));
    }
    return inspectionOf(walk, plan, {
      target: "mcp_server",
      decision: unauthorized
        ? "it answers 401 to a request without a token, as an MCP server does"
        : "it publishes protected resource metadata, as an MCP server does",
      revisions,
    });
  }

  const looked = createInspectionContext(plan, loud(), main, false);
  const request = {
    purpose: "authorization_server_metadata",
    step: "authorization_server_metadata",
    method: "GET",
    headers: [["accept", "application/json"]],
    url: plan.url,
    signal: deps.signal,
  } as const;
  const page = await looked.context.deps.http.send(request).catch(() => undefined);
  const body = page?.status === 200 ? jsonObject(page) : undefined;
  if (page !== undefined && body !== undefined && contentKind(body) !== undefined) {
    return judgeAnswer(
      plan,
      page,
      "the URL is not a well-known one, but a metadata document is there",
    );
  }

  const why = walk.blockedBy?.message ?? walk.failure?.message ?? "";
  const guess = await walkIssuer(plan, quiet(), main, plan.url);
  const issuer = correctedIssuer(plan.url, guess);
  const from = (rules: Revision, own: InspectDeps) => walkIssuer(plan, own, rules, issuer);
  const last = await from(main, loud());
  if (!last.attempts.some(({ document }) => document !== undefined)) {
    return inspectUnknown(plan, walk, looked, last, why);
  }
  const revisions = [];
  for (const rules of requestedRevisions(plan)) {
    const own = await from(rules, quiet());
    const { findings, server, kind } = summarizeWalk(own, plan, rules);
    const unread = server && reasonNotRead(kind, issuer, rules);
    revisions.push(verdictOf(rules, findings, unread));
  }
  const spelt = issuer === plan.url ? "" : `, spelt ${quoted(issuer)}`;
  return inspectionOf(
    {
      ...last,
      sent: [...walk.sent, ...looked.sent, ...last.sent],
      attempts: [...walk.attempts, ...last.attempts],
    },
    plan,
    {
      target: "issuer",
      decision: `it gives neither 401 nor protected resource metadata (${why}), so it is taken ` +
        `for an issuer${spelt}`,
      revisions,
    },
  );
}

function inspectUnknown(
  plan: InspectPlan,
  walk: Walk,
  looked: { readonly sent: readonly Sent[] },
  last: Walk,
  why: string,
): Inspection {
  const open = walk.blockedBy?.code === "authorization_not_required";
  const failure = open && walk.blockedBy !== undefined ? walk.blockedBy : new Failure(
    "discovery_failed",
    `${
      quoted(plan.url)
    } is not an MCP server that requires authorization (${why}), not a metadata document and not ` +
      `an issuer (${last.failure?.message ?? "no metadata was found"})`,
    {
      remedy: "Check the path: MCP servers are often at /mcp; an issuer is what the resource " +
        'metadata lists in "authorization_servers"',
      reference: "MCP authorization, Authorization Server Discovery",
    },
  );
  const sent = [...walk.sent, ...looked.sent, ...last.sent];
  const whole = { ...walk, sent, attempts: [...walk.attempts, ...last.attempts], failure };

  return inspectionOf(whole, plan, {
    target: open ? "mcp_server" : "unknown",
    decision: open
      ? "it answers MCP requests without a token"
      : "it answers neither as an MCP server nor as an issuer",
    revisions: [],
  });
}
