import { findingFrom, type StepJudgement, withAllFlags } from "../context/login_context.ts";
import type { LoginCommand, OptionTexts } from "../../core/command_text.ts";
import type { HeaderList } from "../../core/exchange.ts";
import type { Failure } from "../../core/failure.ts";
import type { Finding, Judgement, Severity } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import type { DiscoveryChoices } from "../context/login_plan.ts";
import type { MetadataKind } from "../../oauth/metadata/metadata_kind.ts";
import { type Revision, revision, type RevisionId, REVISIONS } from "../../oauth/mcp/revision.ts";

export interface InspectPlan extends DiscoveryChoices {
  /** A metadata document, an MCP server, or an issuer. */
  readonly url: string;
  /** The revision whose checks apply; undefined: the newest one, with a verdict for each. */
  readonly protocolVersion: RevisionId | undefined;
  /** The revision of a stored sign-in: its checks give the findings where no other is named. */
  readonly pinnedRevision?: RevisionId | undefined;
  readonly headers: HeaderList;
  readonly stepTimeoutMs: number;
}

/** What clients of one revision do with the metadata. */
export interface RevisionVerdict {
  readonly protocolVersion: RevisionId;
  /**
   * `not_read`: clients of this revision do not read it. `not_tried`: they use default endpoints,
   * which were not requested.
   */
  readonly verdict: "usable" | "refused" | "not_read" | "not_tried";
  readonly reason: string | null;
  /** Codes of findings. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface ChainLink {
  readonly step: StepId;
  readonly method: string;
  readonly url: string;
  /** After redirects; null without a response. */
  readonly finalUrl: string | null;
  readonly status: number | null;
  readonly contentType: string | null;
  /** The identifier that the document must have; null for requests to the MCP server. */
  readonly identifier: string | null;
  readonly outcome: "answer" | "used" | "passed_over" | "failed";
  readonly reason: string;
}

export interface InspectedDocument {
  readonly url: string;
  readonly finalUrl: string;
  readonly status: number;
  readonly document: JsonObject;
}

/** The requests from an MCP server or an issuer to the authorization server's metadata. */
export interface Chain {
  readonly links: readonly ChainLink[];
  /** `WWW-Authenticate` of the response to a request without a token. */
  readonly challenge: string | null;
  readonly resourceMetadata: InspectedDocument | null;
  readonly issuer: string | null;
}

export interface Inspection {
  readonly target: "document" | "mcp_server" | "issuer" | "unknown";
  /** Why it is taken for that. */
  readonly decision: string;
  /** The revision whose checks gave the findings. */
  readonly protocolVersion: RevisionId;
  readonly kind: MetadataKind | null;
  /** The requested document, or the authorization server's at the end of a chain. */
  readonly document: JsonObject | null;
  readonly finalUrl: string | null;
  readonly status: number | null;
  /** One for each revision, oldest first. */
  readonly revisions: readonly RevisionVerdict[];
  readonly findings: readonly Finding[];
  /** Undefined if the URL is the document's own. */
  readonly chain: Chain | undefined;
  /** What a login needs for this server. */
  readonly loginFlags: OptionTexts;
  readonly failure: Failure | null;
}

export function requestedRevisions({ protocolVersion }: InspectPlan): readonly Revision[] {
  return protocolVersion === undefined ? REVISIONS : [revision(protocolVersion)];
}

/** The step in which a login reads a kind of document. */
export function stepOf(kind: MetadataKind): "resource_metadata" | "authorization_server_metadata" {
  return kind === "protected_resource" ? "resource_metadata" : "authorization_server_metadata";
}

export function inStep(judgements: readonly Judgement[], step: StepId): StepJudgement[] {
  return judgements.map((judgement) => ({ ...judgement, step }));
}

/** The login and the checks of the complete document can say the same. */
export function findingsOf(judged: readonly StepJudgement[], command: LoginCommand): Finding[] {
  const seen = new Set<string>();
  const once = judged.filter(({ code, message }) => {
    const key = JSON.stringify([code, message]);
    return seen.has(key) ? false : seen.add(key);
  });
  return withAllFlags(once).map((it) => findingFrom(it, it.step, command));
}

export function verdictOf(
  { id: protocolVersion }: Revision,
  judgements: readonly Judgement[],
  reason: string | undefined,
): RevisionVerdict {
  if (reason !== undefined) {
    return { protocolVersion, verdict: "not_read", reason, errors: [], warnings: [] };
  }
  const codes = (severity: Severity) => [
    ...new Set(judgements.filter((it) => it.severity === severity).map((it) => it.code)),
  ];
  const [errors, warnings] = [codes("error"), codes("warning")];
  if (errors.length === 0 && warnings.includes("default_endpoints")) {
    const untried = "no metadata, only default endpoints";
    return { protocolVersion, verdict: "not_tried", reason: untried, errors, warnings };
  }
  const verdict = errors.length === 0 ? "usable" : "refused";
  return { protocolVersion, verdict, reason: null, errors, warnings };
}
