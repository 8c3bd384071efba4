import { formatPeriod } from "../../../core/quantities.ts";
import type { TokenCheck } from "../../../flow/credentials/check_token.ts";
import { isRefreshable } from "../../../flow/credentials/renewal.ts";
import { repeatsGrant } from "../../../oauth/authorization/auth_mode.ts";
import type { EntrySummary, StoredRelaxations, StoredTokens } from "../../../store/stored_entry.ts";
import { type Row, rowsText, safeText, type View } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

type Expiry = Pick<StoredTokens, "expiresAt"> | null;

/** `valid` means that it has not expired; `refused` that a check just found so. */
export function tokenState(
  tokens: Expiry,
  now: number,
  check?: TokenCheck,
): "valid" | "expired" | "lifetime_unknown" | "gone" | "refused" {
  if (tokens === null) return "gone";
  if (check?.accepted === false) return "refused";
  if (tokens.expiresAt === null) return "lifetime_unknown";
  return Date.parse(tokens.expiresAt) > now ? "valid" : "expired";
}

export function stateText(tokens: Expiry, now: number): string {
  const expiresAt = tokens?.expiresAt ?? "";
  const seconds = Math.abs(Date.parse(expiresAt) - now) / 1000;
  return {
    valid: `in ${formatPeriod(seconds)} (${expiresAt})`,
    expired: `${formatPeriod(seconds)} ago (${expiresAt})`,
    lifetime_unknown: "not said by the server",
    gone: "no token is stored",
    refused: "",
  }[tokenState(tokens, now)];
}

export function relaxationTexts({ trustIssuer, trustPkce, resource }: StoredRelaxations): string[] {
  return [
    trustIssuer && `--trust-issuer ${trustIssuer.expected}=${trustIssuer.announced}`,
    trustPkce && `--trust-pkce ${trustPkce}`,
    resource && `--resource ${resource}`,
  ].filter((text) => text !== undefined);
}

export function canRefresh(entry: EntrySummary): boolean {
  const { tokens, holds } = entry;
  return isRefreshable(entry, tokens !== null && holds.includes("tokens.refreshToken"));
}

function refreshText(entry: EntrySummary): string {
  if (!canRefresh(entry)) return "no: a new sign-in is needed then";
  return repeatsGrant(entry.authMode)
    ? "yes: mcpass can repeat the grant"
    : "yes: a refresh token is stored";
}

/** True if `mcpass oauth client` can manage the registration (RFC 7592). */
export function isManaged({ client, holds }: EntrySummary): boolean {
  return client.registrationUri !== undefined && holds.includes("client.registrationToken");
}

const REGISTRATION = {
  cimd: "known by its metadata document",
  dcr: "registered dynamically",
  preregistered: "preregistered",
  none: "none was needed",
};

export interface StatusEntry {
  readonly entry: EntrySummary;
  readonly check: TokenCheck | undefined;
}

function tokenCheckText(check: TokenCheck | undefined): string | undefined {
  if (check === undefined) return undefined;
  const verdict = check.accepted === null ? "not known" : check.accepted ? "accepted" : "refused";
  return `${verdict}: ${check.detail}`;
}

function certificateText({ client: { certificate }, certificateAtServer }: EntrySummary) {
  const also = certificateAtServer === true ? " and, with the token, to the MCP server" : "";
  return certificate &&
    `${certificate.certFile}: presented to the authorization server${also}`;
}

function detailRows({ entry, check }: StatusEntry, now: number): Row[] {
  const { client, relaxations, journal } = entry;
  const state: Row[] = entry.registeredOnly
    ? [["Signed in", "no: a login only registered the client"]]
    : [["Expires", stateText(entry.tokens, now)], ["Refreshable", refreshText(entry)]];
  return [
    ["Account", entry.account],
    ...state,
    ["Grant", entry.authMode],
    ["Bound", entry.holds.includes("dpopKey") ? "to a stored key (DPoP)" : undefined],
    ["Issuer", entry.issuer],
    ["Client", `${client.clientId} (${REGISTRATION[client.approach]}, ${client.tokenAuthMethod})`],
    ["Registration", isManaged(entry) ? "can be managed: mcpass oauth client" : undefined],
    ["Certificate", certificateText(entry)],
    ["Scope", entry.grantedScope || "none named"],
    ["Resource", entry.resource ?? "not sent"],
    ["Protocol", entry.protocolVersion],
    ["Secrets", entry.secretsIn === "keyring" ? "sealed by the keyring" : "in the entry's file"],
    ["Relaxed", relaxationTexts(relaxations).join(", ") || undefined],
    [
      "Refresh",
      journal && `started ${journal.startedAt} and cut off; mcpass tries it once more next time`,
    ],
    ["Check", tokenCheckText(check)],
  ];
}

export function statusText(entries: readonly StatusEntry[], view: View, now: number): string {
  const blocks = entries.map((it) => {
    const server = view.style.bold(safeText(it.entry.serverUrl, view));
    return [server, ...rowsText(detailRows(it, now), view)].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

const HEAD = ["Server", "Account", "Expires", "Refreshable", "Issuer", "Scope", "Notes"];

/** One line for each sign-in, or several if the terminal is too narrow. */
export function statusTable(entries: readonly StatusEntry[], view: View, now: number): string {
  const rows = entries.map(({ entry, check }) => {
    const notes = [
      entry.secretsIn,
      ...relaxationTexts(entry.relaxations).map((text) => text.replace(/ .*/, "")),
      entry.registeredOnly && "not signed in",
      entry.journal && "refresh cut off",
      tokenCheckText(check),
    ];
    return [
      entry.serverUrl,
      entry.account,
      entry.registeredOnly ? "-" : stateText(entry.tokens, now).replace(/ \(.*/, ""),
      entry.registeredOnly ? "-" : canRefresh(entry) ? "yes" : "no",
      entry.issuer,
      entry.grantedScope ?? "-",
      notes.filter((note) => note !== undefined).join(", "),
    ].map((cell) => safeText(cell, view));
  });
  const widths = HEAD.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => [...row[at] ?? ""].length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd();
  const wide = widths.reduce((sum, columns) => sum + columns + 2, -2);
  const narrow = ([server = "", ...cells]: readonly string[]) => {
    const texts = cells.map((cell, at) => `${HEAD[at + 1]?.toLowerCase()} ${cell}`)
      .filter((_, at) => cells[at] !== "-");
    return [view.style.bold(server), ...wrap(texts.join(" · "), view.width, "  ")];
  };
  const lines = wide <= view.width
    ? [view.style.bold(line(HEAD)), ...rows.map(line)]
    : rows.flatMap(narrow);
  return `${lines.join("\n")}\n`;
}
