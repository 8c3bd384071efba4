import type { Failure } from "../../../../core/failure.ts";
import { failureText, partsOf } from "../../../terminal/failure_text.ts";
import { findingsText } from "../../../terminal/finding_text.ts";
import { fields } from "../../../terminal/layout.ts";
import type { LoginText } from "./login_text.ts";

/** A failed login for a person; `next` is shown if the remedy has no command. */
export async function failedText(
  { result: { credentials, findings }, view, files, next }: LoginText,
  failure: Failure,
  quiet: boolean,
): Promise<string> {
  const others = quiet ? [] : findings.filter(({ message }) => !failure.message.includes(message));
  const parts = await partsOf(failure);
  const lines = failureText({ ...parts, otherwise: quiet ? undefined : next }, view);
  if (others.length > 0) lines.push("", ...findingsText(others, view));
  if (!quiet && files.length > 0 && credentials === null) {
    lines.push("", ...fields(files, view.width));
  }
  return `${lines.join("\n")}\n`;
}
