import { usageFailure } from "../../core/failure.ts";
import type { Code } from "../../findings/mod.ts";
import type { FlagRule, Invocation } from "../command/command.ts";
import { type FlagTable, longName, type OptionsOf, variableName } from "../command/flag.ts";

export interface RuleExtras<F extends FlagTable> {
  readonly message?: string | ((options: OptionsOf<F>) => string);
  readonly remedy?: string;
  readonly code?: Code;
  readonly strict?: true;
  readonly when?: (options: OptionsOf<F>) => boolean;
}

type Name<F extends FlagTable> = keyof F & string;

function isGiven<F extends FlagTable>(options: OptionsOf<F>, name: Name<F>): boolean {
  const value: unknown = options[name];
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

function flagName<F extends FlagTable>(flags: F, name: Name<F>): string {
  const flag = flags[name];
  return flag === undefined ? name : longName(flag);
}

function rule<F extends FlagTable>(
  options: readonly Name<F>[],
  broken: (options: OptionsOf<F>) => boolean,
  usual: { readonly message: FlagRule<F>["message"]; readonly remedy: string },
  { message, remedy = usual.remedy, when = () => true, ...extras }: RuleExtras<F>,
): FlagRule<F> {
  return {
    ...extras,
    options,
    broken: (given) => broken(given) && when(given),
    message: message === undefined
      ? usual.message
      : typeof message === "string"
      ? () => message
      : message,
    remedy,
  };
}

/** At most one of these options can be given. */
export function exclusive<F extends FlagTable>(
  names: readonly Name<F>[],
  extras: RuleExtras<F> = {},
): FlagRule<F> {
  const setOptions = (options: OptionsOf<F>) => names.filter((name) => isGiven(options, name));
  return rule(names, (options) => setOptions(options).length > 1, {
    message: (options, flags) =>
      `${
        setOptions(options).map((name) => flagName(flags, name)).join(" and ")
      } contradict each other`,
    remedy: "Give one of them",
  }, extras);
}

export function requires<F extends FlagTable>(
  name: Name<F>,
  others: readonly Name<F>[],
  extras: RuleExtras<F> = {},
): FlagRule<F> {
  return rule(
    [name, ...others],
    (options) => isGiven(options, name) && !others.some((other) => isGiven(options, other)),
    {
      message: (_options, flags) =>
        `${flagName(flags, name)} was given without ${
          others.map((other) => flagName(flags, other)).join(" or ")
        }`,
      remedy: "Give both, or leave it out",
    },
    extras,
  );
}

/**
 * Some options can be given only with these values of another one.
 *
 * @param values `undefined` means that the option is absent.
 */
export function onlyWith<F extends FlagTable>(
  names: readonly Name<F>[],
  option: Name<F>,
  values: readonly unknown[],
  extras: RuleExtras<F> = {},
): FlagRule<F> {
  const setOptions = (options: OptionsOf<F>) => names.filter((name) => isGiven(options, name));
  return rule(
    [...names, option],
    (options) => setOptions(options).length > 0 && !values.includes(options[option]),
    {
      message(options, flags) {
        const named = setOptions(options).map((name) => flagName(flags, name)).join(", ");
        return values.includes(undefined)
          ? `${named} cannot be used with ${flagName(flags, option)} ${options[option]}`
          : `${named} is for ${flagName(flags, option)} ${values.join(" or ")}`;
      },
      remedy: values.includes(undefined)
        ? "Leave one of them out"
        : `Add the other option with the value ${values.join(" or ")}, or leave it out`,
    },
    extras,
  );
}

export const COMMON_RULES: readonly FlagRule[] = [
  exclusive(["quiet", "verbose"]),
  exclusive(["store", "noStore"], {
    when: ({ store }) => store !== "none",
    message: ({ store }) => `--no-store contradicts --store ${store}`,
  }),
];

/**
 * Drops variables that contradict a flag, because the flag is more specific, and refuses every other
 * contradiction.
 *
 * @throws Failure of kind `usage`, code `impossible_combination` unless the rule has its own.
 */
export function applyRules<F extends FlagTable>(
  rules: readonly FlagRule<F>[],
  flags: F,
  invocation: Invocation<F>,
): Invocation<F> {
  let { options } = invocation;
  const sources = new Map(invocation.sources);
  for (const { options: names, broken, message, remedy, code, strict } of rules) {
    if (!broken(options)) continue;
    const fromVariables = names.filter((name) => sources.get(name) === "variable");
    const mayDrop = strict !== true && fromVariables.length > 0;
    if (mayDrop && names.some((name) => sources.get(name) === "flag")) {
      const absent = fromVariables.map((name) => [name, flags[name]?.absent]);
      options = { ...options, ...Object.fromEntries(absent) };
      fromVariables.forEach((name) => sources.delete(name));
      if (!broken(options)) continue;
    }
    const variables = fromVariables.flatMap((name) => {
      const flag = flags[name];
      return flag === undefined ? [] : [variableName(flag)];
    });
    throw usageFailure(
      code ?? "impossible_combination",
      message(options, flags) + (variables.length > 0 ? ` (set by ${variables.join(", ")})` : ""),
      remedy,
    );
  }
  return { ...invocation, options, sources };
}
