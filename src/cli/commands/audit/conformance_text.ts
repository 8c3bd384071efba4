import type { AuditResult } from "../../../audit/run/audit_result.ts";
import { type CheckResult, type SkipReason, VERDICTS } from "../../../audit/context/verdict.ts";
import { type CleanUpResult, NOT_OFFERED } from "../../../audit/run/clean_up.ts";
import type { AuditCosts, AuditOutline, PlannedCheck } from "../../../audit/run/plan.ts";
import { commandText } from "../../../core/command_text.ts";
import { counted } from "../../../core/quantities.ts";
import { labelledLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { Mark, VerdictPrinter } from "../../terminal/marks.ts";

export interface ShownRemoval extends CleanUpResult {
  /** The residue file; null if nothing is left. */
  readonly file?: string | null;
}

const VERDICT_TEXTS: Readonly<Record<AuditResult["verdict"], readonly [Mark, string, string]>> = {
  conformant: ["ok", "is conformant", "conformant"],
  not_conformant: ["error", "is not conformant", "not conformant"],
  incomplete: ["warning", "could not be audited completely", "incomplete"],
  not_applicable: [
    "ok",
    "needs no authorization, so there is nothing to audit",
    "nothing to audit",
  ],
};

const SKIP_TEXTS: ReadonlyMap<string, string> = new Map(Object.entries(
  {
    not_advertised: "not offered by the server",
    not_in_revision: "not in this revision of MCP",
    not_applicable: "not applicable",
    needs_consent: "nobody consented",
    needs_client: "another client is needed",
    needs_token: "a token is needed",
    needs_refresh_token: "a refresh token is needed",
    needs_wait: "more time is needed",
    needs_config: "an option is needed",
    needs_control: "another check has to pass first",
    opaque_token: "the access token is not a JWT",
    registration_closed: "registration is closed",
    safe_mode: "left out by --safe",
  } satisfies Record<SkipReason, string>,
));

/** The last line: a terminal shows it without scrolling. */
function countsLines(
  { checks, verdict, counts, requests }: AuditResult,
  printer: VerdictPrinter,
  view: View,
): string[] {
  const notes = checks.filter((it) => it.verdict === "warning" && it.severity === "info").length;
  const all: readonly (readonly [number, string])[] = [
    [counts.failed, `${counts.failed} failed`],
    [counts.warning - notes, counted(counts.warning - notes, "warning")],
    [notes, counted(notes, "note")],
    [counts.inconclusive, `${counts.inconclusive} inconclusive`],
    [counts.skipped, `${counts.skipped} skipped`],
    [counts.passed, `${counts.passed} passed`],
  ];
  const [mark, , words] = VERDICT_TEXTS[verdict];
  const texts = all.filter(([count]) => count > 0).map(([, text]) => text);
  return printer.lines(
    mark,
    `${words}: ${texts.join(", ")}; ${counted(requests, "request")}`,
    view,
  );
}

/** @param others Ids of checks that failed for the same cause. */
export function deviationLines(
  { id, title, message, remedy, clause, cluster, verdict }: CheckResult,
  view: View,
  others: readonly string[] = [],
): string[] {
  const also = others.length === 0 ? "" : ` (also: ${others.join(", ")})`;
  return labelledLines({
    severity: verdict === "failed" ? "error" : "warning",
    word: verdict,
    headline: `${id}: ${others.length === 0 ? title : cluster ?? title}`,
    codes: clause === null ? [] : [clause],
    cause: safeText(message, view) + also,
    remedy: remedy ?? "",
    more: undefined,
  }, view);
}

/** Deviations with the severity info, in one line each. */
function noteLines(checks: readonly CheckResult[], view: View): string[] {
  return checks.flatMap(({ id, message }) =>
    wrap(`note: ${id}: ${safeText(message, view)}`, view.width, "", "  ")
  );
}

/** Failed checks and warnings; those with the same cause are shown once. */
function deviationBlocks(checks: readonly CheckResult[], view: View): string[][] {
  const byCause = Map.groupBy(checks, ({ id, cluster }) => cluster ?? id);
  return [...byCause.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [deviationLines(first, view, others.map(({ id }) => id))]
  );
}

const byReason = (checks: readonly CheckResult[]) =>
  Map.groupBy(checks, ({ verdict, reason }) => `${verdict}: ${reason}`);

const idsOf = (checks: readonly CheckResult[]): string => checks.map(({ id }) => id).join(", ");

/** `needs_wait(601)`: the reason, and what is needed. */
function skipParts({ reason }: CheckResult): readonly [reason: string, detail: string] {
  const [, name = "", detail = ""] = /^(\w+)(?:\((.*)\))?$/.exec(reason ?? "") ?? [];
  return [name, detail];
}

/** What the person can add, and which checks then run. */
function optionLines(checks: readonly CheckResult[], view: View): string[] {
  const byOption = Map.groupBy(checks, (check) => {
    const [reason, detail] = skipParts(check);
    if (reason === "needs_config") return detail;
    return reason === "needs_wait" ? `--max-wait ${detail}` : "";
  });
  return [...byOption].filter(([option]) => option.startsWith("--")).flatMap(([option, of]) =>
    wrap(`Add ${option} to check ${idsOf(of)}`, view.width, "", "  ")
  );
}

/** For an authorization server that shows a page. */
export const CONSENT_REMEDY = "Run the audit on a terminal, or add --consent-command <program>, " +
  "which consents, --print-url, or, if the server offers device codes, --auth-mode device";

/** Checks without a verdict: the doubtful ones each, the skipped ones by what would let them run. */
function openLines(checks: readonly CheckResult[], view: View): string[] {
  const doubtful = checks.filter(({ verdict }) => verdict === "inconclusive");
  const skipped = checks.filter(({ verdict }) => verdict === "skipped");
  const counts = [...Map.groupBy(skipped, (check) => skipParts(check)[0])]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, of]) => `${SKIP_TEXTS.get(reason) ?? reason} (${of.length})`);
  const needsPerson = doubtful.some(({ reason }) => reason === "sign_in_first");
  return [
    ...doubtful.flatMap(({ id, message }) =>
      wrap(safeText(`inconclusive: ${id}: ${message}`, view), view.width, "", "  ")
    ),
    ...needsPerson ? wrap(CONSENT_REMEDY, view.width, "", "  ") : [],
    ...optionLines(skipped, view),
    ...counts.length === 0 ? [] : wrap(
      `Skipped: ${counts.join(", ")}; --verbose lists them`,
      view.width,
      "",
      "  ",
    ).map(view.style.dim),
  ];
}

