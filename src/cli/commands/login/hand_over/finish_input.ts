/** The final URL of the browser, and the handle of the pending login. @module */

import { isStandardInput } from "../../../../core/input_file.ts";
import { usageFailure } from "../../../../core/failure.ts";
import { isHandle } from "../../../../store/pending_logins.ts";
import type { Runtime } from "../../../command/runtime.ts";
import { canAsk } from "../../../prompt/missing_options.ts";
import { readInput, readSecret } from "../../../shared/input_files.ts";
import type { LoginOptions } from "../options/login_flags.ts";

const COPY = "Copy the complete URL from the browser's address bar after the sign-in";

const WHERE_HANDLE_IS =
  "mcpass login --begin printed the handle, or wrote it to the file of --handle-out: add --handle " +
  "@<path>, or set MCPASS_HANDLE\nIf somebody else sent you the page to open, you have no handle, " +
  "and that protects you: do not share the URL";

/** The file after `@`; undefined for the value itself. */
export function handleFileOf(handle: string | undefined): string | undefined {
  return handle?.startsWith("@") ? handle.slice(1) : undefined;
}

async function ask(runtime: Runtime, message: string, check: (text: string) => string | undefined) {
  const prompter = await runtime.prompter();
  return await prompter.ask({ message, secret: true, check: (answer) => check(answer.trim()) });
}

/** Why a text is not such an address; undefined if it is. No value from it is repeated. */
function objectionTo(text: string): string | undefined {
  if (text === "") return "nothing was given";
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) return "it has spaces or line breaks";
  const parameters = parametersOf(text);
  const states = parameters.getAll("state");
  if (!parameters.has("code") && !parameters.has("error")) {
    return states.length > 0
      ? 'it has neither "code" nor "error": it is a page before the end of the sign-in'
      : 'it has no "code" and no "state"';
  }
  if (states.length === 0 || states[0] === "") return 'it has no "state"';
  return states.length > 1 ? 'it has "state" more than once' : undefined;
}

export function parametersOf(text: string): URLSearchParams {
  return new URLSearchParams(text.replace(/#.*$/s, "").replace(/^[^?]*\?/s, ""));
}

export function stateOf(address: string): string {
  return parametersOf(address).get("state") ?? "";
}

function requireAddress(text: string): string {
  // As the prompt for a paste accepts it.
  const address = text.trim().replace(/^(["'<])(.*)["'>]$/s, "$2");
  const objection = objectionTo(address);
  if (objection === undefined) return address;
  throw usageFailure(
    "invalid_value",
    `--finish: this is not the final URL: ${objection}`,
    COPY,
  );
}

async function readAddress({ finish = "", noInput }: LoginOptions, runtime: Runtime) {
  if (!isStandardInput(finish)) return requireAddress(finish);
  if (!canAsk({ noInput }, runtime.io)) {
    return requireAddress(await readInput("--finish", "-", runtime.io));
  }
  const message = "Final URL of the browser (hidden)";
  return requireAddress(await ask(runtime, message, objectionTo));
}

async function readHandle({ handle, noInput }: LoginOptions, runtime: Runtime) {
  const path = handleFileOf(handle);
  if (path !== undefined) return (await readSecret("--handle", path, runtime.io)).secret.trim();
  if (handle !== undefined) return handle.trim();
  if (canAsk({ noInput }, runtime.io)) {
    const check = (text: string) => isHandle(text) ? undefined : "This is not a handle of --begin";
    return (await ask(runtime, "Handle of the pending login (hidden)", check)).trim();
  }
  throw usageFailure(
    "missing_options",
    "--finish requires --handle: only the person who began a login can finish it",
    WHERE_HANDLE_IS,
  );
}

export interface FinishInput {
  readonly address: string;
  readonly handle: string;
}

/** @throws Failure of kind `usage`: nothing was read from the store. */
export async function readFinishInput(
  options: LoginOptions,
  runtime: Runtime,
): Promise<FinishInput> {
  // In this order, because the address may be on standard input, and a missing handle is no question.
  const isHandleMissing = options.handle === undefined && !canAsk(options, runtime.io);
  const early = isHandleMissing ? await readHandle(options, runtime) : undefined;
  const address = await readAddress(options, runtime);
  const handle = early ?? await readHandle(options, runtime);
  if (isHandle(handle)) return { address, handle };
  throw usageFailure(
    "invalid_value",
    "--handle: the value is not a handle of mcpass login --begin",
    "Give the 43 characters that --begin printed, or @ and the path of the file with them",
  );
}
