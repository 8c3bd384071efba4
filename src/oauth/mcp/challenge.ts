/** `WWW-Authenticate` challenges (RFC 9110 §11.6.1). No header that a server sends can throw or hang. @module */

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

export interface ChallengeHeader {
  readonly challenges: readonly Challenge[];
  readonly faults: readonly ChallengeFault[];
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const SEPARATORS = /[ \t,;]*/y;
const LOOSE_VALUE = /[^\s,"]+/y;
/** `a='b, Basic c='d` is legal, since single quotes are token characters: no `=` may be between quotes. */
const SINGLE_QUOTED = /'([^'"=]*|[^',"]*)'(?=[ \t,;]|$)/y;

interface Draft {
  scheme: string;
  parameters: [string, string][];
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

export function parseChallenges(header: string): ChallengeHeader {
  const challenges: Draft[] = [];
  const faults = new Set<ChallengeFault>();
  const reader: Reader = { text: header, at: 0 };
  const current = (): Draft => {
    const last = challenges.at(-1);
    if (last !== undefined && last.token68 === undefined) return last;
    faults.add("scheme_missing");
    const anonymous: Draft = { scheme: "", parameters: [] };
    challenges.push(anonymous);
    return anonymous;
  };
  let afterParameter = false;
  while (true) {
    const separators = take(reader, SEPARATORS);
    if (reader.at >= header.length) break;
    if (separators.includes(";") || (afterParameter && !separators.includes(","))) {
      faults.add("comma_missing");
    }
    if (header[reader.at] === "{" || header[reader.at] === "[") {
      faults.add("json");
      skipJson(reader);
      afterParameter = false;
      continue;
    }
    const start = reader.at;
    const name = take(reader, TOKEN);
    if (name === "") {
      faults.add("unreadable");
      skipItem(reader);
      afterParameter = false;
      continue;
    }
    const space = take(reader, SPACE);
    const next = header[reader.at];
    if (next === "=") {
      reader.at += 1;
      take(reader, SPACE);
      current().parameters.push([name.toLowerCase(), takeValue(reader, faults)]);
      afterParameter = true;
      continue;
    }
    afterParameter = false;
    if (next === undefined || next === ",") {
      challenges.push({ scheme: name, parameters: [] });
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
    const challenge: Draft = { scheme: name, parameters: [] };
    challenges.push(challenge);
    const token68 = take(reader, TOKEN68);
    if (token68 !== "") challenge.token68 = token68;
  }
  return { challenges, faults: [...faults] };
}

export function challengeValues(challenge: Challenge, name: string): string[] {
  return challenge.parameters.filter(([key]) => key === name).map(([, value]) => value);
}

export interface BearerChallenge {
  /** `Bearer`, `DPoP`, another scheme, or empty. */
  readonly scheme: string;
  /** The first five `resource_metadata` values, the preferred challenge's first (RFC 9728 §5.1). */
  readonly resourceMetadata: readonly string[];
  /** Scope tokens of the chosen challenge; undefined when it names none. */
  readonly scope?: readonly string[];
  readonly scopeCommas: boolean;
  readonly error?: string;
  readonly errorDescription?: string;
  /** `algs` of the first DPoP challenge (RFC 9449 §7.1); undefined when it names none. */
  readonly dpopAlgorithms?: readonly string[];
}

const MOST_METADATA = 5;

/** Schemes that carry an OAuth access token, preferred first. */
const TOKEN_SCHEMES: readonly string[] = ["bearer", "dpop", ""];

/**
 * Prefers Bearer to DPoP to a challenge without a scheme, then one that names resource metadata. Only
 * resource metadata is also read from the other challenges, as further candidates.
 */
export function chooseChallenge(challenges: readonly Challenge[]): BearerChallenge | undefined {
  const metadataOf = (challenge: Challenge) => challengeValues(challenge, "resource_metadata");
  const ranked = challenges
    .map((challenge) => ({
      challenge,
      rank: TOKEN_SCHEMES.indexOf(challenge.scheme.toLowerCase()),
    }))
    .filter(({ challenge, rank }) => rank >= 0 || metadataOf(challenge).length > 0)
    .map((entry) => ({ ...entry, rank: entry.rank < 0 ? TOKEN_SCHEMES.length : entry.rank }))
    .sort((a, b) =>
      a.rank - b.rank || metadataOf(b.challenge).length - metadataOf(a.challenge).length
    );
  const chosen = ranked[0]?.challenge;
  if (chosen === undefined) return undefined;
  const scope = challengeValues(chosen, "scope")[0];
  const error = challengeValues(chosen, "error")[0];
  const errorDescription = challengeValues(chosen, "error_description")[0];
  const bound = challenges.find(({ scheme }) => scheme.toLowerCase() === "dpop");
  const algs = bound && challengeValues(bound, "algs")[0]?.split(/[\s,]+/).filter(Boolean);
  const scopeCommas = scope !== undefined && scope.includes(",");
  return {
    scheme: chosen.scheme,
    resourceMetadata: [...new Set(ranked.flatMap(({ challenge }) => metadataOf(challenge)))]
      .slice(0, MOST_METADATA),
    scopeCommas,
    ...(scope === undefined
      ? {}
      : { scope: scope.split(scopeCommas ? /[\s,]+/ : /\s+/).filter((token) => token !== "") }),
    ...(error === undefined ? {} : { error }),
    ...(errorDescription === undefined ? {} : { errorDescription }),
    ...(algs?.length ? { dpopAlgorithms: algs } : {}),
  };
}
