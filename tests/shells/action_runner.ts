/**
 * Runs the steps of the project's GitHub Action as GitHub runs them, as far as they are used.
 *
 * @module
 */

import { parse } from "yaml";
import { ROOT } from "../../scripts/shell.ts";

/** A step of a composite action. */
export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `action.yml`. */
export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** Reads the action of the project. */
export async function readAction(): Promise<Action> {
  return parse(await Deno.readTextFile(`${ROOT}action.yml`)) as Action;
}

/** What an action left behind. */
export interface ActionRun {
  /** Whether every step succeeded. */
  readonly success: boolean;
  /** Outputs of the action. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything that its steps wrote: the log in which GitHub looks for workflow commands. */
  readonly log: string;
  /** Markdown of the job's summary. */
  readonly summary: string;
}

/** The expressions that the action contains; another one is a mistake in the runner. */
function evaluate(expression: string, values: ReadonlyMap<string, string>): string {
  const text = expression.trim();
  const value = values.get(text);
  if (value !== undefined) return value;
  if (/^(inputs|steps|github)\./.test(text)) return "";
  throw new Error(`the runner does not know the expression ${text}`);
}

const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(/\$\{\{(.*?)\}\}/g, (_, inside: string) => evaluate(inside, values));

/** `always() && a == 'b' && …` */
function holds(condition: string | undefined, values: ReadonlyMap<string, string>, ok: boolean) {
  if (condition === undefined) return ok;
  return condition.split("&&").map((part) => part.trim()).every((part) => {
    if (part === "always()") return true;
    const [left = "", right = ""] = part.split("==").map((it) => it.trim());
    const expected = right.startsWith("'") ? right.slice(1, -1) : evaluate(right, values);
    return evaluate(left, values) === expected;
  });
}

/** Runs the action in a folder, which becomes the temporary folder of the runner too. */
export async function runAction(
  folder: string,
  inputs: Readonly<Record<string, string>>,
  { github = {}, env = {} }: {
    readonly github?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ActionRun> {
  const action = await readAction();
  const values = new Map<string, string>([["github.action_path", ROOT.replace(/\/$/, "")]]);
  for (const [name, { default: value = "" }] of Object.entries(action.inputs)) {
    values.set(`inputs.${name}`, inputs[name] ?? value);
  }
  for (const [name, value] of Object.entries(github)) values.set(`github.${name}`, value);
  let [log, ok] = ["", true];
  const summary = `${folder}/summary.md`;
  await Deno.writeTextFile(summary, "");
  for (const [at, step] of action.runs.steps.entries()) {
    if (!holds(step.if, values, ok)) continue;
    const output = `${folder}/output-${at}`;
    await Deno.writeTextFile(output, "");
    const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, fill(text, values)]);
    const ended = await new Deno.Command("bash", {
      args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run ?? ""],
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: folder,
        MCPASS_HOME: `${folder}/home`,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_REPOSITORY: "owner/repository",
        RUNNER_TEMP: folder,
        ...env,
        ...Object.fromEntries(own),
      },
    }).output();
    const decoder = new TextDecoder();
    log += decoder.decode(ended.stdout) + decoder.decode(ended.stderr);
    ok &&= ended.success;
    for (const line of (await Deno.readTextFile(output)).split("\n")) {
      const equals = line.indexOf("=");
      if (equals > 0) {
        values.set(`steps.${step.id}.outputs.${line.slice(0, equals)}`, line.slice(equals + 1));
      }
    }
  }
  const outputs = Object.entries(action.outputs)
    .map(([name, { value }]) => [name, fill(value, values)] as const);
  return {
    success: ok,
    outputs: Object.fromEntries(outputs),
    log,
    summary: await Deno.readTextFile(summary),
  };
}
