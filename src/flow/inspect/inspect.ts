import { Failure } from "../../core/failure.ts";
import { stringMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import { jsonObject, statusAndType } from "../../oauth/common/endpoint_response.ts";
import { LATEST, type Revision } from "../../oauth/mcp/revision.ts";
import { judgeMetadata, reasonNotRead } from "../../oauth/metadata/metadata_judge.ts";
import {
  contentKind,
  type MetadataKind,
  wellKnownLocation,
} from "../../oauth/metadata/metadata_kind.ts";
import {
  completeFailure,
  isAcceptable,
  judgementOf,
  type MetadataAttempt,
  neededFlags,
  type StepJudgement,
} from "../context/login_context.ts";
import { withFlags } from "../../core/command_text.ts";
import { inspectDocument, judgeAnswer } from "./inspect_document.ts";
import {
  createInspectionContext,
  type InspectDeps,
  isUnreachable,
  sendOnce,
  type Sent,
  type Walk,
  walkIssuer,
  walkServer,
} from "./inspect_walk.ts";
import {
  type ChainLink,
  findingsOf,
  type InspectedDocument,
  type Inspection,
  type InspectPlan,
  inStep,
  requestedRevisions,
  stepOf,
  verdictOf,
} from "./inspection.ts";

const USED_BECAUSE: Readonly<Record<MetadataAttempt["source"], string>> = {
  challenge: "the challenge names it",
  path: "the first well-known URL of the server with a document",
  root: "only the root of the server has a document",
  issuer: "the first well-known URL of the issuer with a usable document",
  origin: "no issuer was named, so the origin of the server is used",
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
    return { ...base, outcome: "failed", reason: failure?.message ?? "no response" };
  }
  if (attempt === undefined) {
    const challenge = answer.headers.get("www-authenticate");
    const again = next?.request.url === url && next.request.method === method;
    const reason = method === "GET"
      ? `HTTP ${statusAndType(answer)}, ${again ? "repeated" : "no metadata document"}`
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

interface WalkSummary extends Pick<Inspection, "findings" | "loginFlags" | "failure"> {
  readonly resource: MetadataAttempt | undefined;
  /** The document that is used, else the first one that was found. */
  readonly server: MetadataAttempt | undefined;
  readonly kind: MetadataKind;
  /** False if no flag accepts what a login refuses. */
  readonly canSignIn: boolean;
}

export function summarizeWalk({ attempts, context, failure, ...walk }: Walk): WalkSummary {
  const { command, plan, rules, state } = context;
  const { serverUrl, trustIssuer, trustPkce } = plan;
  const trust = { issuer: trustIssuer, pkce: trustPkce };
  const resource = attempts.findLast((it) => it.kind === "resource_metadata" && it.document);
  const servers = attempts.filter((it) =>
    it.kind === "authorization_server_metadata" && it.document !== undefined
  );
  const server = servers.find((it) => it.objection === undefined) ?? servers[0];
  const kind = wellKnownLocation(server?.url ?? "x:")?.kind ?? "authorization_server";
  const published = resource?.document && stringMember(resource.document, "resource");
  const judge = (attempt: MetadataAttempt | undefined, kind: MetadataKind): StepJudgement[] => {
    if (attempt?.document === undefined) return [];
    const { url, answer, document, identifier } = attempt;
    const isDefault = attempt.source === "origin";
    const source = isDefault || attempt.source === "issuer" ? "path" : attempt.source;
    const subject = { kind, url, response: answer, document, identifier, isDefault, rules, source };
    const chosen = { serverUrl, resource: published, trust, chosen: plan };
    return inStep(judgeMetadata({ ...subject, ...chosen }), stepOf(kind));
  };
  const ofLogin = [
    ...walk.judged,
    ...failure === null ? [] : inStep([judgementOf(failure)], state.step),
  ];
  const found = [...ofLogin, ...judge(resource, "protected_resource"), ...judge(server, kind)];
  const canSignIn = ofLogin.every((it) => it.severity !== "error" || isAcceptable(it));
  // If no flag makes a sign-in possible, its flags are not useful.
  const judged = found.map((it) =>
    canSignIn || it.severity === "error" ? it : { ...it, loginFlags: undefined }
  );
  const loginFlags = neededFlags(judged);
  const withNeeded = withFlags(command, loginFlags);
  return {
    resource,
    server,
    kind,
    findings: findingsOf(judged, command),
    loginFlags,
    canSignIn,
    failure: failure && completeFailure(failure, withNeeded),
  };
}

function inspectionOf(walk: Walk, found: Pick<Inspection, "target" | "decision" | "revisions">) {
  const { attempts, context, sent } = walk;
  const { resource, server, kind, findings, loginFlags, failure } = summarizeWalk(walk);
  const challenges = sent.filter(({ request }) => request.purpose === "mcp")
    .map(({ answer }) => answer?.headers.get("www-authenticate") ?? null);
  const used = documentOf(server);
  return {
    ...found,
    protocolVersion: context.rules.id,
    kind: used && kind,
    document: used && used.document,
    finalUrl: used && used.finalUrl,
    status: used && used.status,
    findings,
    chain: {
      links: sent.map((one, at) => linkOf(one, attempts, sent[at + 1])),
      challenge: challenges.findLast((challenge) => challenge !== null) ?? null,
      resourceMetadata: documentOf(resource),
      issuer: server?.identifier ?? null,
    },
    loginFlags,
    failure,
  };
}

/** The issuer to search: a typed URL may have one slash too few or too many. */
function correctedIssuer(url: string, { attempts }: Walk): string {
  const other = url.endsWith("/") ? url.slice(0, -1) : `${url}/`;
  const announced = attempts.map(({ document }) => document && stringMember(document, "issuer"));
  return announced.includes(url) || !announced.includes(other) ? url : other;
}

function hasDocument({ attempts }: Walk, kind: MetadataAttempt["kind"]): boolean {
  return attempts.some((it) => it.kind === kind && it.document !== undefined);
}

async function verdicts(
  plan: InspectPlan,
  walk: (rules: Revision) => Promise<Walk>,
  issuer?: string,
): Promise<Inspection["revisions"]> {
  const revisions = [];
  for (const rules of requestedRevisions(plan)) {
    const { findings, server, kind } = summarizeWalk(await walk(rules));
    const isRead = server === undefined || issuer === undefined;
    const reason = isRead ? undefined : reasonNotRead(kind, issuer, rules);
    revisions.push(verdictOf(rules, findings, reason));
  }
  return revisions;
}

/** A verdict is about clients without relaxations. */
function strictly({ resource: _, trustIssuer: __, trustPkce: ___, ...plan }: InspectPlan) {
  return plan;
}

/** Inspects the chain from an MCP server, or from an issuer, to the authorization server's metadata. */
async function inspectChain(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const asker = sendOnce((request) => deps.http.send(request));
  const loud = () => ({ ...deps, http: { send: asker() } });
  const quiet = () => ({ ...loud(), emit: () => {} });
  const named = plan.protocolVersion ?? plan.pinnedRevision;
  const version = named ?? LATEST.id;

  const walk = await walkServer(plan, loud(), named ?? "auto");
  if (walk.failure !== null && walk.sent.length === 1 && isUnreachable(walk.failure)) {
    const decision = "no response was received";
    return inspectionOf(walk, { target: "unknown", decision, revisions: [] });
  }
  if (walk.failure?.code === "resource_metadata_missing") {
    const decision = "no resource metadata is at the URL of --resource-metadata";
    return inspectionOf(walk, { target: "unknown", decision, revisions: [] });
  }
  const blockedBy = walk.response?.blockedBy;
  const unauthorized = walk.response !== undefined && blockedBy === undefined;
  const isChallengedBy401 = walk.sent.some(({ answer }) => answer?.status === 401);
  if (unauthorized || hasDocument(walk, "resource_metadata")) {
    return inspectionOf(walk, {
      target: "mcp_server",
      decision: unauthorized
        ? `it answers ${isChallengedBy401 ? "401" : "with a challenge"} to a request without a ` +
          "token, as an MCP server does"
        : "it publishes protected resource metadata, as an MCP server does",
      revisions: await verdicts(plan, ({ id }) => walkServer(strictly(plan), quiet(), id)),
    });
  }

  const looked = createInspectionContext(plan, loud(), version);
  // A GET at an MCP server may open an event stream, which does not end.
  const isOpen = blockedBy?.code === "authorization_not_required";
  const page = isOpen ? undefined : await looked.context.deps.http.send({
    purpose: "authorization_server_metadata",
    step: "authorization_server_metadata",
    method: "GET",
    headers: [["accept", "application/json"]],
    url: plan.url,
  }).catch(() => undefined);
  const body = page?.status === 200 ? jsonObject(page) : undefined;
  if (page !== undefined && body !== undefined && contentKind(body) !== undefined) {
    const decision = "the URL is not a well-known one, but a metadata document is there";
    return judgeAnswer(plan, page, decision);
  }

  const why = blockedBy?.message ?? walk.failure?.message ?? "";
  const issuer = correctedIssuer(plan.url, await walkIssuer(plan, quiet(), version, plan.url));
  const last = await walkIssuer(plan, loud(), version, issuer);
  const sent = [...walk.sent, ...looked.sent, ...last.sent];
  const attempts = [...walk.attempts, ...last.attempts];
  if (!hasDocument(last, "authorization_server_metadata")) {
    return inspectUnknown({ ...walk, sent, attempts }, last.failure);
  }
  const spelt = issuer === plan.url ? "" : `, written as ${quoted(issuer)}`;
  return inspectionOf({ ...last, sent, attempts }, {
    target: "issuer",
    decision: `it sends neither 401 nor protected resource metadata (${why}), so mcpass ` +
      `treats it as an issuer${spelt}`,
    revisions: await verdicts(
      plan,
      ({ id }) => walkIssuer(strictly(plan), quiet(), id, issuer),
      issuer,
    ),
  });
}

/** @param noIssuer Why no metadata of an issuer was found. */
function inspectUnknown(walk: Walk, noIssuer: Failure | null): Inspection {
  const { response, context: { plan: { serverUrl } } } = walk;
  const blockedBy = response?.blockedBy;
  if (blockedBy?.code === "authorization_not_required") {
    const decision = "it answers MCP requests without a token";
    const open = { ...walk, failure: blockedBy };
    return inspectionOf(open, { target: "mcp_server", decision, revisions: [] });
  }
  if (blockedBy?.code === "redirect_refused") {
    const decision = "it answers MCP requests with a redirect, and no metadata was found";
    const redirected = { ...walk, failure: blockedBy };
    return inspectionOf(redirected, { target: "unknown", decision, revisions: [] });
  }
  const why = blockedBy?.message ?? walk.failure?.message ?? "";
  const failure = new Failure(
    "discovery_failed",
    `${
      quoted(serverUrl)
    } is not an MCP server that requires authorization (${why}), not a metadata ` +
      `document and not an issuer (${noIssuer?.message ?? "no metadata was found"})`,
    {
      remedy: "Check the path: MCP servers are often at /mcp; an issuer is what the resource " +
        'metadata lists in "authorization_servers"',
      reference: "MCP authorization, Authorization Server Discovery",
    },
  );
  const decision = "it answers neither as an MCP server nor as an issuer";
  return inspectionOf({ ...walk, failure }, { target: "unknown", decision, revisions: [] });
}

/**
 * `oauth metadata`. Errors of the server are findings.
 *
 * @throws Failure `cancelled`.
 */
export async function inspect(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const known = wellKnownLocation(plan.url) !== undefined ||
    new URL(plan.url).pathname.includes("/.well-known/");
  return known ? await inspectDocument(plan, deps) : await inspectChain(plan, deps);
}
