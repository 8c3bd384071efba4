/** Runs the steps of a {@link Product} against its servers. @module */

import assert from "node:assert/strict";
import type { Ran } from "../cli/fake_runtime.ts";
import { shellWords } from "../cli/printed_commands.ts";
import { flat, type Home, openHome } from "../cli/real_run.ts";
import type { Product, Step } from "./product.ts";
import { type RunningProduct, startProduct } from "./product_server.ts";

const HEADLESS = ["oauth", "login", "--auth-mode", "headless"];

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  login: [...HEADLESS, "--verify-tools"],
  device: ["oauth", "login", "--auth-mode", "device"],
  "dry-run": [...HEADLESS, "--dry-run"],
  doctor: ["server", "doctor"],
  metadata: ["oauth", "metadata"],
  probe: ["server", "probe"],
  list: ["tools", "list"],
  call: ["tools", "call", "--tool-name", "echo", "--tool-args", "{}"],
  token: ["oauth", "token"],
  refresh: ["oauth", "refresh"],
  status: ["oauth", "status"],
  logout: ["oauth", "logout"],
};

/** All texts of a JSON document, else the text itself. */
export function textsOf(stdout: string): string {
  const texts = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.values(value).flatMap(texts)
      : [String(value)];
  try {
    return texts(JSON.parse(stdout)).join("\n");
  } catch {
    return stdout;
  }
}

/** The first mcpass command in a text, with the mode that a test can run. */
function printedCommand(text: string): string[] {
  const line = /\bmcpass (?:oauth )?login .*/.exec(text)?.[0] ?? "";
  assert.notEqual(line, "", `no command in: ${text}`);
  const words = shellWords(line).slice(1);
  const rest = words.slice(words.indexOf("login") + 1);
  const mode = rest.includes("--auth-mode") ? [] : ["--auth-mode", "headless"];
  return ["oauth", "login", ...rest, ...mode];
}

async function fileWith(home: Home, name: string, content: string): Promise<string> {
  const path = `${home.path}/file-${name.replaceAll(/\W/g, "_")}`;
  await Deno.writeTextFile(path, content, { mode: 0o600 });
  return path;
}

async function commandOf(
  run: string,
  { files = {} }: Product,
  server: RunningProduct,
  home: Home,
): Promise<string[]> {
  const [name = "", ...flags] = shellWords(server.fill(run));
  const words: string[] = [];
  for (const word of flags) {
    const [, kind, value = ""] = /^\{(secret|file):(.*)\}$/.exec(word) ?? [];
    const content = kind === "file" ? server.fill(JSON.stringify(files[value])) : value;
    words.push(kind === undefined ? word : await fileWith(home, value, content));
  }
  return [...COMMANDS[name] ?? [name], "--url", server.mcpUrl, ...words];
}

export interface StepOutcome {
  readonly step: string;
  readonly ran: Ran;
  /** All texts of the output. */
  readonly text: string;
}

/** The codes of the error, the findings and the failed checks. */
export function codesIn({ ran }: StepOutcome): string[] {
  return [...ran.stdout.matchAll(/"code": "([a-z0-9_]+)"/g)].map(([, code = ""]) => code);
}

/** Runs the steps and checks what they say; returns what each command printed. */
export async function runSteps(product: Product): Promise<StepOutcome[]> {
  await using server = startProduct(product.server);
  await using home = await openHome();
  const outcomes: StepOutcome[] = [];
  for (const step of product.steps) {
    const { run, ...expected }: Exclude<Step, string> = typeof step === "string"
      ? { run: step }
      : step;
    if (run === "revoked" || run === "forgotten" || run === "reset") {
      server.forget(run);
      continue;
    }
    if (run === "expired") {
      await home.expire(server);
      continue;
    }
    const words = run === "printed"
      ? printedCommand(outcomes.at(-1)?.text ?? "")
      : await commandOf(run, product, server, home);
    const format = words[1] === "token" ? [] : ["--format", "json"];
    const ran = await home.run([...words, ...format]);
    const text = `${textsOf(ran.stdout)}\n${ran.stderr}`;
    outcomes.push({ step: run, ran, text });
    checkStep(outcomes, expected);
  }
  return outcomes;
}

type Expected = Omit<Exclude<Step, string>, "run">;

function checkStep(
  outcomes: readonly StepOutcome[],
  { status = 0, says = [], never = [] }: Expected,
) {
  const { ran, step, text } = outcomes.at(-1) ?? assert.fail();
  const shown = `${step}\n${text}`;
  assert.equal(ran.status, status, shown);
  for (const pattern of [says].flat()) assert.match(flat(text), pattern, shown);
  for (const pattern of [never].flat()) assert.doesNotMatch(flat(text), pattern, shown);
}
