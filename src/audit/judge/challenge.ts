import { quoted } from "../../core/text.ts";
import { judgeChallenge } from "../../flow/discovery/challenge_findings.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import type { Audit } from "../context/audit.ts";

/** The Bearer or DPoP challenge of a response to a request with a token. */
export function challengeOf(header: string | null): BearerChallenge | undefined {
  const { challenge } = judgeChallenge(header, true);
  return ["bearer", "dpop"].includes(challenge?.scheme.toLowerCase() ?? "") ? challenge : undefined;
}

/** What a challenge with this error code is missing. */
export function missingInChallenge(
  { discovery, rules }: Pick<Audit, "discovery" | "rules">,
  header: string | null,
  error: string,
): string[] {
  const challenge = challengeOf(header);
  if (challenge === undefined) return ["a Bearer challenge"];
  const { error: found, resourceMetadata } = challenge;
  const other = found === undefined ? "" : ` (it has ${quoted(found)})`;
  // The check challenge_names_metadata reports a server that never names its metadata.
  const isNamed = (discovery.probe.challenge?.resourceMetadata.length ?? 0) > 0;
  const isMissing = rules.resourceMetadata && isNamed && resourceMetadata.length === 0;
  return [
    ...found === error ? [] : [`error="${error}"${other}`],
    ...isMissing ? ["resource_metadata"] : [],
  ];
}