function listedLines(checks: readonly CheckResult[], view: View): string[] {
  return [...byReason(checks)].flatMap(([reason, of]) =>
    wrap(`${reason}: ${idsOf(of)}`, view.width, "", "  ")
  ).map(view.style.dim);
}

/** `3 times access token of client a, client b`. */
function leftText(left: CleanUpResult["left"]): string {
  const byName = Map.groupBy(left, ({ what }) => what);
  return [...byName].map(([what, all]) =>
    all.length === 1 ? what : `${all.length} ${what.replace(" token ", " tokens ")}`
  )
    .join(", ");
}

/** What could not be removed, by reason, and the command to try again. */
function removalLines({ left, file = null }: ShownRemoval, view: View): string[] {
  const byReason = [...Map.groupBy(left, ({ why }) => why)];
  const lines = byReason.flatMap(([why, all]) =>
    wrap(
      safeText(`not removed (${why}): ${leftText(all)}`, view),
      view.width,
      "",
      "  ",
    )
  );
  const mayHelp = byReason.some(([why]) => !why.startsWith(NOT_OFFERED));
  return file === null || !mayHelp ? lines : [
    ...lines,
    `To try again: ${commandText("oauth conformance", { cleanUp: file })}`,
  ];
}

/** The result of `--clean-up`. */
export function cleanUpText(removal: ShownRemoval, view: View): string {
  const { clients: { removed }, left } = removal;
  const head = left.length === 0
    ? `Removed ${counted(removed, "client")} and all tokens`
    : `Removed ${counted(removed, "client")}; not removed: ${left.length}`;
  return `${[head, ...removalLines(removal, view)].join("\n")}\n`;
}

export function conformanceText(
  result: AuditResult & { readonly removal: ShownRemoval },
  printer: VerdictPrinter,
  view: View,
  everything: boolean,
): string {
  const { checks, serverUrl, revision, verdict, removal } = result;
  const [mark, words] = VERDICT_TEXTS[verdict];
  const withVerdict = (...wanted: readonly string[]) =>
    checks.filter((check) => wanted.includes(check.verdict));
  const deviations = withVerdict("failed", "warning").sort((a, b) =>
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict)
  );
  const isNote = ({ severity }: CheckResult) => !everything && severity === "info";
  const passed = withVerdict("passed").map(({ id, message }) => `passed: ${id}: ${message}`);
  const blocks = [
    printer.lines(mark, `${serverUrl} ${words} (MCP ${revision})`, view).map(view.style.bold),
    ...deviationBlocks(deviations.filter((it) => !isNote(it)), view),
    noteLines(deviations.filter(isNote), view),
    // All have the reason that the first line states.
    verdict === "not_applicable"
      ? []
      : (everything ? listedLines : openLines)(withVerdict("inconclusive", "skipped"), view),
    everything ? passed.flatMap((it) => wrap(safeText(it, view), view.width, "", "  ")) : [],
    removalLines(removal, view),
    [
      ...deviations.length === 0 ? [] : ["More about a check: mcpass explain <check>"],
      ...countsLines(result, printer, view),
    ],
  ];
  return `${blocks.filter((block) => block.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}

export function costsText(
  { requests, registrations, consents, waitSeconds }: AuditCosts,
  byDevice = false,
): string {
  return [
    `up to ${counted(requests, "request")}`,
    `${counted(registrations, "registration")}`,
    `${counted(consents, byDevice ? "device code" : "consent")}`,
    `waits of ${waitSeconds} s`,
  ].join(", ");
}

function checkLines({ id, title, severity }: PlannedCheck, view: View): string[] {
  return wrap(`${id} (${severity}): ${title}`, view.width, "  ", "    ");
}

/** `142 checks: up to 300 requests, …` */
export function outlineLine({ checks, costs, byDevice }: AuditOutline): string {
  return `${counted(checks.length, "check")}: ${costsText(costs, byDevice)}`;
}

/** @param lists True to name each check. */
export function outlineText(outline: AuditOutline, lists: boolean, view: View): string {
  const byGroup = Map.groupBy(outline.checks, ({ group }) => group);
  const groups = [...byGroup].flatMap(([group, checks]) =>
    lists
      ? [view.style.bold(group), ...checks.flatMap((check) => checkLines(check, view)), ""]
      : [`  ${group}: ${counted(checks.length, "check")}`]
  );
  const costs = wrap(outlineLine(outline), view.width);
  return `${[...lists ? groups : [...groups, ""], ...costs].join("\n")}\n`;
}
