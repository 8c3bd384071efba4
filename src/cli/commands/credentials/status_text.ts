/** Stored sign-ins as text. @module */

import type { TokenCheck } from "../../../flow/credentials/check_token.ts";
import { repeatsGrant } from "../../../oauth/authorization/auth_mode.ts";
import type { EntrySummary, StoredRelaxations, StoredTokens } from "../../../store/stored_entry.ts";
import { shown, type View } from "../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";
import { formatPeriod } from "../../../core/quantities.ts";

/** The state of a token according to the clock; no request is sent. */
export type TokenState = "valid" | "expired" | "lifetime_unknown" | "gone";

export function tokenState(
  tokens: Pick<StoredTokens, "expiresAt"> | null,
  now: number,
): TokenState {
  if (tokens === null) return "gone";
  if (tokens.expiresAt === null) return "lifetime_unknown";
  return Date.parse(tokens.expiresAt) > now ? "valid" : "expired";
}

export function stateText(
  state: TokenState,
  tokens: Pick<StoredTokens, "expiresAt"> | null,
  now: number,
): string {
  const expiresAt = tokens?.expiresAt ?? "";
  const seconds = Math.abs(Date.parse(expiresAt) - now) / 1000;
  return {
    valid: `in ${formatPeriod(seconds)} (${expiresAt})`,
    expired: `${formatPeriod(seconds)} ago (${expiresAt})`,
    lifetime_unknown: "not said by the server",
    gone: "no token: refused or revoked",
  }[state];
}

/** The relaxations as flags. */
export function relaxationTexts(
  { trustIssuer, trustPkce, resource }: StoredRelaxations,
): string[] {
  return [
    ...trustIssuer === undefined
      ? []
      : [`--trust-issuer ${trustIssuer.expected}=${trustIssuer.announced}`],
    ...trustPkce === undefined ? [] : [`--trust-pkce ${trustPkce}`],
    ...resource === undefined ? [] : [`--resource ${resource}`],
  ];
}

/** True if a new token can be obtained without a person. */
export function isRenewable({ tokens, authMode, holds, endpoints }: EntrySummary): boolean {
  if (endpoints.token === "") return false;
  return repeatsGrant(authMode) ||
    (tokens !== null && holds.includes("tokens.refreshToken"));
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

/** One sign-in, the state of its token and the result of `--check`. */
export interface StatusEntry {
  readonly entry: EntrySummary;
  readonly state: TokenState;
  /** `--check`. */
  readonly check: TokenCheck | undefined;
}

function checkText(check: TokenCheck | undefined): Field[] {
  if (check === undefined) return [];
  const verdict = check.accepted === null ? "not known" : check.accepted ? "accepted" : "refused";
  return [["Check", `${verdict}: ${check.detail}`]];
}

function certificateRow({ client: { certificate }, certificateAtServer }: EntrySummary): Field[] {
  if (certificate === undefined) return [];
  const where = certificateAtServer === true
    ? "presented to the authorization server and, with the token, to the MCP server"
    : "presented to the authorization server";
  return [["Certificate", `${certificate.certFile}: ${where}`]];
}

function detailRows({ entry, state, check }: StatusEntry, now: number): Field[] {
  const { client, relaxations, journal } = entry;
  const relaxed = relaxationTexts(relaxations);
  return [
    ["Account", entry.account],
    ["Expires", stateText(state, entry.tokens, now)],
    ["Renewable", isRenewable(entry) ? "yes" : "no: a new sign-in is needed then"],
    ["Grant", entry.authMode],
    ...entry.holds.includes("dpopKey") ? [["Bound", "to a key that is kept (DPoP)"] as const] : [],
    ["Issuer", entry.issuer],
    ["Client", `${client.clientId} (${REGISTRATION[client.approach]}, ${client.tokenAuthMethod})`],
    ...isManaged(entry) ? [["Registration", "can be managed: mcpass oauth client"] as const] : [],
    ...certificateRow(entry),
    ["Scope", entry.grantedScope ?? "none named"],
    ["Resource", entry.resource ?? "not sent"],
    ["Protocol", entry.protocolVersion],
    ["Secrets", entry.secretsIn === "keyring" ? "sealed by the keyring" : "in the entry's file"],
    ...relaxed.length === 0 ? [] : [["Relaxed", relaxed.join(", ")] as const],
    ...journal === undefined
      ? []
      : [["Refresh", `begun ${journal.startedAt} and cut off; tried once more next time`] as const],
    ...checkText(check),
  ];
}

export function statusText(entries: readonly StatusEntry[], view: View, now: number): string {
  const blocks = entries.map((it) => {
    const rows = detailRows(it, now).map(([label, text]): Field => [label, shown(text, view)]);
    return [view.style.bold(shown(it.entry.serverUrl, view)), ...fields(rows, view.width)]
      .join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

const HEAD = ["Server", "Account", "Expires", "Renewable", "Issuer", "Scope", "Notes"];

/** Sign-ins as a table with one line each, or a few lines each if the terminal is too narrow. */
export function statusTable(entries: readonly StatusEntry[], view: View, now: number): string {
  const rows = entries.map(({ entry, state, check }) =>
    [
      entry.serverUrl,
      entry.account,
      stateText(state, entry.tokens, now).split(" (", 1)[0] ?? "",
      isRenewable(entry) ? "yes" : "no",
      entry.issuer,
      entry.grantedScope ?? "-",
      [
        entry.secretsIn,
        ...relaxationTexts(entry.relaxations).map((text) => text.split(" ", 1)[0] ?? ""),
        ...entry.journal === undefined ? [] : ["refresh cut off"],
        ...check === undefined ? [] : [checkText(check)[0]?.[1] ?? ""],
      ].join(", "),
    ].map((cell) => shown(cell, view))
  );
  const widths = HEAD.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => [...row[at] ?? ""].length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ").trimEnd();
  const wide = widths.reduce((sum, columns) => sum + columns + 2, -2);
  const lines = wide <= view.width
    ? [view.style.bold(line(HEAD)), ...rows.map(line)]
    : rows.flatMap(
      ([server = "", ...cells]) => [
        view.style.bold(server),
        ...wrap(
          cells.map((cell, at) => `${HEAD[at + 1]?.toLowerCase()} ${cell}`).join(" · "),
          view.width,
          "  ",
        ),
      ],
    );
  return `${lines.join("\n")}\n`;
}
