/** Parts of pages about checks. @module */

import type { Verdict } from "../../audit/context/verdict.ts";
import { escapeHtml } from "../../core/escape_html.ts";

/** The kind of pill of each verdict. */
export const VERDICT_KINDS: Readonly<Record<Verdict, string>> = {
  failed: "error",
  warning: "warning",
  inconclusive: "warning",
  skipped: "",
  passed: "good",
};

/** @param choices Title, name of the data attribute, and its values. */
export function checkFilters(
  choices: readonly (readonly [title: string, name: string, values: readonly string[]])[],
): string {
  const selects = choices.map(([title, name, values]) =>
    `<label>${title} <select name="${name}"><option value="">all</option>${
      values.map((it) => `<option value="${escapeHtml(it)}">${escapeHtml(it)}</option>`).join("")
    }</select></label>`
  );
  return `<form class="filters" data-list="check" hidden aria-label="Filter the checks">` +
    selects.join("") +
    `<button type="button" data-do="all">Show all</button>` +
    `<button type="button" data-do="open">Open all</button>` +
    `<button type="button" data-do="close">Close all</button><output></output></form>`;
}
