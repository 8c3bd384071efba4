/** `WWW-Authenticate` challenges (RFC 9110 §11.6.1). No header that a server sends can throw or hang. @module */

import { missingScopes, parseScope } from "./scope.ts";

export interface Challenge {
  /** As the server wrote it; empty if it is missing. */
  readonly scheme: string;
  /** In order, repeated ones too; names in lower case. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly token68?: string;
}

/** How a header broke the grammar; mcpass understood it anyway. */
export type ChallengeFault =
  | "scheme_missing"
  | "bare_url"
  | "unquoted_value"
  | "single_quotes"
  | "comma_missing"
  | "quote_not_closed"
  | "json"
  | "unreadable";

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const SEPARATORS = /[ \t,;]*/y;
const LOOSE_VALUE = /[^\s,"]+/y;
/** `a='b, Basic c='d` is legal, since single quotes are token characters: no `=` may be between quotes. */
const SINGLE_QUOTED = /'([^'"=]*|[^',"]*)'(?=[ \t,;]|$)/y;

interface Draft extends Challenge {
  readonly parameters: [name: string, value: string][];
  token68?: string;
}

interface Reader {
  readonly text: string;
  at: number;
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0] ?? "";
  reader.at += found.length;
  return found;
}

function takeQuoted(reader: Reader, faults: Set<ChallengeFault>): string {
  let value = "";
  reader.at += 1;
  while (reader.at < reader.text.length) {
    const character = reader.text[reader.at] ?? "";
    reader.at += 1;
    if (character === '"') return value;
    if (character === "\\" && reader.at < reader.text.length) {
      value += reader.text[reader.at];
      reader.at += 1;
    } else {
      value += character;
    }
  }
  faults.add("quote_not_closed");
  return value;
}

function takeValue(reader: Reader, faults: Set<ChallengeFault>): string {
  const first = reader.text[reader.at];
  if (first === '"') return takeQuoted(reader, faults);
  if (first === "'") {
    const whole = take(reader, SINGLE_QUOTED);
    if (whole !== "") {
      faults.add("single_quotes");
      return whole.slice(1, -1);
    }
  }
  const start = reader.at;
  const token = take(reader, TOKEN);
  const next = reader.text[reader.at];
  if (token !== "" && (next === undefined || /[ \t,;]/.test(next))) return token;
  reader.at = start;
  faults.add("unquoted_value");
  return take(reader, LOOSE_VALUE).replace(/;$/, "");
}

/** Skips an item that cannot be read, to the next comma outside quotes. */
function skipItem(reader: Reader): void {
  while (reader.at < reader.text.length && reader.text[reader.at] !== ",") {
    if (reader.text[reader.at] === '"') takeQuoted(reader, new Set());
    else reader.at += 1;
  }
}

