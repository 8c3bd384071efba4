import { isSignInName } from "../../core/command_text.ts";
import { isPrintable, isScopeToken, quoted } from "../../core/text.ts";
import { type Parsed, type Parser, problem } from "../command/flag.ts";
import { nearest } from "../../core/edit_distance.ts";

/** The value in quotes, unless it may contain a password (before `@`). */
export function quotedUnlessSecret(text: string, limit?: number): string {
  return text.includes("@") ? "the value" : quoted(text, limit);
}

export function text(text: string): Parsed<string> {
  return text.trim() === "" ? problem("the value is empty") : { value: text };
}

export function wholeNumber(noun: string, max: number, example = ""): Parser<number> {
  return (text) => {
    const value = /^[1-9]\d*$/.test(text) ? Number(text) : NaN;
    if (value <= max) return { value };
    const remedy = `Use a whole number from 1 to ${max}${example}`;
    return problem(`${quotedUnlessSecret(text, 40)} is not a ${noun}`, remedy);
  };
}

export const milliseconds: Parser<number> = wholeNumber(
  "number of milliseconds",
  2 ** 31 - 1,
  ", such as 30000 for 30 seconds",
);

/** Of 1024 × 1024 bytes. */
export const megabytes: Parser<number> = wholeNumber("number of megabytes", 4096);

/** Of a pause: up to an hour. */
export const seconds: Parser<number> = wholeNumber("number of seconds", 3600);

const UNITS_MS = new Map([["m", 60_000], ["h", 3_600_000], ["d", 86_400_000]]);

/** Milliseconds of a text such as `30m`; undefined if it is not a period. */
export function periodMs(text: string): number | undefined {
  const [, count = "", unit = ""] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const size = UNITS_MS.get(unit);
  return size === undefined ? undefined : Number(count) * size;
}

/** Minutes, hours or days, as milliseconds. @param longest Such as `7d`. */
export function period(longest: string): Parser<number> {
  return (text) => {
    const value = periodMs(text);
    if (value !== undefined && value <= (periodMs(longest) ?? 0)) return { value };
    const remedy = `Use minutes, hours or days, such as 30m, 24h or 7d, up to ${longest}`;
    return problem(`${quotedUnlessSecret(text, 40)} is not a period`, remedy);
  };
}

export const port: Parser<number> = wholeNumber("port", 65_535);

/** What other programs call a value. */
const SYNONYMS = new Map([
  ...["text", "plain", "table", "pretty"].map((it) => [it, "human"] as const),
  ["human", "text"],
  ["markdown", "md"],
  ["dynamic", "dcr"],
  ["static", "preregistered"],
  ["authorization_code", "interactive"],
  ["browser", "interactive"],
  ["device_code", "device"],
  ["bearer", "header"],
]);

export function choice<T extends string>(choices: readonly T[]): Parser<T> {
  const parse = (text: string): Parsed<T> => {
    const value = choices.find((candidate) => candidate === text);
    if (value !== undefined) return { value };
    const synonym = choices.find((candidate) => candidate === SYNONYMS.get(text.toLowerCase()));
    const suggestion = synonym ?? nearest(text, choices);
    return problem(
      `must be one of: ${choices.join(", ")}` +
        (text.includes("@") ? "" : `; it is ${quoted(text, 40)}`),
      suggestion === undefined ? undefined : `Did you mean ${suggestion}?`,
      suggestion,
    );
  };
  return Object.assign(parse, { choices });
}

export function scopes(text: string): Parsed<readonly string[]> {
  const tokens = text.split(" ").filter((token) => token !== "");
  if (tokens.length === 0) return problem("the value is empty");
  const wrong = tokens.find((token) => !isScopeToken(token));
  if (wrong === undefined) return { value: [...new Set(tokens)] };
  return problem(
    `${quoted(wrong, 60)} is not a valid scope (RFC 6749 §3.3)`,
    'Separate scopes with spaces: --scopes "read write"',
  );
}

function parsePath(text: string): Parsed<string> {
  if (text.trim() === "") return problem("the path is empty");
  return text.includes("\0") ? problem("the path contains a NUL character") : { value: text };
}

/** Of a file that mcpass reads. */
export const path: Parser<string> = Object.assign((text: string) => parsePath(text), {
  file: "read" as const,
});

/** Of a file that mcpass writes. */
export const outputPath: Parser<string> = Object.assign(
  (text: string) =>
    text === "-"
      ? problem("- (standard output) is reserved for the result", "Give the path of a file")
      : parsePath(text),
  { file: "written" as const },
);

export function program(text: string): Parsed<string> {
  return text.trim() === "" || /[\0\r\n]/.test(text)
    ? problem("the value is not a program", "Give a program, such as --browser firefox")
    : { value: text };
}

export function identifier(text: string): Parsed<string> {
  if (text.trim() === "") return problem("the value is empty");
  return isPrintable(text)
    ? { value: text }
    : problem(`${quoted(text, 60)} contains a control character`);
}

export function signInName(text: string): Parsed<string> {
  return isSignInName(text) ? { value: text } : problem(
    `${quotedUnlessSecret(text, 60)} is not a valid name`,
    "Use up to 40 lower-case letters, digits, - and _, such as linear or github-work",
  );
}

/** Parameters whose values a login chooses, or that would change how the code is received. */
const OWN_PARAMETERS = [
  ...["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "resource"],
  ...["code_challenge", "code_challenge_method", "dpop_jkt", "request", "request_uri"],
  ...["client_secret", "client_assertion", "client_assertion_type", "code", "code_verifier"],
];

const OWN_FLAGS: ReadonlyMap<string, string> = new Map([
  ["client_id", "--client-id"],
  ["redirect_uri", "--redirect-url"],
  ["scope", "--scopes"],
  ["resource", "--resource"],
]);

/** `key=value` (RFC 6749 §8.2). */
export function authorizeParam(text: string): Parsed<readonly [name: string, value: string]> {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z0-9._-]+$/.test(name)) {
    return problem(
      `${quoted(text, 60)} is not key=value`,
      "Use --authorize-param key=value, such as prompt=consent",
    );
  }
  // Some servers ignore case, and PHP reads "." as "_".
  const read = name.toLowerCase().replaceAll(".", "_");
  if (OWN_PARAMETERS.includes(read)) {
    const flag = OWN_FLAGS.get(read);
    return problem(
      `"${name}" is set by mcpass`,
      flag === undefined ? "Remove it" : `Use ${flag}`,
    );
  }
  const value = text.slice(at + 1);
  return isPrintable(value)
    ? { value: [name, value] }
    : problem(`the value of "${name}" is empty or contains a control character`);
}
