/** Inspects one metadata document. @module */

import { cancelledFailure, expectedFailure, Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  type EndpointResponse,
  jsonObject,
  statusAndType,
} from "../../oauth/common/endpoint_response.ts";
import { judgeMetadataResponse, type NoDocument } from "../../oauth/metadata/metadata_response.ts";
import type { MetadataSubject } from "../../oauth/metadata/metadata_response_checks.ts";
import { judgeMetadata, reasonNotRead } from "../../oauth/metadata/metadata_judge.ts";
import {
  contentKind,
  expectedIdentifier,
  METADATA_KINDS,
  type MetadataKind,
  type WellKnownLocation,
  wellKnownLocation,
} from "../../oauth/metadata/metadata_kind.ts";
import { LATEST, type Revision, revision, REVISIONS } from "../../oauth/mcp/revision.ts";
import {
  authorizationServerCandidates,
  resourceMetadataCandidates,
} from "../../oauth/mcp/well_known.ts";
import { failureOf, findingOf } from "../context/login_context.ts";
import { getDocument } from "../discovery/fetch_metadata.ts";
import { inStep, stepOf, verdictOf, withoutRepeats } from "./inspect_findings.ts";
import { createInspectionContext, type InspectDeps } from "./inspect_run.ts";
import type { Inspection, InspectPlan } from "./inspection.ts";

export function requestedRevisions(plan: InspectPlan): readonly Revision[] {
  return plan.protocolVersion === undefined ? REVISIONS : [revision(plan.protocolVersion)];
}

/** The revision whose checks give the findings. */
export function mainRevision(plan: InspectPlan): Revision {
  return plan.protocolVersion === undefined ? LATEST : revision(plan.protocolVersion);
}

function missingRemedy(answer: EndpointResponse, location: WellKnownLocation | undefined): string {
  if (answer.status === 401 || answer.status === 403) {
    return "Server: metadata has to be public; answer without asking for authorization";
  }
  if (answer.status >= 300 && answer.status < 400) {
    return "Server: answer 200 at the well-known URL itself instead of a redirect";
  }
  if (answer.status >= 500) return "Server: look at its log at this time";
  const elsewhere = location === undefined
    ? []
    : (location.kind === "protected_resource"
      ? resourceMetadataCandidates(location.identifier).map(({ url }) => url)
      : authorizationServerCandidates(location.identifier, LATEST)).map((url) => quoted(url));
  const look = elsewhere.length === 0
    ? ""
    : `. Clients of ${quoted(location?.identifier ?? "")} look at ${elsewhere.join(", then ")}`;
  return `Server: serve the document there as JSON, before any page that answers for every path${look}`;
}

function missing(
  answer: EndpointResponse,
  { verdict, reason, judgement }: NoDocument,
  url: string,
  location: WellKnownLocation | undefined,
): Failure {
  if (verdict !== "absent" && judgement !== undefined) return failureOf(judgement);
  const kind = location?.kind ?? "authorization_server";
  return new Failure(
    kind === "protected_resource" ? "resource_metadata_missing" : "server_metadata_missing",
    `${quoted(url)} holds no ${
      location === undefined ? "metadata" : METADATA_KINDS[kind]
    }: ${reason}`,
    {
      remedy: missingRemedy(answer, location),
      reference: kind === "protected_resource" ? "RFC 9728 §3.2" : "RFC 8414 §3.2",
    },
  );
}

/** The content decides between resource and server. */
function kindOf(location: WellKnownLocation | undefined, found: MetadataKind | undefined) {
  if (location === undefined || found === undefined) return location?.kind ?? found;
  const resource = (kind: MetadataKind) => kind === "protected_resource";
  return resource(location.kind) === resource(found) ? location.kind : found;
}

function withoutDocument(
  plan: InspectPlan,
  failure: Failure,
  answer: HttpResponse | undefined,
): Inspection {
  const location = wellKnownLocation(plan.url);
  const kind = location?.kind ?? "authorization_server";
  const main = mainRevision(plan);
  const finding = findingOf(failure, stepOf(kind));
  return {
    target: "document",
    decision: "the URL is a well-known one",
    protocolVersion: main.id,
    kind: null,
    document: null,
    finalUrl: answer?.url ?? null,
    status: answer?.status ?? null,
    revisions: answer === undefined || location === undefined ? [] : requestedRevisions(plan).map(
      (rules) => verdictOf(rules, [finding], reasonNotRead(kind, location.identifier, rules)),
    ),
    findings: [finding],
    chain: undefined,
    failure,
  };
}

