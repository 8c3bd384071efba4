/** `oauth token --decode`: the header and claims of an access token, and what is wrong with them. @module */

import { commandText, type PrintedCommand, withCommand } from "../../../core/command_text.ts";
import type { Judgement } from "../../../core/finding.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import { formatPeriod } from "../../../core/quantities.ts";
import { decodedPart, unverifiedClaims } from "../../../oauth/common/jwt_claims.ts";
import { claimTimes } from "../../../oauth/common/jwt_text.ts";
import { canonicalResource } from "../../../oauth/mcp/resource.ts";
import { judgeAccessToken } from "../../../oauth/token/access_token_claims.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import {
  findingsText,
  type Row,
  rowsText,
  safeText,
  type View,
} from "../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";

export interface DecodedToken {
  readonly serverUrl: string | null;
  /** Null for a token from a file. */
  readonly account: string | null;
  readonly format: "jwt" | "jwe" | "opaque";
  readonly header: JsonObject | null;
  readonly claims: JsonObject | null;
  /** `exp`, `iat`, `nbf` and `auth_time` as ISO 8601. */
  readonly times: Readonly<Record<string, string>>;
  readonly tokenType: string | null;
  readonly scope: string | null;
  readonly clientId: string | null;
  readonly issuer: string | null;
  readonly resource: string | null;
  readonly expiresAt: string | null;
  readonly findings: readonly Judgement[];
}

function refreshCommand(entry: StoredEntry): PrintedCommand {
  return { line: commandText("refresh", signInOptions(entry)) };
}

/** @param entry The sign-in that the token was issued for; undefined if it is unknown. */
export function decodeToken(
  token: string,
  serverUrl: string | undefined,
  entry: StoredEntry | undefined,
  now: number,
): DecodedToken {
  const parts = token.split(".");
  const claims = unverifiedClaims(token) ?? null;
  const first = parts.length === 3 || parts.length === 5 ? decodedPart(parts[0] ?? "") : undefined;
  const header = first ?? null;
  const isEncrypted = parts.length === 5 && header !== null;
  const expiresAt = entry?.tokens?.expiresAt ?? null;
  const expected = {
    issuers: entry === undefined ? [] : [entry.issuer],
    clientId: entry?.client.clientId ?? null,
    sendsProof: entry === undefined || entry.dpopKey !== undefined ||
      entry.certificateAtServer === true,
    resources: [entry?.resource, serverUrl === undefined ? undefined : canonicalResource(serverUrl)]
      .filter((value) => typeof value === "string"),
    requestedScopes: entry?.requestedScopes ?? [],
    hasRefreshToken: Boolean(entry?.tokens?.refreshToken),
  };
  return {
    serverUrl: serverUrl ?? null,
    account: entry?.account ?? null,
    format: claims !== null ? "jwt" : isEncrypted ? "jwe" : "opaque",
    header: claims === null && !isEncrypted ? null : header,
    claims,
    times: claimTimes(claims ?? {}),
    tokenType: entry?.tokens?.tokenType ?? null,
    scope: entry?.grantedScope ?? null,
    clientId: expected.clientId,
    issuer: entry?.issuer ?? null,
    resource: entry?.resource ?? null,
    expiresAt,
    findings: judgeAccessToken({ header, claims, expiresAt }, expected, now).map((judgement) =>
      entry !== undefined && judgement.code === "token_expiry_failed"
        ? { ...judgement, remedy: withCommand("Refresh it", refreshCommand(entry)) }
        : judgement
    ),
  };
}

/** `2026-11-30T14:09:41.000Z, in 42 minutes`. */
function timeText(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const relative = seconds >= 0 ? `in ${formatPeriod(seconds)}` : `${formatPeriod(-seconds)} ago`;
  return `${iso}, ${relative}`;
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  const isTexts = Array.isArray(value) && value.every((it) => typeof it === "string");
  return isTexts ? value.join(", ") : JSON.stringify(value);
}

function memberLines(
  title: string,
  object: JsonObject | null,
  times: ReadonlyMap<string, string>,
  view: View,
  now: number,
): string[] {
  if (object === null) return [];
  const rows = Object.entries(object).map(([name, value]): Field => {
    const time = times.get(name);
    const text = valueText(value);
    const shown = time === undefined ? text : `${text} (${timeText(time, now)})`;
    return [`  ${safeText(name, view, 60)}`, safeText(shown, view)];
  });
  return ["", view.style.bold(title), ...fields(rows, view.width)];
}

const INTRO = {
  jwt: "The access token is a JWT. Its signature was not checked.",
  jwe: "The access token is an encrypted JWT: only the server can read its claims.",
  opaque: "The access token is opaque: only its issuer and the server can read it.",
};

export function decodedTokenText(shown: object, view: View, now: number): string {
  const decoded = shown as DecodedToken;
  const { format, header, claims, times, findings, expiresAt } = decoded;
  const known = new Map(Object.entries(isObject(times) ? times : {}));
  const unreadable: Row[] = [
    ["Issuer", decoded.issuer],
    ["Resource", decoded.resource],
    ["Client", decoded.clientId],
    ["Scope", decoded.scope],
    ["Expires", expiresAt === null ? null : timeText(expiresAt, now)],
  ];
  const rows: Row[] = [
    ["Server", decoded.serverUrl],
    ["Account", decoded.account],
    ["Token type", decoded.tokenType],
    ...claims === null ? unreadable : [],
  ];
  const signIn = rowsText(rows.map(([label, value]) => [`  ${label}`, value]), view);
  const nothing = format === "jwt" ? "Nothing is wrong with these claims" : "It has not expired";
  const verdict = findings.length > 0
    ? findingsText(findings, view)
    : format !== "jwt" && expiresAt === null
    ? []
    : wrap(`${nothing}; only the server decides whether it accepts the token.`, view.width);
  return `${
    [
      ...wrap(INTRO[format], view.width),
      ...memberLines("Header", header, new Map(), view, now),
      ...memberLines("Claims", claims, known, view, now),
      ...signIn.length === 0 ? [] : ["", view.style.bold("Sign-in"), ...signIn],
      ...verdict.length === 0 ? [] : ["", ...verdict],
    ].join("\n")
  }\n`;
}
