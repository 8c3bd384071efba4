/** Looking for secrets in a text, through encodings within encodings. @module */

import type { Pieces } from "../core/pieces.ts";
import {
  base64Runs,
  decodeRuns,
  hexRuns,
  IN_BASE64,
  IN_HEX,
  type Run,
  type RunEncoding,
  SEPARATOR,
} from "./encoded_runs.ts";
import {
  type EscapeKind,
  escapeKinds,
  joinLines,
  type ResolvedText,
  resolveEscapes,
} from "./escapes.ts";
import { type Match, type Matcher, wholeBase64 } from "./matcher.ts";

/** How far encodings within encodings are followed. */
interface Layers {
  readonly escapes: number;
  readonly base64: number;
  /** The only kind of escapes that is resolved; all without it. */
  readonly kind?: EscapeKind;
  /** True where lines were joined, or need not be. */
  readonly isJoined: boolean;
}

const LAYERS: Layers = { escapes: 4, base64: 3, isJoined: false };
const ONE_KIND: Layers = { escapes: 3, base64: 0, isJoined: true };
const ESCAPES_IN_RUN = 2;

const PRINTABLE = /^[\t\r\n\x20-\x7e]*$/;

interface Search {
  readonly matcher: Matcher;
  /** Characters of the shortest secret. */
  readonly shortest: number;
}

function* find(text: string, search: Search, layers: Layers): Pieces<Match[]> {
  yield;
  const found = search.matcher.matchesIn(text);
  yield;
  return found.concat(
    layers.base64 > 0 ? yield* findInRuns(text, search, layers.base64 - 1) : [],
    yield* findInEscapes(text, search, layers),
    layers.isJoined ? [] : yield* findInLines(text, search, layers),
  );
}

function* findInRuns(text: string, search: Search, base64: number): Pieces<Match[]> {
  const { matcher: { wholeWords }, shortest } = search;
  // The decoded text has to be as long as a secret.
  const inBase64 = base64Runs(text, wholeWords)
    .filter(([run]) => wholeWords || run.length * 3 >= shortest * 4);
  const inHex = hexRuns(text).filter(([run]) => wholeWords || run.length >= shortest * 2);
  yield;
  const found = yield* findDecoded(inBase64, search, base64, IN_BASE64);
  return [
    ...found.map((match) => wholeBase64(text, match, match.start)),
    ...yield* findDecoded(inHex, search, base64, IN_HEX),
  ];
}

function* findDecoded(
  runs: readonly Run[],
  search: Search,
  base64: number,
  encoding: RunEncoding,
): Pieces<Match[]> {
  if (runs.length === 0) return [];
  const { alignments, nested } = encoding;
  const found: Match[] = [];
  for (const [from, to, inner] of [[0, nested, base64], [nested, alignments, 0]] as const) {
    if (from === to) continue;
    const all = decodeRuns(runs, encoding, from, to);
    // A short word occurs by chance in what is not base64 at all.
    const text = search.matcher.wholeWords
      ? all.split(SEPARATOR).map((part) => PRINTABLE.test(part) ? part : "").join(SEPARATOR)
      : all;
    const layers = { escapes: ESCAPES_IN_RUN, base64: inner, isJoined: true };
    const matches = (yield* find(text, search, layers)).sort((a, b) => a.start - b.start);
    let part = 0;
    let end = text.indexOf(SEPARATOR);
    for (const { start, mask } of matches) {
      while (end !== -1 && start > end) {
        part += 1;
        end = text.indexOf(SEPARATOR, end + 1);
      }
      const run = runs[Math.floor(part / (to - from))];
      if (run !== undefined) {
        found.push({ start: run.index, end: run.index + run[0].length, mask });
      }
    }
  }
  return found;
}

/** Matches of a text without its escapes, where they are in the text that it was made from. */
function withOrigins(matches: readonly Match[], { origins }: ResolvedText): Match[] {
  return matches.map(({ start, end, mask }) => (
    { start: origins[start] ?? 0, end: origins[end] ?? origins.at(-1) ?? 0, mask }
  ));
}

function* findInEscapes(text: string, search: Search, layers: Layers): Pieces<Match[]> {
  const resolved = layers.escapes === 0 ? undefined : resolveEscapes(text, layers.kind);
  if (resolved === undefined) return [];
  const inner = { ...layers, escapes: layers.escapes - 1 };
  return withOrigins(yield* find(resolved.text, search, inner), resolved);
}

/** Matches in base64 and hexadecimal that an encoder broke into lines. */
function* findInLines(text: string, search: Search, { base64 }: Layers): Pieces<Match[]> {
  const joined = joinLines(text);
  if (joined === undefined) return [];
  const { origins } = joined;
  const inner = yield* find(joined.text, search, { escapes: 0, base64, isJoined: true });
  // A match that ends at a line break leaves the break as it is.
  return inner.map(({ start, end, mask }) => (
    { start: origins[start] ?? 0, end: (origins[end - 1] ?? 0) + 1, mask }
  ));
}

/** Every match; also where a secret holds what looks like another kind of escape. */
export function* findSecrets(text: string, search: Search): Pieces<Match[]> {
  if (search.matcher.isEmpty()) return [];
  const kinds = escapeKinds(text);
  const found = yield* find(text, search, LAYERS);
  if (kinds.length < 2) return found;
  const more: Match[][] = [];
  for (const kind of kinds) more.push(yield* findInEscapes(text, search, { ...ONE_KIND, kind }));
  return found.concat(...more);
}
