/** Readers of flag values that are not URLs. @module */

import { isPrintable, isScopeToken, quoted } from "../../core/text.ts";
import { type Parsed, type Parser, problem } from "../command/parsed.ts";
import { nearest } from "./suggest.ts";

const MOST_MILLISECONDS = 2 ** 31 - 1;

export function text(given: string): Parsed<string> {
  return given.trim() === "" ? problem("the value is empty") : { value: given };
}

/** Milliseconds: a whole number from 1 on. */
export function milliseconds(given: string): Parsed<number> {
  const value = /^[1-9]\d*$/.test(given) ? Number(given) : NaN;
  if (value <= MOST_MILLISECONDS) return { value };
  return problem(
    `${quoted(given, 40)} is no number of milliseconds`,
    `Give a whole number from 1 to ${MOST_MILLISECONDS}, such as 30000 for half a minute`,
  );
}

export function port(given: string): Parsed<number> {
  const value = /^[1-9]\d*$/.test(given) ? Number(given) : NaN;
  return value <= 65_535
    ? { value }
    : problem(`${quoted(given, 40)} is no port`, "Give a whole number from 1 to 65535");
}

export function choice<T extends string>(choices: readonly T[]): Parser<T> {
  const parse = (given: string): Parsed<T> => {
    const value = choices.find((candidate) => candidate === given);
    if (value !== undefined) return { value };
    const meant = nearest(given, choices);
    return problem(
      `${quoted(given, 40)} is none of ${choices.join(", ")}`,
      meant === undefined ? undefined : `Did you mean ${meant}?`,
    );
  };
  return Object.assign(parse, { choices });
}

/** Scopes between spaces (RFC 6749 §3.3), repeated ones once. */
export function scopes(given: string): Parsed<readonly string[]> {
  const tokens = given.split(" ").filter((token) => token !== "");
  if (tokens.length === 0) return problem("the value is empty");
  const wrong = tokens.find((token) => !isScopeToken(token));
  if (wrong === undefined) return { value: [...new Set(tokens)] };
  return problem(
    `${quoted(wrong, 60)} is no scope (RFC 6749 §3.3)`,
    'Write scopes between spaces, without quotes inside: --scopes "read write"',
  );
}

/** A file path, or `-` where the flag allows it. */
export function path(given: string): Parsed<string> {
  if (given.trim() === "") return problem("the path is empty");
  return given.includes("\0") ? problem("the path holds a NUL character") : { value: given };
}

export function outputPath(given: string): Parsed<string> {
  return given === "-"
    ? problem("standard output carries the result alone", "Name a file")
    : path(given);
}

export function program(given: string): Parsed<string> {
  return given.trim() === "" || /[\0\r\n]/.test(given)
    ? problem("the value is no program", "Name a program, such as --browser firefox")
    : { value: given };
}

/** An identifier that is shown: printable characters only. */
export function identifier(given: string): Parsed<string> {
  if (given.trim() === "") return problem("the value is empty");
  return isPrintable(given)
    ? { value: given }
    : problem(`${quoted(given, 60)} holds a character that cannot be shown`);
}