/** Skips a JSON value, whose commas and quotes are not the header's. */
function skipJson(reader: Reader): void {
  let depth = 0;
  do {
    const character = reader.text[reader.at] ?? "";
    if (character === '"') {
      takeQuoted(reader, new Set());
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    reader.at += 1;
  } while (depth > 0 && reader.at < reader.text.length);
}

export function parseChallenges(
  header: string,
): { readonly challenges: readonly Challenge[]; readonly faults: readonly ChallengeFault[] } {
  const challenges: Draft[] = [];
  const faults = new Set<ChallengeFault>();
  const reader: Reader = { text: header, at: 0 };
  const begin = (scheme: string): Draft => {
    const challenge: Draft = { scheme, parameters: [] };
    challenges.push(challenge);
    return challenge;
  };
  const current = (): Draft => {
    const last = challenges.at(-1);
    if (last !== undefined && last.token68 === undefined) return last;
    faults.add("scheme_missing");
    return begin("");
  };
  let isAfterParameter = false;
  while (true) {
    const separators = take(reader, SEPARATORS);
    if (reader.at >= header.length) break;
    if (separators.includes(";") || (isAfterParameter && !separators.includes(","))) {
      faults.add("comma_missing");
    }
    isAfterParameter = false;
    if (header[reader.at] === "{" || header[reader.at] === "[") {
      faults.add("json");
      skipJson(reader);
      continue;
    }
    const start = reader.at;
    const name = take(reader, TOKEN);
    if (name === "") {
      faults.add("unreadable");
      skipItem(reader);
      continue;
    }
    const space = take(reader, SPACE);
    const next = header[reader.at];
    if (next === "=") {
      reader.at += 1;
      take(reader, SPACE);
      current().parameters.push([name.toLowerCase(), takeValue(reader, faults)]);
      isAfterParameter = true;
      continue;
    }
    if (next === undefined || next === ",") {
      begin(name);
      continue;
    }
    if (space === "") {
      reader.at = start;
      const item = take(reader, LOOSE_VALUE);
      if (/^https?:\/\//i.test(item)) {
        faults.add("bare_url");
        current().parameters.push(["resource_metadata", item]);
      } else {
        faults.add("unreadable");
        reader.at = start;
        skipItem(reader);
      }
      continue;
    }
    const challenge = begin(name);
    const token68 = take(reader, TOKEN68);
    if (token68 !== "") challenge.token68 = token68;
  }
  return { challenges, faults: [...faults] };
}

function challengeValues(challenge: Challenge, name: string): string[] {
  return challenge.parameters.filter(([key]) => key === name).map(([, value]) => value);
}

export interface BearerChallenge {
  /** `Bearer`, `DPoP`, another scheme, or empty. */
  readonly scheme: string;
  /** The first five `resource_metadata` values, the preferred challenge's first (RFC 9728 §5.1). */
  readonly resourceMetadata: readonly string[];
  readonly scope?: readonly string[] | undefined;
  readonly scopeCommas: boolean;
  readonly error?: string | undefined;
  readonly errorDescription?: string | undefined;
  /** `algs` of the first DPoP challenge (RFC 9449 §7.1), not empty. */
  readonly dpopAlgorithms?: readonly string[] | undefined;
}

/** Schemes that carry an OAuth access token, preferred first. */
const TOKEN_SCHEMES: readonly string[] = ["bearer", "dpop", ""];

/**
 * Prefers Bearer to DPoP to a challenge without a scheme, then one that names resource metadata. Only
 * resource metadata is also read from the other challenges, as further candidates.
 */
export function chooseChallenge(challenges: readonly Challenge[]): BearerChallenge | undefined {
  const metadataOf = (challenge: Challenge) => challengeValues(challenge, "resource_metadata");
  const rankOf = ({ scheme }: Challenge) => {
    const rank = TOKEN_SCHEMES.indexOf(scheme.toLowerCase());
    return rank === -1 ? TOKEN_SCHEMES.length : rank;
  };
  const ranked = challenges
    .filter((it) => rankOf(it) < TOKEN_SCHEMES.length || metadataOf(it).length > 0)
    .sort((a, b) => rankOf(a) - rankOf(b) || metadataOf(b).length - metadataOf(a).length);
  const [chosen] = ranked;
  if (chosen === undefined) return undefined;
  const [scope] = challengeValues(chosen, "scope");
  const scopeCommas = scope?.includes(",") ?? false;
  const bound = challenges.find(({ scheme }) => scheme.toLowerCase() === "dpop");
  const algs = bound && challengeValues(bound, "algs")[0]?.split(/[\s,]+/).filter(Boolean);
  return {
    scheme: chosen.scheme,
    resourceMetadata: [...new Set(ranked.flatMap(metadataOf))].slice(0, 5),
    scopeCommas,
    scope: scope?.split(scopeCommas ? /[\s,]+/ : /\s+/).filter(Boolean),
    error: challengeValues(chosen, "error")[0],
    errorDescription: challengeValues(chosen, "error_description")[0],
    dpopAlgorithms: algs?.length ? algs : undefined,
  };
}

/** True for a header that asks for an OAuth token: by its scheme, or by `resource_metadata` (RFC 9728 §5.1). */
export function isOAuthChallenge(header: string | null): boolean {
  const challenge = header === null
    ? undefined
    : chooseChallenge(parseChallenges(header).challenges);
  return challenge !== undefined &&
    (challenge.scheme !== "" || challenge.resourceMetadata.length > 0);
}

/**
 * True if a challenge asks for more scope: with `insufficient_scope`, or with a scope that the token does
 * not have, whatever `error` says.
 *
 * @param granted Null if it is unknown; then the requested scopes count.
 */
export function asksForScope(
  challenge: Pick<BearerChallenge, "error" | "scope"> | undefined,
  granted: string | null,
  requested: readonly string[] = [],
): boolean {
  const held = granted === null ? requested : parseScope(granted);
  return challenge?.error === "insufficient_scope" ||
    missingScopes(challenge?.scope ?? [], held, true).length > 0;
}
