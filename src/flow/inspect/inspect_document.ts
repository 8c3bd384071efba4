import { commandText, type LoginCommand } from "../../core/command_text.ts";
import { cancelledFailure, expectedFailure, Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  type EndpointResponse,
  jsonObject,
  statusAndType,
} from "../../oauth/common/endpoint_response.ts";
import { LATEST, type Revision, revision } from "../../oauth/mcp/revision.ts";
import {
  authorizationServerCandidates,
  resourceMetadataCandidates,
} from "../../oauth/mcp/well_known.ts";
import { judgeMetadataResponse, type NoDocument } from "../../oauth/metadata/metadata_response.ts";
import { judgeMetadata, reasonNotRead } from "../../oauth/metadata/metadata_judge.ts";
import {
  contentKind,
  expectedIdentifier,
  METADATA_KINDS,
  type MetadataKind,
  type WellKnownLocation,
  wellKnownLocation,
} from "../../oauth/metadata/metadata_kind.ts";
import { failureOf, findingOf } from "../context/login_context.ts";
import { ACCEPT_JSON, getDocument } from "../discovery/fetch_metadata.ts";
import { createInspectionContext, type InspectDeps } from "./inspect_walk.ts";
import {
  findingsOf,
  type Inspection,
  type InspectPlan,
  inStep,
  requestedRevisions,
  stepOf,
  verdictOf,
} from "./inspection.ts";

function missingRemedy({ status }: EndpointResponse, location: WellKnownLocation | undefined) {
  if (status === 401 || status === 403) {
    return "Server: make the metadata public: answer 200 without authorization";
  }
  if (status >= 300 && status < 400) {
    return "Server: answer 200 at the well-known URL itself instead of a redirect";
  }
  if (status >= 500) return "Server: check its log for this request";
  const serve =
    "Server: serve the document there as JSON, and exclude the path from catch-all routes";
  if (location === undefined) return serve;
  const { kind, identifier } = location;
  const urls = kind === "protected_resource"
    ? resourceMetadataCandidates(identifier).map(({ url }) => url)
    : authorizationServerCandidates(identifier, LATEST);
  const listed = urls.map((url) => quoted(url)).join(", then ");
  return `${serve}. Clients of ${quoted(identifier)} request ${listed}`;
}

function missing(
  answer: EndpointResponse,
  { verdict, reason, judgement }: NoDocument,
  url: string,
  location: WellKnownLocation | undefined,
): Failure {
  if (verdict !== "absent" && judgement !== undefined) return failureOf(judgement);
  const isResource = location?.kind === "protected_resource";
  const what = location === undefined ? "metadata" : METADATA_KINDS[location.kind];
  return new Failure(
    isResource ? "resource_metadata_missing" : "server_metadata_missing",
    `${quoted(url)} has no ${what}: ${reason}`,
    {
      remedy: missingRemedy(answer, location),
      reference: isResource ? "RFC 9728 §3.2" : "RFC 8414 §3.2",
    },
  );
}

/** The content decides between resource and server. */
function kindOf(location: WellKnownLocation | undefined, found: MetadataKind | undefined) {
  if (location === undefined || found === undefined) return location?.kind ?? found;
  const resource = (kind: MetadataKind) => kind === "protected_resource";
  return resource(location.kind) === resource(found) ? location.kind : found;
}

const AT_WELL_KNOWN = "it is a well-known URL";

function mainRevision({ protocolVersion, pinnedRevision }: InspectPlan): Revision {
  const named = protocolVersion ?? pinnedRevision;
  return named === undefined ? LATEST : revision(named);
}

/** A document does not say at which MCP server it is needed. */
const loginAtServer: LoginCommand = (flags) => (
  { line: commandText("login", { url: "<url>", ...flags }) }
);

