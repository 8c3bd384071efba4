import { nearest } from "../../core/edit_distance.ts";
import { type Failure, usageFailure } from "../../core/failure.ts";
import { printable, quoted } from "../../core/text.ts";

/** The number of faults that a message lists at most. */
const MAX_LISTED = 20;

export function suiteFailure(path: string, faults: readonly string[], remedy: string): Failure {
  const shown = faults.slice(0, MAX_LISTED).map((fault) => printable(fault, 300));
  const more = faults.length - shown.length;
  const list = [...shown, ...more > 0 ? [`and ${more} more`] : []].join("; ");
  return usageFailure("suite_file_invalid", `${quoted(path)}: ${list}`, remedy);
}

export function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, at) =>
    typeof part === "number" ? `[${part}]` : at === 0 ? String(part) : `.${String(part)}`
  ).join("");
}

/** `servers[0].revison: unknown member. Did you mean revisions?` */
export function unknownMember(
  path: readonly PropertyKey[],
  name: string,
  known: readonly string[],
): string {
  const suggestion = nearest(name, known);
  const at = pathText([...path, name]);
  return suggestion === undefined
    ? `${at}: unknown member`
    : `${at}: unknown member. Did you mean ${suggestion}?`;
}
