import { flagName } from "../../core/command_text.ts";

/** What is wrong with a text. Flags and prompts report it differently. */
export interface Problem {
  /** As it follows the flag's name: `"x" is not a number`. */
  readonly problem: string;
  /** What to write instead, as a sentence without a full stop. */
  readonly remedy?: string | undefined;
  /** The value that was probably meant. */
  readonly meant?: string | undefined;
}

export type Parsed<T> = { readonly value: T } | Problem;

export interface Parser<T> {
  (text: string): Parsed<T>;
  /** The only valid texts, if the value is one of a list. */
  readonly choices?: readonly string[];
  /** If the value is the path of a file: what mcpass does with it. */
  readonly file?: FileUse;
}

export type FileUse = "read" | "written";

export function problem(problem: string, remedy?: string, meant?: string): Problem {
  return { problem, remedy, meant };
}

/** A flag without its name and group: {@link flagGroup} adds both. */
interface UnnamedFlag<T> {
  readonly short?: string | undefined;
  /** Its value as the help shows it, such as `<url>`; absent for a toggle. */
  readonly placeholder?: string;
  readonly about: string;
  /** Whether a value follows, and whether the flag can be repeated. */
  readonly kind: "value" | "list" | "toggle";
  /** True when `MCPASS_<FLAG>` may set it; never for a flag that relaxes a check. */
  readonly env: boolean;
  /** True for a value that relaxes a check: a variable must not set it. */
  relaxes?(value: T): boolean;
  /** True when no output may repeat the value; if it is `stored`, only one with a password. */
  readonly secret: boolean;
  /** Stored with a sign-in, whose sign-in line repeats it; a path becomes absolute. */
  readonly stored?: "text" | "path" | undefined;
  /** The value without the flag. */
  readonly absent: T;
  readonly choices?: readonly string[] | undefined;
  readonly file?: FileUse | undefined;
  /** Of a value that can be left out, which is an empty text: whether a word is the value. */
  isValue?(word: string): boolean;
  /** Parses the texts into the value; only a `list` has more than one text. */
  read(texts: readonly string[]): Parsed<T>;
}

export interface Flag<T> extends UnnamedFlag<T> {
  /** As the help shows it: `-q, --quiet` or `--url <url>`. */
  readonly flags: string;
  readonly group: string;
}

interface FlagExtras {
  /** By default true for a flag with a value; false for one that relaxes a check. */
  readonly env?: boolean;
  readonly secret?: boolean;
  readonly short?: string;
  readonly stored?: "text" | "path";
}

/** The flags of a command by the name of the option they set. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

export type OptionsOf<F extends FlagTable> = {
  readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never;
};

export function value<T>(
  placeholder: string,
  about: string,
  parse: Parser<T>,
  { env = true, secret = false, short, stored }: FlagExtras = {},
): UnnamedFlag<T | undefined> {
  return {
    short,
    stored,
    placeholder,
    about,
    env,
    secret,
    choices: parse.choices,
    file: parse.file,
    kind: "value",
    absent: undefined,
    read: ([text = ""]) => parse(text),
  };
}

export function secretValue<T>(
  placeholder: string,
  about: string,
  parse: Parser<T>,
): UnnamedFlag<T | undefined> {
  return value(placeholder, about, parse, { secret: true });
}

/** A flag whose value can be left out. @param isValue Whether the next word is its value. */
export function optionalValue<T>(
  placeholder: string,
  about: string,
  parse: Parser<T>,
  isValue: (word: string) => boolean,
): UnnamedFlag<T | undefined> {
  return { ...value(placeholder, about, parse), isValue };
}

/** A flag with a value that can be repeated; the variable has one value on each line. */
export function list<T>(
  placeholder: string,
  about: string,
  parse: Parser<T>,
  { env = true, secret = false, stored }: FlagExtras = {},
): UnnamedFlag<readonly T[]> {
  return {
    stored,
    placeholder,
    about,
    env,
    secret,
    file: parse.file,
    kind: "list",
    absent: [],
    read(texts) {
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

const TRUTH = new Map([["", true], ["1", true], ["true", true], ["0", false], ["false", false]]);

/** A flag without a value; its variable, if it has one, is 1, true, 0 or false. */
export function toggle(
  about: string,
  { env = false, short, stored }: Omit<FlagExtras, "secret"> = {},
): UnnamedFlag<boolean> {
  return {
    short,
    stored,
    about,
    env,
    secret: false,
    kind: "toggle",
    absent: false,
    read([text = ""]) {
      const value = TRUTH.get(text.toLowerCase());
      return value === undefined
        ? problem("the value must be one of: 1, true, 0, false")
        : { value };
    },
  };
}

/** Names each flag after its option: `--client-id` for `clientId`. */
export function flagGroup<F extends Readonly<Record<string, UnnamedFlag<unknown>>>>(
  group: string,
  flags: F,
): { readonly [Name in keyof F]: F[Name] extends UnnamedFlag<infer T> ? Flag<T> : never } {
  const rows = Object.entries(flags).map(([option, flag]) => {
    const { short, placeholder } = flag;
    const name = flagName(option);
    const names = short === undefined ? name : `${short}, ${name}`;
    return [option, { ...flag, group, flags: placeholder ? `${names} ${placeholder}` : names }];
  });
  return Object.fromEntries(rows);
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
