import { usageFailure } from "../../core/failure.ts";
import type { Command, FlagRule, Invocation, Source } from "../command/command.ts";
import { distinctFiles } from "./distinct_files.ts";
import { type FlagTable, longName, type OptionsOf, variableName } from "../command/flag.ts";

interface RuleExtras<F extends FlagTable> extends Pick<FlagRule<F>, "code" | "strict"> {
  readonly message?: string | ((options: OptionsOf<F>) => string);
  readonly remedy?: string;
  /** When the rule applies; by default always. */
  readonly when?: (options: OptionsOf<F>) => boolean;
}

type RequiredTexts<F extends FlagTable> = Required<Pick<RuleExtras<F>, "message" | "remedy">>;

type Name<F extends FlagTable> = keyof F & string;

function givenNames<F extends FlagTable>(
  options: OptionsOf<F>,
  names: readonly Name<F>[],
): Name<F>[] {
  return names.filter((name) => {
    const value: unknown = options[name];
    return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  });
}

function flagName<F extends FlagTable>(flags: F, name: Name<F>): string {
  const flag = flags[name];
  return flag === undefined ? name : longName(flag);
}

function rule<F extends FlagTable>(
  options: readonly Name<F>[],
  broken: (options: OptionsOf<F>) => boolean,
  usualMessage: FlagRule<F>["message"],
  extras: RuleExtras<F>,
): FlagRule<F> {
  const { message = usualMessage, remedy = "Use one of them", when, ...others } = extras;
  return {
    ...others,
    options,
    broken: (options) => broken(options) && (when?.(options) ?? true),
    message: typeof message === "string" ? () => message : message,
    remedy,
  };
}

/** At most one of these options can be given. */
export function exclusive<F extends FlagTable>(
  names: readonly Name<F>[],
  extras: RuleExtras<F> = {},
): FlagRule<F> {
  const message: FlagRule<F>["message"] = (options, flags) => {
    const named = givenNames(options, names).map((name) => flagName(flags, name));
    return `${named.join(" and ")} cannot be used together`;
  };
  return rule(names, (options) => givenNames(options, names).length > 1, message, extras);
}

/** The option can be given only with one of the others. */
export function requires<F extends FlagTable>(
  name: Name<F>,
  others: readonly Name<F>[],
  extras: RuleExtras<F> & RequiredTexts<F>,
): FlagRule<F> {
  const broken = (options: OptionsOf<F>) =>
    givenNames(options, [name]).length > 0 && givenNames(options, others).length === 0;
  return rule([name, ...others], broken, () => "", extras);
}

/** These options require one of `values` of another option; `undefined` means that it is absent. */
export function onlyWith<F extends FlagTable>(
  names: readonly Name<F>[],
  option: Name<F>,
  values: readonly unknown[],
  extras: RuleExtras<F> & Pick<RequiredTexts<F>, "remedy">,
): FlagRule<F> {
  const broken = (options: OptionsOf<F>) =>
    givenNames(options, names).length > 0 && !values.includes(options[option]);
  const message: FlagRule<F>["message"] = (options, flags) => {
    const named = givenNames(options, names).map((name) => flagName(flags, name)).join(", ");
    return values.includes(undefined)
      ? `${named} cannot be used with ${flagName(flags, option)} ${options[option]}`
      : `${named} requires ${flagName(flags, option)} ${values.join(" or ")}`;
  };
  return rule([...names, option], broken, message, extras);
}

const COMMON_RULES: readonly FlagRule[] = [
  exclusive(["quiet", "verbose"]),
  exclusive(["field", "format"], {
    when: ({ format }) => format !== "json",
    message: ({ format }) => `--field requires --format json, but --format is ${format}`,
    remedy: "Remove --format",
  }),
  exclusive(["store", "noStore"], {
    when: ({ store }) => store !== "none",
    message: ({ store }) => `--no-store cannot be used with --store ${store}`,
  }),
];

/** The rules of all commands and of this one. */
export async function rulesOf<F extends FlagTable>(
  command: Command<F>,
  invocation: Invocation<F>,
): Promise<readonly FlagRule<F>[]> {
  const common = COMMON_RULES as readonly FlagRule<F>[];
  const files = distinctFiles(command.flags);
  return [...common, files, ...command.rules ?? [], ...await command.loadRules?.(invocation) ?? []];
}

/** Ignores variables and stored options that contradict a flag, which is more specific. Throws for other contradictions. */
export function applyRules<F extends FlagTable>(
  rules: readonly FlagRule<F>[],
  flags: F,
  invocation: Invocation<F>,
): Invocation<F> {
  let { options } = invocation;
  const sources = new Map(invocation.sources);
  const texts = new Map(invocation.texts);
  for (const { options: names, broken, message, remedy, code, strict } of rules) {
    if (!broken(options)) continue;
    const from = (source: Source) => names.filter((name) => sources.get(name) === source);
    const fromVariables = from("variable");
    const defaults = [...strict === true ? [] : fromVariables, ...from("stored")];
    if (defaults.length > 0 && from("flag").length > 0) {
      const absent = defaults.map((name) => [name, flags[name]?.absent]);
      options = { ...options, ...Object.fromEntries(absent) };
      defaults.forEach((name) => {
        sources.delete(name);
        texts.delete(name);
      });
      if (!broken(options)) continue;
    }
    const variables = fromVariables.flatMap((name) => {
      const flag = flags[name];
      return flag === undefined ? [] : [variableName(flag)];
    });
    const setBy = variables.length > 0 ? ` (set by ${variables.join(", ")})` : "";
    throw usageFailure(code ?? "impossible_combination", message(options, flags) + setBy, remedy);
  }
  return { ...invocation, options, sources, texts };
}
