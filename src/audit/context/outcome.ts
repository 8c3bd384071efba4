import type { DoubtReason, Outcome, SkipReason } from "./verdict.ts";

export function passed(message: string): Outcome {
  return { kind: "passed", message };
}

/** @param remedy By default the fix of the check's page. */
export function deviates(
  message: string,
  choices: Partial<Omit<Extract<Outcome, { kind: "deviates" }>, "kind" | "message">> = {},
): Outcome {
  return { kind: "deviates", message, ...choices };
}

/** @param detail What is needed: a check, a number of consents, a flag. */
export function skipped(reason: SkipReason, message: string, detail?: string): Outcome {
  return { kind: "skipped", reason, detail, message };
}

export function inconclusive(reason: DoubtReason, message: string): Outcome {
  return { kind: "inconclusive", reason, message };
}

/** 0 for a deviation of the check's own severity, the worst outcome. */
function rankOf(outcome: Outcome): number {
  const kinds = ["inconclusive", "skipped", "passed"];
  if (outcome.kind !== "deviates") return 4 + kinds.indexOf(outcome.kind);
  return [undefined, "error", "warning", "info"].indexOf(outcome.severity);
}

/** Messages that are joined into one. */
const MAX_MESSAGES = 3;

/** The worst of several outcomes, with the messages of others of its kind. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  const [worst, ...rest] = outcomes.toSorted((a, b) => rankOf(a) - rankOf(b));
  if (worst === undefined) return inconclusive("indistinct", "nothing was tried");
  const same = [worst, ...rest.filter(({ kind }) => kind === worst.kind)];
  const messages = same.slice(0, MAX_MESSAGES).map(({ message }) => message);
  const more = same.length - messages.length;
  return { ...worst, message: messages.join("; ") + (more === 0 ? "" : `; and ${more} more`) };
}
