/** Whether values that have to be secret can be guessed from others (RFC 6749 §10.10). @module */

import { decodedPart } from "../../oauth/common/jwt_claims.ts";

/** 128 bits in base64url. */
const MIN_LENGTH = 22;

/** A JWT is protected by its signature, so equal parts are no deviation. */
const isJwt = (value: string): boolean => decodedPart(value.split(".")[0] ?? "") !== undefined;

function commonPrefix(values: readonly string[]): number {
  const [first = "", ...rest] = values;
  let length = 0;
  while (length < first.length && rest.every((it) => it.at(length) === first.at(length))) {
    length += 1;
  }
  return length;
}

const reversed = (text: string): string => [...text].reverse().join("");

/** What is too short or the same in all values; undefined if they cannot be guessed. */
export function guessableFault(values: readonly string[]): string | undefined {
  const opaque = [...new Set(values)].filter((it) => it !== "" && !isJwt(it));
  const shortest = Math.min(...opaque.map(({ length }) => length));
  if (opaque.length === 0) return undefined;
  if (shortest < MIN_LENGTH) return `${shortest} characters, expected ${MIN_LENGTH} or more`;
  if (opaque.length === 1) return undefined;
  const same = commonPrefix(opaque) + commonPrefix(opaque.map(reversed));
  const differing = shortest - same;
  return differing < MIN_LENGTH
    ? `only ${Math.max(differing, 0)} characters of ${opaque.length} values differ`
    : undefined;
}
