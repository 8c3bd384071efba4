import { quoted } from "../../core/text.ts";
import { judgeChallenge } from "../../flow/discovery/challenge_findings.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import type { Audit } from "./audit.ts";

/** The challenge of a response to a request with a token; undefined if no client can use it. */
export function challengeOf(header: string | null): BearerChallenge | undefined {
  const { challenge } = judgeChallenge(header, true);
  return ["bearer", "dpop"].includes(challenge?.scheme.toLowerCase() ?? "") ? challenge : undefined;
}

/** What such a challenge does not have, for this error. */
export function missingInChallenge(
  { discovery, rules }: Pick<Audit, "discovery" | "rules">,
  header: string | null,
  error: string,
): string[] {
  const challenge = challengeOf(header);
  if (challenge === undefined) return ["a Bearer challenge"];
  const { error: found, resourceMetadata } = challenge;
  const other = found === undefined ? "" : ` (it has ${quoted(found)})`;
  // A server that never names its metadata fails another check.
  const isNamed = (discovery.probe.challenge?.resourceMetadata.length ?? 0) > 0;
  const isMissing = rules.resourceMetadata && isNamed && resourceMetadata.length === 0;
  return [
    ...found === error ? [] : [`error="${error}"${other}`],
    ...isMissing ? ["resource_metadata"] : [],
  ];
}
