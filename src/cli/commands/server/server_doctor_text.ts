import type { CheckResult } from "../../../audit/doctor/doctor_check.ts";
import type { DoctorResult } from "../../../audit/doctor/doctor.ts";
import { counted, formatPeriod } from "../../../core/quantities.ts";
import { ERA_NAMES, TRANSPORT_NAMES } from "../../../oauth/mcp/http_sse.ts";
import {
  labelledLines,
  type NextCommand,
  nextLines,
  type Row,
  rowsText,
  safeText,
  type View,
} from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { Mark, VerdictPrinter } from "../../terminal/marks.ts";
import type { CheckChange } from "./doctor_changes.ts";
import { erasText, serverName } from "./server_probe_text.ts";

function countOf(checks: readonly CheckResult[], status: CheckResult["status"]): number {
  return checks.filter((check) => check.status === status).length;
}

export interface DoctorVerdict {
  readonly mark: Mark;
  readonly text: string;
}

/** @param title The title of the first error. */
export function doctorVerdict(
  { status, serverUrl, checks, probe }: DoctorResult,
  title: string | undefined,
): DoctorVerdict {
  const counts = (["error", "warning"] as const)
    .map((kind) => [countOf(checks, kind), kind] as const).filter(([count]) => count > 0)
    .map(([count, kind]) => counted(count, kind)).join(", ");
  if (probe.status === "unreachable") {
    return { mark: "error", text: `${serverUrl} cannot be reached` };
  }
  if (probe.status === "not_mcp") {
    return { mark: "error", text: `${serverUrl} does not answer as an MCP server` };
  }
  switch (status) {
    case "ok":
      return { mark: "ok", text: `${serverUrl} works` };
    case "warning":
      return { mark: "warning", text: `${serverUrl} works, with ${counts}` };
    case "sign_in_needed":
      return { mark: "warning", text: `${serverUrl} needs a sign-in` };
    case "error": {
      const fault = title === undefined ? counts : `${title} (${counts})`;
      return { mark: "error", text: `${serverUrl} does not work: ${fault}` };
    }
  }
}

function expiryText({ token, checkedAt }: DoctorResult): string {
  const exp = token?.unverifiedClaims?.["exp"];
  const claimed = typeof exp === "number" ? exp * 1000 : undefined;
  const end = token?.expiresAt ? Date.parse(token.expiresAt) : claimed;
  if (end === undefined) return "expiry unknown";
  const left = (end - Date.parse(checkedAt)) / 1000;
  return left > 0 ? `valid for ${formatPeriod(left)}` : `expired ${formatPeriod(-left)} ago`;
}

function tokenText(result: DoctorResult): string | undefined {
  const { token } = result;
  if (token === null) return undefined;
  const cannotRefresh = token.renewal === null || token.renewal === "refused";
  const refresh = cannotRefresh ? "cannot be refreshed" : token.renewal && "refreshable";
  return [
    { token: "given", file: "from a file", store: "stored" }[token.kind],
    token.account === null ? undefined : `account ${token.account}`,
    expiryText(result),
    token.renewed ? "refreshed just now" : refresh,
  ].filter((part) => part !== undefined).join(", ");
}

const NOUNS = [
  ["tools", "tool"],
  ["resources", "resource"],
  ["resourceTemplates", "resource template"],
  ["prompts", "prompt"],
] as const;

/** Undefined if a token was sent, and the server did not answer as an MCP server. */
function protocolText({ connection, probe, token }: DoctorResult): string | undefined {
  if (connection !== null) {
    const { version = "unknown", era, transport } = connection;
    return `${version}, ${transport === "sse" ? TRANSPORT_NAMES.sse : ERA_NAMES[era]}`;
  }
  if (probe.transport === "sse") return TRANSPORT_NAMES.sse;
  const isUnknown = probe.eras.every(({ spoken }) => spoken === null);
  return probe.eras.length === 0 || token !== null && isUnknown ? undefined : erasText(probe.eras);
}

function rows(result: DoctorResult): Row[] {
  const { connection, counts, probe } = result;
  const offered = NOUNS.flatMap(([kind, noun]) => {
    const count = counts[kind];
    return count === null ? [] : [counted(count, noun)];
  });
  return [
    ["Server", serverName(connection?.serverInfo)],
    ["Protocol", protocolText(result)],
    ["Authorization", probe.authorizationServer?.issuer],
    ["Token", tokenText(result)],
    ["Offers", offered.length === 0 ? undefined : offered.join(", ")],
  ];
}

