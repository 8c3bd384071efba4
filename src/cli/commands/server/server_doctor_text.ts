/**
 * The result of `server doctor` as text: the overall status, the errors, and the next command.
 * @module
 */

import type { CheckResult } from "../../../audit/check.ts";
import type { DoctorResult } from "../../../audit/doctor.ts";
import { counted, formatPeriod } from "../../../core/quantities.ts";
import { shown, type View } from "../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";
import { erasText, serverName } from "./server_probe_text.ts";

function countOf(checks: readonly CheckResult[], status: CheckResult["status"]): number {
  return checks.filter((check) => check.status === status).length;
}

function headline(
  { status, serverUrl, checks, probe }: DoctorResult,
  title: string | undefined,
): string {
  const errors = counted(countOf(checks, "error"), "error");
  const warnings = counted(countOf(checks, "warning"), "warning");
  if (probe.status === "unreachable") return `${serverUrl} cannot be reached`;
  if (probe.status === "not_mcp") return `${serverUrl} does not answer as an MCP server`;
  const words = {
    ok: `${serverUrl} works`,
    warning: `${serverUrl} works, with ${warnings}`,
    error: title === undefined
      ? `${serverUrl} does not work: ${errors}`
      : `${title.charAt(0).toUpperCase()}${title.slice(1)}: ${serverUrl} does not work, ${errors}`,
    sign_in_needed: `${serverUrl} needs a sign-in`,
  };
  return words[status];
}

function tokenText({ token, checkedAt }: DoctorResult): string | undefined {
  if (token === null) return undefined;
  const kinds = { token: "given", file: "from a file", store: "stored" };
  const now = Date.parse(checkedAt);
  const exp = token.unverifiedClaims?.["exp"];
  const end = token.expiresAt !== null
    ? Date.parse(token.expiresAt)
    : typeof exp === "number"
    ? exp * 1000
    : undefined;
  const life = end === undefined
    ? "expiry unknown"
    : end > now
    ? `valid for ${formatPeriod((end - now) / 1000)}`
    : `expired ${formatPeriod((now - end) / 1000)} ago`;
  const renewal = token.renewed
    ? ["renewed just now"]
    : token.renewal === null
    ? ["cannot be renewed"]
    : token.renewal === undefined
    ? []
    : ["renewable"];
  const account = token.account === null ? [] : [`account ${token.account}`];
  return [kinds[token.kind], ...account, life, ...renewal].join(", ");
}

function offered({ connection, counts }: DoctorResult): string | undefined {
  if (connection === null) return undefined;
  const names = [
    ["tools", "tool"],
    ["resources", "resource"],
    ["resourceTemplates", "resource template"],
    ["prompts", "prompt"],
  ] as const;
  const known = names.flatMap(([kind, noun]) => {
    const count = counts[kind];
    return count === null ? [] : [counted(count, noun)];
  });
  return known.length === 0 ? undefined : known.join(", ");
}

function rows(result: DoctorResult): Field[] {
  const { connection, probe } = result;
  const row = (label: string, text: string | undefined): Field[] =>
    text === undefined ? [] : [[label, text]];
  const wire = connection === null
    ? probe.wires.length === 0 ? undefined : erasText(probe.wires)
    : `${connection.version ?? "unknown"}, ${
      connection.wire === "stateless" ? "modern" : "legacy"
    }`;
  return [
    ...row("Server", serverName(connection?.serverInfo)),
    ...row("Wire", wire),
    ...row("Authorization", probe.authorizationServer?.issuer),
    ...row("Token", tokenText(result)),
    ...row("Offers", offered(result)),
  ];
}

function checkLines(check: CheckResult, view: View): string[] {
  const { style, width } = view;
  const colour = { ok: style.green, warning: style.yellow, error: style.red, skipped: style.dim };
  const head = `${check.status}: ${check.title}: ${shown(check.detail, view)}`;
  const [first = "", ...rest] = wrap(head, width, "", "  ");
  return [
    first.replace(/^\w+:/, (word) => colour[check.status](word)),
    ...rest,
    ...check.remedy === null ? [] : wrap(shown(check.remedy, view), width, "  "),
    ...check.reference === null
      ? []
      : wrap(shown(check.reference, view), width, "  ").map(style.dim),
  ];
}

/** The checks without a problem, in a line or two. */
function passedLine(checks: readonly CheckResult[], view: View): string[] {
  const good = checks.filter((check) => check.status === "ok")
    .map((check) => check.title.toLowerCase());
  const rest = countOf(checks, "skipped");
  return [
    ...good.length === 0 ? [] : wrap(`ok: ${good.join(", ")}`, view.width, "", "  "),
    ...rest === 0 ? [] : [`skipped: ${counted(rest, "check")}; --verbose shows them`],
  ].map(view.style.dim);
}

/**
 * The complete text.
 *
 * @param everything Shows every check in full.
 * @param title The title of the first error.
 */
export function doctorText(
  result: DoctorResult,
  next: readonly [why: string, line: string] | undefined,
  view: View,
  everything: boolean,
  title?: string,
): string {
  const { style, width } = view;
  const { checks, status } = result;
  const colour = {
    ok: style.green,
    warning: style.yellow,
    error: style.red,
    sign_in_needed: style.yellow,
  };
  const facts = rows(result).map(([label, text]): Field => [label, shown(text, view)]);
  const order = ["error", "warning"] as const;
  const loud = everything
    ? checks
    : order.flatMap((kind) => checks.filter((check) => check.status === kind));
  const blocks = [
    wrap(shown(headline(result, title), view), width).map((line) =>
      colour[status](style.bold(line))
    ),
    fields(facts, width),
    loud.flatMap((check) => checkLines(check, view)),
    everything ? [] : passedLine(checks, view),
    next === undefined ? [] : [`${next[0]}:`, `  ${next[1]}`],
  ];
  return `${blocks.filter((block) => block.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}
