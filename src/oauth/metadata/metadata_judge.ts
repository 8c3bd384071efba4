import type { Judgement } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import { type Checks, ofAuthorizationServer, runChecks } from "../common/judgement.ts";
import { judgeMetadataResponse } from "./metadata_response.ts";
import { type MetadataSubject, RESPONSE_CHECKS } from "./metadata_response_checks.ts";
import type { MetadataKind } from "./metadata_kind.ts";
import { judgeOtherEndpoints, MEMBER_CHECKS } from "./metadata_member_checks.ts";
import { RESOURCE_CHECKS } from "./metadata_resource_checks.ts";
import { SERVER_CHECKS } from "./metadata_server_checks.ts";
import { judgeResource } from "../mcp/resource.ts";
import { judgeResourceMetadata } from "./resource_metadata.ts";
import type { Revision } from "../mcp/revision.ts";
import { judgeServerMetadata } from "./server_metadata.ts";

export function checksOf(kind: MetadataKind): Checks<MetadataSubject> {
  const ofKind = kind === "protected_resource" ? RESOURCE_CHECKS : SERVER_CHECKS;
  return { ...RESPONSE_CHECKS, ...ofKind, ...MEMBER_CHECKS };
}

function loginJudgements(subject: MetadataSubject): readonly Judgement[] {
  const { kind, response, document, identifier, source, serverUrl, rules, trust = {}, chosen } =
    subject;
  if (kind !== "protected_resource") {
    const { isDefault = false } = subject;
    const expected = { issuer: identifier, isDefault, serverUrl, rules, trust, codeGrant: true };
    return judgeServerMetadata(response, document, expected).judgements;
  }
  const pinned = chosen?.authorizationServer !== undefined;
  const found = judgeMetadataResponse(response, "resource_metadata");
  if (found.verdict !== "found") return found.judgement === undefined ? [] : [found.judgement];
  return [
    ...judgeResourceMetadata(response, document, { serverUrl, pinned }).judgements,
    judgeResource(stringMember(document, "resource"), identifier, source, chosen?.resource),
  ].filter((it) => it !== undefined);
}

export function judgeMetadata(subject: MetadataSubject): readonly Judgement[] {
  const judgements = [
    ...loginJudgements(subject),
    ...judgeOtherEndpoints(subject),
    ...runChecks(checksOf(subject.kind), subject)
      .map((it) => subject.kind === "protected_resource" ? it : ofAuthorizationServer(it)),
  ];
  const isFirst = ({ code }: Judgement) => code === "metadata_kind_unexpected";
  return [...judgements.filter(isFirst), ...judgements.filter((it) => !isFirst(it))];
}

/** Why clients of a revision do not look at such a document; undefined when they do. */
export function reasonNotRead(
  kind: MetadataKind,
  identifier: string,
  rules: Revision,
): string | undefined {
  if (kind === "protected_resource") {
    return rules.resourceMetadata ? undefined : `${rules.id} has no protected resource metadata`;
  }
  if (kind === "openid_configuration" && rules.metadataDocuments === "oauth") {
    return `${rules.id} reads no OpenID provider metadata`;
  }
  const { pathname } = new URL(identifier);
  return rules.resourceMetadata || pathname === "/"
    ? undefined
    : `${rules.id} looks at the root of the MCP server's origin only`;
}
