/** The layout of a failure; loaded only after one. @module */

import { Failure } from "../../core/failure.ts";
import type { Io } from "../../core/system.ts";
import type { Code } from "../../findings/mod.ts";
import { labelledLines, type NextCommand, safeText, type View } from "./finding_text.ts";

export interface FailureParts {
  /** A short name of the fault, from the catalogue; absent if the message is the headline. */
  readonly title?: string | undefined;
  /** What distinguishes this case from others with the same title. */
  readonly detail?: string | undefined;
  readonly code: Code;
  readonly message: string;
  /** The cause, if the message repeats the title. */
  readonly observed?: string | undefined;
  readonly remedy?: string | undefined;
  readonly reference?: string | undefined;
  /** What to run if the remedy has no command. */
  readonly otherwise?: NextCommand | undefined;
}

const MAX_DETAIL = 40;

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

function headlineOf({ title = "", detail }: FailureParts, view: View): string {
  const shown = detail === undefined ? "" : safeText(detail, view, MAX_DETAIL);
  return shown === "" ? title : `${title}: ${shown}`;
}

export function failureText(failure: FailureParts, view: View): string[] {
  const { code, title, message, observed = message, remedy, reference, otherwise } = failure;
  const spec = reference === undefined || reference === "mcpass" ? [] : [safeText(reference, view)];
  const isOneText = title === undefined || plain(observed).startsWith(plain(title));
  const own = code === "cancelled" ? [] : [code];
  return labelledLines({
    severity: "error",
    headline: isOneText ? safeText(observed, view) : headlineOf(failure, view),
    codes: isOneText ? [...own, ...spec] : own,
    cause: isOneText
      ? undefined
      : safeText(observed, view) + spec.map((section) => ` (${section})`).join(""),
    remedy,
    otherwise,
    more: code === "cancelled" ? undefined : code,
  }, view);
}

/** Usage errors and cancellation have no title; a failed verification has the title of its cause. */
export async function partsOf(failure: Failure): Promise<FailureParts> {
  const { code, message, observed, remedy, reference, kind, cause } = failure;
  const parts = { code, message, observed, remedy, reference };
  // `credential headers` ends with the status of a missing sign-in for them too.
  const isUsage = kind === "usage" || code === "missing_options";
  if (isUsage || kind === "cancelled") return parts;
  // The catalogue is loaded only after a failure.
  const { PAGES } = await import("../../findings/mod.ts");
  const source = code === "verification_failed" && cause instanceof Failure ? cause : failure;
  const { detail } = source;
  return { ...parts, code: source.code, title: PAGES.get(source.code)?.title, detail };
}

export async function writeFailure(
  failure: Failure,
  io: Io,
  view: View,
  otherwise?: NextCommand,
): Promise<void> {
  io.err(`${failureText({ ...await partsOf(failure), otherwise }, view).join("\n")}\n`);
}
