import { counted, formatPeriod } from "../../../core/quantities.ts";
import { CLIENT_NAMES } from "../../../flow/mcp_clients/client_locations.ts";
import { type NextCommand, nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { VerdictPrinter } from "../../terminal/marks.ts";
import type { ImportedDocument, ServerDocument } from "./import_document.ts";

/** A home folder is written as `~`. */
function shortPath(path: string, home: string | undefined): string {
  return home !== undefined && path.startsWith(home) ? `~${path.slice(home.length)}` : path;
}

export function expiryText(
  { expiresAt, hasRefreshToken }: Pick<ImportedDocument, "expiresAt" | "hasRefreshToken">,
  now: number,
): string {
  const refresh = hasRefreshToken ? "has a refresh token" : "no refresh token";
  if (expiresAt === null) return `expiry unknown, ${refresh}`;
  const seconds = (Date.parse(expiresAt) - now) / 1000;
  const time = formatPeriod(Math.abs(seconds));
  return `${seconds < 0 ? `expired ${time} ago` : `valid for ${time}`}, ${refresh}`;
}

const MARKS = { available: "ok", unavailable: "warning", imported: "ok", failed: "error" } as const;

function signInLines(one: ImportedDocument, { printer, view, now, home }: ImportView): string[] {
  const { serverUrl, client, name, status, reason, moved } = one;
  const server = serverUrl ?? "unknown server";
  const what = {
    available: "can be imported",
    unavailable: `cannot be imported: ${reason}`,
    imported: `imported; ${moved ? "the tokens were moved" : "the access token was copied"}` +
      (reason === null ? "" : ` (${reason})`),
    failed: `not imported: ${reason}`,
  }[status];
  const facts = [
    name === null ? client : `${client} "${name}"`,
    expiryText(one, now),
    `${moved === true ? "removed: " : ""}${shortPath(one.path, home)}`,
  ];
  return [
    ...printer.lines(MARKS[status], `${server}: ${what}`, view),
    ...wrap(safeText(facts.join(" · "), view), view.width, "  ").map(view.style.dim),
  ];
}

function serverLines(one: ServerDocument, { view, home }: ImportView): string[] {
  const { serverUrl, problem, name, client, path, headerNames, hasStaticSecret, signedIn } = one;
  const state = [
    problem,
    signedIn ? "signed in with mcpass" : undefined,
    hasStaticSecret && serverUrl !== null
      ? `has a fixed credential (${headerNames.join(", ")}; value hidden), which is not imported`
      : undefined,
  ].filter((text) => text !== undefined && text !== null);
  const facts = [`${client} "${name}"`, shortPath(path, home), ...state];
  return [
    safeText(`  ${serverUrl ?? "(no usable URL)"}`, view, Infinity),
    ...wrap(safeText(facts.join(" · "), view), view.width, "    ").map(view.style.dim),
  ];
}

export interface ImportView {
  readonly printer: VerdictPrinter;
  readonly view: View;
  readonly now: number;
  readonly home: string | undefined;
  /** True if nothing was to be imported. */
  readonly isListing: boolean;
  /** Files that cannot be used, with the reason. */
  readonly skipped: readonly string[];
}

function headline(
  signIns: readonly ImportedDocument[],
  servers: readonly ServerDocument[],
  isListing: boolean,
) {
  const imported = signIns.filter(({ status }) => status === "imported").length;
  const failed = signIns.filter(({ status }) => status === "failed").length;
  const available = signIns.filter(({ status }) => status === "available").length;
  if (!isListing) {
    const rest = failed === 0 ? "" : `, ${counted(failed, "sign-in")} not imported`;
    return {
      mark: failed === 0 ? "ok" : "error",
      text: `imported ${counted(imported, "sign-in")}${rest}`,
    } as const;
  }
  if (signIns.length + servers.length === 0) {
    return { mark: "ok", text: "no MCP server of another client was found" } as const;
  }
  const text = `found ${counted(available, "sign-in")} to import and ` +
    `${counted(servers.length, "server")} in the configuration of other clients`;
  return { mark: "ok", text } as const;
}

const MOVE_NOTE =
  "Importing moves a refresh token: mcpass stores it and removes it from the other " +
  "client, because most servers accept a refresh token once. The other client then asks you to sign " +
  "in again. With --copy only the access token is stored, and the other client continues to work.";

export function moveNotes(): readonly string[] {
  return [MOVE_NOTE];
}

export function importText(
  signIns: readonly ImportedDocument[],
  servers: readonly ServerDocument[],
  next: readonly NextCommand[],
  shown: ImportView,
): string {
  const { printer, view, isListing } = shown;
  const { mark, text } = headline(signIns, servers, isListing);
  const done = signIns.filter(({ status }) => status === "imported" || status === "failed");
  const hasAvailable = signIns.some(({ status }) => status === "available");
  const wasMoved = signIns.filter(({ moved }) => moved === true).map(({ client }) => client);
  const blocks = [
    printer.lines(mark, text, view),
    (isListing ? signIns : done).flatMap((one) => signInLines(one, shown)),
    isListing && hasAvailable ? wrap(MOVE_NOTE, view.width) : [],
    [...new Set(wasMoved)].flatMap((client) =>
      wrap(`${client} will ask you to sign in again when it next connects.`, view.width)
    ),
    !isListing || servers.length === 0
      ? []
      : [view.style.bold("Servers"), ...servers.flatMap((one) => serverLines(one, shown))],
    shown.skipped.flatMap((text) => printer.lines("warning", `skipped ${text}`, view)),
    signIns.length + servers.length === 0
      ? wrap(`Searched: mcp-remote, ${CLIENT_NAMES.join(", ")}`, view.width)
      : [],
    ...next.map((command) => nextLines(command, view)),
  ];
  return `${blocks.filter((block) => block.length > 0).map((it) => it.join("\n")).join("\n\n")}\n`;
}