function withoutDocument(
  plan: InspectPlan,
  failure: Failure,
  answer: HttpResponse | undefined,
): Inspection {
  const location = wellKnownLocation(plan.url);
  const step = stepOf(location?.kind ?? "authorization_server");
  const finding = findingOf(failure, step, loginAtServer);
  const revisions = answer === undefined || location === undefined
    ? []
    : requestedRevisions(plan).map(
      (rules) =>
        verdictOf(rules, [finding], reasonNotRead(location.kind, location.identifier, rules)),
    );
  return {
    target: "document",
    decision: AT_WELL_KNOWN,
    protocolVersion: mainRevision(plan).id,
    kind: null,
    document: null,
    finalUrl: answer?.url ?? null,
    status: answer?.status ?? null,
    revisions,
    findings: [finding],
    chain: undefined,
    loginFlags: {},
    failure,
  };
}

export function judgeAnswer(
  plan: InspectPlan,
  answer: HttpResponse,
  decision: string,
): Inspection {
  const { url } = plan;
  const location = wellKnownLocation(url);
  const read = judgeMetadataResponse(answer, stepOf(location?.kind ?? "authorization_server"));
  // An object without the members of its kind is judged too: the findings name them.
  const object = answer.status === 200 ? jsonObject(answer) : undefined;
  if (read.verdict !== "found" && object === undefined) {
    return withoutDocument(plan, missing(answer, read, url, location), answer);
  }
  const document = read.verdict === "found" ? read.document : object ?? {};
  const kind = kindOf(location, contentKind(document));
  if (kind === undefined) {
    const failure = new Failure(
      "metadata_unknown",
      `${quoted(url)} is JSON with neither "issuer" nor "resource"`,
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
    : url;
  const source = location?.source ?? "path";
  const subject = { kind, url, response: answer, document, identifier, source, serverUrl: url };
  const rules = mainRevision(plan);
  const trust = { issuer: plan.trustIssuer, pkce: plan.trustPkce };
  const findings: Judgement[] = [...judgeMetadata({ ...subject, rules, trust, chosen: plan })];
  const unread = reasonNotRead(kind, identifier, rules);
  if (unread !== undefined) {
    findings.push({
      code: "metadata_not_read",
      severity: "info",
      message: `clients do not request this document: ${unread}`,
      remedy: "Use a later revision for --protocol-version, or omit it to check all",
      reference: "MCP authorization, Authorization Server Metadata Discovery",
    });
  }
  if (location === undefined) {
    findings.push({
      code: "identifier_not_compared",
      severity: "info",
      message: `the URL does not determine the issuer or resource; ${quoted(identifier)} is ` +
        "from the document itself",
      remedy: "Give the URL of the MCP server to see whether it is the right one",
      reference: "RFC 9728 §3.3; RFC 8414 §3.3",
    });
  }
  const verdict = (rules: Revision) => {
    const reason = reasonNotRead(kind, identifier, rules);
    return verdictOf(rules, judgeMetadata({ ...subject, rules }), reason);
  };
  return {
    target: "document",
    decision,
    protocolVersion: rules.id,
    kind,
    document,
    finalUrl: answer.url,
    status: answer.status,
    revisions: requestedRevisions(plan).map(verdict),
    findings: findingsOf(inStep(findings, stepOf(kind)), loginAtServer),
    chain: undefined,
    loginFlags: {},
    failure: null,
  };
}

/** @throws Failure `cancelled`. */
export async function inspectDocument(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const { context } = createInspectionContext(plan, deps, mainRevision(plan).id);
  const step = stepOf(wellKnownLocation(plan.url)?.kind ?? "authorization_server");
  const { id, versionHeaderOnMetadata } = context.rules;
  const version = versionHeaderOnMetadata ? [["mcp-protocol-version", id] as const] : [];
  try {
    const answer = await context.step(step, async (detail) => {
      const got = await getDocument(context, step, plan.url, [...ACCEPT_JSON, ...version]);
      detail(`HTTP ${statusAndType(got)}`);
      return got;
    });
    return judgeAnswer(plan, answer, AT_WELL_KNOWN);
  } catch (error) {
    if (deps.signal.aborted) throw cancelledFailure();
    return withoutDocument(plan, expectedFailure(error), undefined);
  }
}
