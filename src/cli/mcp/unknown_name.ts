import type { PrintedCommand } from "../../core/command_text.ts";
import { withCommand } from "../../core/command_text.ts";
import { nearest } from "../../core/edit_distance.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

/** With more names, only similar ones are shown. */
const MAX_LISTED = 12;

const MAX_SIMILAR = 3;

/** Names that may have been meant, the most similar one first. */
function similarNames(word: string, names: readonly string[]): string[] {
  const typed = word.toLowerCase();
  const closest = nearest(word, names);
  const related = typed.length < 3 ? [] : names.filter((name) => {
    const other = name.toLowerCase();
    return other.includes(typed) || other.length >= 3 && typed.includes(other);
  });
  return [...new Set([...closest === undefined ? [] : [closest], ...related])]
    .slice(0, MAX_SIMILAR);
}

/** `Did you mean "echo"?`, or the names that there are; empty if there are none, or too many. */
export function suggestNames(word: string, names: readonly string[], label: string): string {
  const similar = similarNames(word, names).map((name) => quoted(name, 100));
  if (similar.length > 0) return `Did you mean ${similar.join(" or ")}?`;
  if (names.length === 0 || names.length > MAX_LISTED) return "";
  return `${label}: ${names.map((name) => quoted(name, 100)).join(", ")}`;
}

/** @param noun `tool`. @param list The command that lists the names. */
export function unknownName(
  noun: string,
  name: string,
  names: readonly string[],
  list: PrintedCommand,
): Failure {
  const suggestion = suggestNames(name, names, `Its ${noun}s are`);
  const remedy = names.length === 0
    ? `It lists no ${noun}s to this account`
    : [suggestion, withCommand(`List its ${noun}s`, list)].filter((it) => it !== "")
      .join("\n");
  return new Failure("name_unknown", `the server lists no ${noun} ${quoted(name, 100)}`, {
    remedy,
  });
}
