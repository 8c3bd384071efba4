import { quoted } from "../../core/text.ts";
import type { MetadataAttempt } from "../../flow/context/login_context.ts";
import { deviates, inconclusive } from "../context/outcome.ts";
import { noJudgement } from "./refusal.ts";
import type { Outcome } from "../context/verdict.ts";

/** A gateway received no response from the server. */
const GATEWAY_STATUSES: readonly number[] = [502, 504];

/**
 * The outcome if no URL has a document; inconclusive if a URL was not available.
 *
 * @param what The document.
 */
export function notFound(what: string, attempts: readonly MetadataAttempt[]): Outcome {
  if (attempts.length === 0) return inconclusive("network", "no response was received");
  for (const { answer, url } of attempts) {
    const nothing = noJudgement(answer);
    if (nothing !== undefined) return nothing;
    if (GATEWAY_STATUSES.includes(answer.status)) {
      return inconclusive("unavailable", `${url}: HTTP ${answer.status}`);
    }
  }
  const reasons = attempts.map(({ url, objection }) => `${quoted(url)}: ${objection}`).join("; ");
  return deviates(`no ${what} is published (${reasons})`);
}
