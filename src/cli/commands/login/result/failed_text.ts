import { commandText } from "../../../../core/command_text.ts";
import type { Failure } from "../../../../core/failure.ts";
import { DEBUG_ARTIFACT } from "../../../shared/output_files.ts";
import { failureText, partsOf } from "../../../terminal/failure_text.ts";
import {
  findingsText,
  type NextCommand,
  nextLines,
  type View,
} from "../../../terminal/finding_text.ts";
import { fields } from "../../../terminal/layout.ts";
import type { LoginText } from "./login_text.ts";

/** The files of a failed login, and how to read a trace. */
export function filesLines(files: LoginText["files"], view: View): string[] {
  if (files.length === 0) return [];
  const path = files.find(([label]) => label === DEBUG_ARTIFACT)?.[1];
  const next: NextCommand | undefined = path === undefined
    ? undefined
    : ["Read the trace", { line: commandText("oauth report", {}, [path]) }];
  return ["", ...fields(files, view.width), ...nextLines(next, view)];
}

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
  if (!quiet && credentials === null) lines.push(...filesLines(files, view));
  return `${lines.join("\n")}\n`;
}
