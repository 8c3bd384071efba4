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

/** The worst of several outcomes, with how many others there are. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  const order = ["deviates", "inconclusive", "skipped", "passed"];
  const [worst, ...rest] = [...outcomes].sort((a, b) =>
    order.indexOf(a.kind) - order.indexOf(b.kind)
  );
  if (worst === undefined) return inconclusive("indistinct", "nothing was tried");
  const same = rest.filter(({ kind }) => kind === worst.kind).map(({ message }) => message);
  return { ...worst, message: [worst.message, ...same].join("; ") };
}