/** The remedies; a command that an earlier one has is not repeated. */
function remediesOf(checks: readonly CheckResult[]): string[] {
  const shown = new Set<string>();
  return checks.map(({ remedy }) =>
    (remedy ?? "").replace(/:?\n {2}(.+)/g, (lines, command) => {
      if (shown.has(command)) return " (command above)";
      shown.add(command);
      return lines;
    })
  );
}

/** A check that found something, as an error is shown. */
function findingLines(
  check: CheckResult,
  remedy: string,
  { probe }: DoctorResult,
  view: View,
): string[] {
  const { id, status, title, detail, reference } = check;
  // The network fault says more than that there is no connection.
  const more = (id === "reachable" ? probe.error?.code : undefined) ?? `${id}_failed`;
  return labelledLines({
    severity: status === "error" ? status : "warning",
    headline: `${title}: ${safeText(detail, view)}`,
    codes: reference === null ? [] : [safeText(reference, view)],
    remedy,
    more,
  }, view);
}

/** A check that found nothing, for --verbose. */
function otherLines({ status, title, detail }: CheckResult, view: View): string[] {
  const colour = status === "ok" ? view.style.green : view.style.dim;
  const [first = "", ...rest] = wrap(
    `${status}: ${title}: ${safeText(detail, view)}`,
    view.width,
    "",
    "  ",
  );
  return [first.replace(/^\w+:/, (word) => colour(word)), ...rest];
}

function passedLines(checks: readonly CheckResult[], view: View): string[] {
  const passed = checks.filter((check) => check.status === "ok")
    .map((check) => check.title.toLowerCase());
  const rest = countOf(checks, "skipped");
  return [
    ...passed.length === 0 ? [] : wrap(`ok: ${passed.join(", ")}`, view.width, "", "  "),
    ...rest === 0 ? [] : [`skipped: ${counted(rest, "check")}; --verbose shows them`],
  ].map(view.style.dim);
}

const CHANGE_WORDS = {
  fixed: "fixed",
  new: "new",
  changed: "changed",
  unchecked: "not checked any more",
} as const;

/** `12:03:05 fixed: Resource metadata`. */
export function changeLines(changes: readonly CheckChange[], view: View): string[] {
  const { green, red, yellow } = view.style;
  return changes.flatMap(({ at, change, title, to, detail }) => {
    const paint = change === "fixed" ? green : to === "error" ? red : yellow;
    const found = change === "new" || change === "changed" ? `: ${safeText(detail, view)}` : "";
    const time = new Date(at).toTimeString().slice(0, 8);
    const words = `${CHANGE_WORDS[change]}: ${title}`;
    const [first = "", ...rest] = wrap(`${time} ${words}${found}`, view.width, "", "  ");
    return [first.replace(words, paint(words)), ...rest];
  });
}

export interface DoctorView {
  readonly verdict: DoctorVerdict;
  readonly printer: VerdictPrinter;
  readonly next: NextCommand | undefined;
  /** True for --verbose. */
  readonly everything: boolean;
  readonly view: View;
}

export function doctorText(
  result: DoctorResult,
  { verdict, printer, next, everything, view }: DoctorView,
): string {
  const { checks } = result;
  const found = (["error", "warning"] as const)
    .flatMap((kind) => checks.filter((check) => check.status === kind));
  const nextLine = next?.[1].line ?? "";
  const isSaid = nextLine.startsWith("mcpass explain ") ||
    found.some(({ remedy }) => remedy?.includes(nextLine) === true);
  const remedies = remediesOf(found);
  const others = checks.filter((check) => !found.includes(check));
  const blocks = [
    printer.lines(verdict.mark, verdict.text, view).map((line) => view.style.bold(line)),
    ...found.map((check, at) => findingLines(check, remedies[at] ?? "", result, view)),
    rowsText(rows(result), view),
    everything ? others.flatMap((check) => otherLines(check, view)) : passedLines(checks, view),
    isSaid ? [] : nextLines(next, view),
  ];
  return `${blocks.filter((block) => block.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}
