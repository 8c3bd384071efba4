import { columnsOf } from "../../../core/width.ts";
import { repeatsGrant } from "../../../oauth/authorization/auth_mode.ts";
import type { TokenCheck } from "../../../flow/credentials/check_token.ts";
import type { EntrySummary, StoredRelaxations } from "../../../store/stored_entry.ts";
import { type Row, rowsText, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";
import type { VerdictPrinter } from "../../terminal/marks.ts";
import {
  accountText,
  canRefresh,
  shortPeriod,
  type Verdict,
  verdictText,
} from "./status_verdict.ts";

export interface StatusEntry {
  readonly entry: EntrySummary;
  readonly verdict: Verdict;
  readonly check: TokenCheck | undefined;
  /** Path of its file. */
  readonly path: string;
}

export function relaxationTexts({ trustIssuer, trustPkce, resource }: StoredRelaxations): string[] {
  return [
    trustIssuer && `--trust-issuer ${trustIssuer.expected}=${trustIssuer.announced}`,
    trustPkce && `--trust-pkce ${trustPkce}`,
    resource && `--resource ${resource}`,
  ].filter((text) => text !== undefined);
}

function refreshText(entry: EntrySummary): string | undefined {
  if (entry.registeredOnly || entry.moved !== undefined) return undefined;
  const { refusedWith } = entry.refresh ?? {};
  if (refusedWith !== undefined) return `refused by the authorization server ("${refusedWith}")`;
  if (!canRefresh(entry)) return "no refresh token: sign in again after the expiry";
  return repeatsGrant(entry.authMode)
    ? "automatic: mcpass repeats the grant"
    : "automatic: a refresh token is stored";
}

/** True if `mcpass oauth client` can manage the registration (RFC 7592). */
export function isManaged({ client, holds }: EntrySummary): boolean {
  return client.registrationUri !== undefined && holds.includes("client.registrationToken");
}

const REGISTRATION = {
  cimd: "client ID metadata document (CIMD)",
  dcr: "registered dynamically (DCR)",
  preregistered: "pre-registered",
  none: "without a registration",
};

/** RFC 6749 §2.1: a confidential client authenticates itself at the authorization server. */
export function clientType({ client }: EntrySummary): "public" | "confidential" {
  return client.tokenAuthMethod === "none" ? "public" : "confidential";
}

function clientText(entry: EntrySummary): string {
  const { client } = entry;
  const how = [
    REGISTRATION[client.approach],
    ...clientType(entry) === "public" ? [] : [client.tokenAuthMethod],
  ];
  return `${clientType(entry)} client "${client.clientId}", ${how.join(", ")}`;
}

function tokenCheckText(check: TokenCheck | undefined): string | undefined {
  if (check === undefined) return undefined;
  const verdict = check.accepted === null ? "unknown" : check.accepted ? "accepted" : "refused";
  return `${verdict}: ${check.detail}`;
}

function certificateText({ client: { certificate }, certificateAtServer }: EntrySummary) {
  const also = certificateAtServer === true ? " and, with the token, to the MCP server" : "";
  return certificate &&
    `${certificate.certFile}: presented to the authorization server${also}`;
}

const SECRETS_IN = {
  file: "readable only by you; not in a keyring",
  keyring: "secrets encrypted with a key in the keyring",
  postgres: "secrets encrypted with a key from a file",
};

const OBTAINED: ReadonlyMap<string, string> = new Map([
  ["signed_in", "Signed in"],
  ["refreshed", "Refreshed"],
  ["imported", "Imported"],
]);

/** What happened to the tokens last, in a store that records who did it. */
function lastChange({ obtained, written }: EntrySummary) {
  const verb = obtained && OBTAINED.get(obtained.event);
  return obtained && verb ? { ...obtained, verb } : written && { ...written, verb: "Written" };
}

/** `Refreshed` and `by web-7 (process 41), 2 min ago (2026-…)`. */
function changeRow(entry: EntrySummary, now: number): Row[] {
  const change = lastChange(entry);
  if (change === undefined) return [];
  const { verb, by, at } = change;
  return [[verb, `by ${by}, ${shortPeriod(now - Date.parse(at))} ago (${at})`]];
}

/** `refreshed by web-7 (process 41) 2 min ago`. */
function changeNote(entry: EntrySummary, now: number): string | undefined {
  const change = lastChange(entry);
  if (change === undefined) return undefined;
  const { verb, by, at } = change;
  return `${verb.toLowerCase()} by ${by} ${shortPeriod(now - Date.parse(at))} ago`;
}

function interruptedText(journal: EntrySummary["journal"]): string | undefined {
  if (journal === undefined) return undefined;
  const by = journal.by === undefined ? "" : ` by ${journal.by}`;
  return `refresh of ${journal.startedAt}${by}; retried once at the next use`;
}

function detailRows({ entry, check, path }: StatusEntry, now: number): Row[] {
  const { relaxations, journal, tokens } = entry;
  const hasNoToken = entry.registeredOnly || entry.moved !== undefined;
  return [
    ["Name", entry.name],
    ["Account", entry.account],
    ["Subject", entry.subject],
    ["Expires", hasNoToken ? undefined : tokens?.expiresAt ?? "unknown"],
    ["Refresh", refreshText(entry)],
    ["Received", entry.received && `from ${entry.received.from} on ${entry.received.at}`],
    ...changeRow(entry, now),
    ["Interrupted", interruptedText(journal)],
    ["Auth mode", entry.authMode],
    ["DPoP", entry.holds.includes("dpopKey") ? "the token is bound to a stored key" : undefined],
    ["Issuer", entry.issuer, "exact"],
    ["Client", clientText(entry)],
    ["Registration", isManaged(entry) ? "manage it with mcpass oauth client" : undefined],
    ["Certificate", certificateText(entry)],
    ["Scopes", entry.grantedScope || "unknown"],
    ["Resource", entry.resource ?? "not sent", "exact"],
    ["Protocol", entry.protocolVersion],
    ["Stored in", `${path} (${SECRETS_IN[entry.secretsIn]})`],
    ["Relaxations", relaxationTexts(relaxations).join(", ") || undefined],
    ["Check", tokenCheckText(check)],
  ];
}

/** The verdict and the details of one sign-in. */
export function detailsText(
  one: StatusEntry,
  next: string[],
  printer: VerdictPrinter,
  view: View,
  now: number,
): string {
  const { entry, verdict } = one;
  const isDue = verdict.due !== "nothing";
  return [
    ...printer.lines(verdict.mark, verdictText(entry, verdict), view),
    ...isDue ? next : [],
    "",
    ...rowsText(detailRows(one, now), view),
    ...isDue ? [] : ["", ...next],
    "",
  ].join("\n");
}

function listCells(
  { entry, verdict, check }: StatusEntry,
  isOnlyOne: boolean,
  now: number,
): string[] {
  const notes = [
    verdict.signedIn ? verdict.state : `not signed in: ${verdict.state}`,
    check?.accepted === true ? "accepted now" : undefined,
    check?.accepted === null ? `not checked (${check.detail})` : undefined,
    entry.journal && "refresh interrupted",
    changeNote(entry, now),
    ...relaxationTexts(entry.relaxations).map((text) => text.replace(/ .*/, "")),
  ];
  return [
    entry.name ?? "",
    entry.serverUrl,
    accountText(entry) ?? (isOnlyOne ? "" : entry.account),
    notes.filter((note) => note !== undefined).join(", "),
  ];
}

/** One line for each sign-in, or several if the terminal is too narrow. */
export function listText(
  entries: readonly StatusEntry[],
  printer: VerdictPrinter,
  view: View,
  now: number,
): string {
  const perServer = Map.groupBy(entries, ({ entry }) => entry.serverUrl);
  const rows = entries.map((one) => {
    const isOnlyOne = perServer.get(one.entry.serverUrl)?.length === 1;
    const cells = listCells(one, isOnlyOne, now).map((cell) => safeText(cell, view));
    return { mark: one.verdict.mark, cells };
  });
  const widthOf = (at: number) => Math.max(...rows.map(({ cells }) => columnsOf(cells[at] ?? "")));
  const [name, server, account, state] = [widthOf(0), widthOf(1), widthOf(2), widthOf(3)];
  const gap = account === 0 ? 0 : 2;
  const fits = 2 + name + 2 + server + gap + account + 2 + state <= view.width;
  const pad = (text: string, columns: number) =>
    text + " ".repeat(Math.max(0, columns - columnsOf(text)));
  const lines = rows.flatMap(({ mark, cells: [called = "", url = "", who = "", text = ""] }) => {
    const sign = printer.symbol(mark, view.style);
    const first = `${sign} ${view.style.bold(pad(called, name))}`;
    if (fits) return [`${first}  ${pad(url, server + gap)}${pad(who, account)}  ${text}`];
    const below = who === "" ? text : `${who}: ${text}`;
    const isShort = 4 + name + columnsOf(url) <= view.width;
    return [
      ...isShort ? [`${first}  ${url}`] : [first.trimEnd(), `  ${url}`],
      ...wrap(below, view.width, "  "),
    ];
  });
  return `${lines.join("\n")}\n`;
}
