/**
 * The flags of a command as a table: names, help text and parsers.
 * @module
 */

import { type Parser, type Problem, problem } from "./parsed.ts";

export interface Flag<T> {
  /** As the help shows it: `-q, --quiet` or `--url <url>`. */
  readonly flags: string;
  readonly about: string;
  readonly group: string;
  /** Whether a value follows, and whether the flag can be repeated. */
  readonly kind: "value" | "list" | "toggle";
  /** True when `MCPASS_<FLAG>` may set it; never for a flag that relaxes a check. */
  readonly env: boolean;
  /** True for a value that relaxes a check: a variable must not set it. */
  relaxes?(value: T): boolean;
  /** True when no output may repeat the value. */
  readonly secret: boolean;
  /** The value without the flag. */
  readonly absent: T;
  /** The only valid texts, if the value is one of a list. */
  readonly choices?: readonly string[];
  /** Parses the texts into the value; only a `list` has more than one text. */
  read(texts: readonly string[]): { readonly value: T } | Problem;
}

export interface FlagExtras<T = never> {
  /** By default true for a flag with a value; false for one that relaxes a check. */
  readonly env?: boolean;
  readonly secret?: boolean;
  /** Values that only the flag may set; none by default. */
  readonly relaxes?: (value: T) => boolean;
}

/** The flags of a command by the name of the option they set. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

export type OptionsOf<F extends FlagTable> = {
  readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never;
};

export function value<T>(
  group: string,
  flags: string,
  about: string,
  parse: Parser<T>,
  extras: FlagExtras<T> = {},
): Flag<T | undefined> {
  const { relaxes } = extras;
  return {
    ...relaxes === undefined
      ? {}
      : { relaxes: (given: T | undefined) => given !== undefined && relaxes(given) },
    flags,
    about,
    group,
    kind: "value",
    absent: undefined,
    env: extras.env ?? true,
    secret: extras.secret ?? false,
    ...(parse.choices === undefined ? {} : { choices: parse.choices }),
    read: ([text = ""]) => parse(text),
  };
}

/** A flag with a value that may be repeated; the variable holds one value a line. */
export function list<T>(
  group: string,
  flags: string,
  about: string,
  parse: Parser<T>,
  extras: FlagExtras = {},
): Flag<readonly T[]> {
  return {
    flags,
    about,
    group,
    kind: "list",
    absent: [],
    env: extras.env ?? true,
    secret: extras.secret ?? false,
    read: (texts) => {
      const values: T[] = [];
      for (const text of texts) {
        const parsed = parse(text);
        if ("problem" in parsed) return parsed;
        values.push(parsed.value);
      }
      return { value: values };
    },
  };
}

const TRUTH = new Map([["1", true], ["true", true], ["0", false], ["false", false]]);

/** A flag without a value; its variable, if it has one, is 1, true, 0 or false. */
export function toggle(
  group: string,
  flags: string,
  about: string,
  { env = false }: Pick<FlagExtras, "env"> = {},
): Flag<boolean> {
  return {
    flags,
    about,
    group,
    kind: "toggle",
    absent: false,
    env,
    secret: false,
    read([text = ""]) {
      const value = text === "" ? true : TRUTH.get(text.toLowerCase());
      return value === undefined
        ? problem("the value must be one of: 1, true, 0, false")
        : { value };
    },
  };
}

/** `--url` of `-u, --url <url>`. */
export function longName(flag: Flag<unknown>): string {
  return /--[a-z][a-z0-9-]*/.exec(flag.flags)?.[0] ?? flag.flags;
}

/** The flags in an argument: `-q` and `-v` for `-qv`. */
export function flagNamesIn(word: string): string[] {
  return /^-[^-]/.test(word) ? Array.from(word.slice(1), (letter) => `-${letter}`) : [word];
}

/** `MCPASS_URL` of `--url <url>`. */
export function variableName(flag: Flag<unknown>): string {
  return `MCPASS_${longName(flag).slice(2).replaceAll("-", "_").toUpperCase()}`;
}
