/**
 * The judgement of a whole metadata document: what a login checks, and everything beyond it.
 *
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import { stringMember } from "../../core/json.ts";
import { judgeMetadataAnswer } from "./metadata_answer.ts";
import { ANSWER_CHECKS } from "./metadata_answer_checks.ts";
import {
  ALL_KINDS,
  type MetadataCheck,
  type MetadataSubject,
  runChecks,
  when,
} from "./metadata_check.ts";
import type { MetadataKind } from "./metadata_kind.ts";
import { MEMBER_CHECKS } from "./metadata_member_checks.ts";
import { RESOURCE_CHECKS } from "./metadata_resource_checks.ts";
import { SERVER_CHECKS } from "./metadata_server_checks.ts";
import { judgeResource } from "../mcp/resource.ts";
import { judgeResourceMetadata } from "./resource_metadata.ts";
import type { Revision } from "../mcp/revision.ts";
import { judgeServerMetadata } from "./server_metadata.ts";

const SIGNED: MetadataCheck = {
  code: "signed_metadata_not_verified",
  severity: "info",
  kinds: ALL_KINDS,
  reference: "RFC 9728 §2.2; RFC 8414 §2.1",
  remedy: "Nothing: the plain members are judged; what is signed may differ from them",
  find: ({ document }) =>
    when(
      document["signed_metadata"] !== undefined,
      'the document has "signed_metadata", which is not verified and therefore ignored',
    ),
};

/** What makes every other judgement of a document beside the point. */
const FIRST: readonly string[] = ["metadata_kind_unexpected"];

/** Every check beyond those of a login. */
export const METADATA_CHECKS: readonly MetadataCheck[] = [
  ...ANSWER_CHECKS,
  ...RESOURCE_CHECKS,
  ...SERVER_CHECKS,
  ...MEMBER_CHECKS,
  SIGNED,
];

/** What a login says about the document. */
function loginJudgements(subject: MetadataSubject): readonly Judgement[] {
  const { kind, answer, document, identifier, source, serverUrl, rules } = subject;
  if (kind !== "protected_resource") {
    const { judgements } = judgeServerMetadata(answer, document, {
      issuer: identifier,
      ...{ serverUrl, rules, trust: {}, codeGrant: true },
    });
    // Without an issuer there is nothing to compare: "issuer_missing" says it all.
    return stringMember(document, "issuer") === undefined
      ? judgements.filter(({ code }) => !code.startsWith("issuer_"))
      : judgements;
  }
  const found = judgeMetadataAnswer(answer, "resource_metadata");
  if (found.verdict !== "found") return found.judgement === undefined ? [] : [found.judgement];
  const { judgement } = judgeResource(stringMember(document, "resource"), identifier, source);
  return [
    ...judgeResourceMetadata(answer, document, { serverUrl }).judgements,
    ...judgement === undefined ? [] : [judgement],
  ];
}

/** Judges a document by one revision. */
export function judgeMetadata(subject: MetadataSubject): readonly Judgement[] {
  const judgements = [...loginJudgements(subject), ...runChecks(METADATA_CHECKS, subject)];
  const first = judgements.filter(({ code }) => FIRST.includes(code));
  return [...first, ...judgements.filter(({ code }) => !FIRST.includes(code))];
}

/** Why clients of a revision do not look at such a document; undefined when they do. */
export function notRead(
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