export function judgeAnswer(
  plan: InspectPlan,
  answer: HttpResponse,
  decision: string,
): Inspection {
  const location = wellKnownLocation(plan.url);
  const read = judgeMetadataResponse(answer, stepOf(location?.kind ?? "authorization_server"));
  // An object without the members of its kind is judged too: the findings name them.
  const object = answer.status === 200 ? jsonObject(answer) : undefined;
  if (read.verdict !== "found" && object === undefined) {
    return withoutDocument(plan, missing(answer, read, plan.url, location), answer);
  }
  const document = read.verdict === "found" ? read.document : object ?? {};
  const kind = kindOf(location, contentKind(document));
  if (kind === undefined) {
    const failure = new Failure(
      "metadata_unknown",
      `${quoted(plan.url)} holds JSON with neither "issuer" nor "resource"`,
      {
        remedy: "Give the URL of a metadata document, of an MCP server, or an issuer",
        reference: "RFC 9728 §2; RFC 8414 §2",
      },
    );
    return { ...withoutDocument(plan, failure, answer), decision, document };
  }
  const own = kind === "protected_resource" ? document["resource"] : document["issuer"];
  const identifier = location !== undefined
    ? expectedIdentifier(location, document)
    : typeof own === "string" && URL.canParse(own)
    ? own
    : plan.url;
  const subject = (rules: Revision): MetadataSubject => ({
    kind,
    url: plan.url,
    response: answer,
    document,
    identifier,
    rules,
    source: location?.source ?? "path",
    serverUrl: plan.url,
  });
  const main = mainRevision(plan);
  const step = stepOf(kind);
  const findings = inStep(judgeMetadata(subject(main)), step);
  const unread = reasonNotRead(kind, identifier, main);
  if (unread !== undefined) {
    findings.push({
      code: "metadata_not_read",
      severity: "info",
      step,
      message: `clients do not look at this document: ${unread}`,
      remedy: "Name a later revision with --protocol-version, or none for all",
      reference: "MCP authorization, Authorization Server Metadata Discovery",
    });
  }
  if (location === undefined) {
    findings.push({
      code: "identifier_not_compared",
      severity: "info",
      step,
      message: `the URL does not say what the document has to be about; ${
        quoted(identifier)
      } is taken from the document itself`,
      remedy: "Give the URL of the MCP server to see whether it is the right one",
      reference: "RFC 9728 §3.3; RFC 8414 §3.3",
    });
  }
  return {
    target: "document",
    decision,
    protocolVersion: main.id,
    kind,
    document,
    finalUrl: answer.url,
    status: answer.status,
    revisions: requestedRevisions(plan).map((rules) =>
      verdictOf(rules, judgeMetadata(subject(rules)), reasonNotRead(kind, identifier, rules))
    ),
    findings: withoutRepeats(findings),
    chain: undefined,
    failure: null,
  };
}

/**
 * Fetches and judges the document at a well-known URL.
 *
 * @throws Failure `cancelled`.
 */
export async function inspectDocument(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const main = mainRevision(plan);
  const { context } = createInspectionContext(plan, deps, main, false);
  const step = stepOf(wellKnownLocation(plan.url)?.kind ?? "authorization_server");
  const version = main.versionHeaderOnMetadata ? [["mcp-protocol-version", main.id] as const] : [];
  try {
    const answer = await context.step(step, async (detail) => {
      const got = await getDocument(context, step, plan.url, [
        ["accept", "application/json"],
        ...version,
      ]);
      detail(`HTTP ${statusAndType(got)}`);
      return got;
    });
    return judgeAnswer(plan, answer, "the URL is a well-known one");
  } catch (error) {
    if (deps.signal.aborted) throw cancelledFailure();
    return withoutDocument(plan, expectedFailure(error), undefined);
  }
}
