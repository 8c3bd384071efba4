/** `oauth login --finish`: completes a login that another process began. @module */

import type { Consent } from "../../../../consent/consent.ts";
import { parsePaste } from "../../../../consent/pasted_callback.ts";
import { Failure, toFailure } from "../../../../core/failure.ts";
import type { PendingAuthorizations } from "../../../../flow/context/effects.ts";
import { begunLoginOf, type BegunRecord, planOf } from "../../../../flow/login/begun_record.ts";
import type { LoginOutcome } from "../../../../flow/login/login.ts";
import { quoted } from "../../../../core/text.ts";
import type { Store } from "../../../../store/store.ts";
import { DEFAULT_ACCOUNT } from "../../../../store/stored_entry.ts";
import { commandLine } from "../../../args/command_line.ts";
import type { Context, Invocation, Source } from "../../../command/command.ts";
import { canAsk } from "../../../prompt/missing_options.ts";
import { readJsonObject } from "../../../shared/input_files.ts";
import { openOutputs } from "../../../shared/output_files.ts";
import { openStoreAs, storeMode } from "../../../shared/sign_in/store_options.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../options/login_flags.ts";
import type { BackgroundLogin, LoginRun } from "../plan_login.ts";
import { runLogin } from "../run_login.ts";
import { type ClaimedLogin, claimLogin } from "./claim_login.ts";
import { readFinishInput } from "./finish_input.ts";

type LoginInvocation = Invocation<typeof LOGIN_FLAGS>;
type LoginText = readonly [option: keyof LoginOptions, texts: readonly string[]];

const LOGIN = { name: "oauth login", flags: LOGIN_FLAGS };

/** The command line that begins the same sign-in. */
function beginAgain({ command, plan }: BegunRecord): LoginRun["commandLine"] {
  const texts = command.texts as readonly LoginText[];
  return (changes = {}) => {
    const add = { url: plan.serverUrl, begin: true as const, ...changes.add };
    return commandLine(LOGIN, texts, { ...changes, add });
  };
}

/** The answer of the person is there; another request needs another person. */
function consentOf(
  { authorization: { redirectUri } }: BegunRecord,
  address: string,
  command: LoginRun["commandLine"],
): Consent {
  let isUsed = false;
  const another = () =>
    new Failure("sign_in_needed", "the server asks for another authorization", {
      kind: "sign_in_needed",
      remedy:
        `Begin again, with a scope that includes what the server asks for:\n  ${command().line}`,
    });
  return {
    redirectUri,
    obtain() {
      if (isUsed) return Promise.reject(another());
      isUsed = true;
      const paste = parsePaste(address, redirectUri);
      if (!("problem" in paste)) return Promise.resolve({ ...paste, via: "paste" });
      const message = `--finish: this is not the final URL: ${paste.problem}`;
      const remedy = "Copy the complete URL from the browser's address bar";
      return Promise.reject(new Failure("invalid_value", message, { kind: "usage", remedy }));
    },
    showOutcome() {},
    close: () => Promise.resolve(),
  };
}

/** Finds the begun request once: after that, the server asks for another one. */
function pendingOf({ authorization, url }: BegunRecord): PendingAuthorizations {
  let isFound = false;
  return {
    isAnswered: true,
    find() {
      if (isFound) return undefined;
      isFound = true;
      return { authorization, url };
    },
    begin: () => Promise.resolve(),
  };
}

/** The invocation with the flags of the pending login that are stored with the sign-in. */
function withBegunFlags(
  typed: LoginInvocation,
  { command: { account, name, loginFlags = {} }, plan: { serverUrl } }: BegunRecord,
): LoginInvocation {
  const stored = Object.entries(loginFlags)
    .map(([option, text]) => [option, text === true ? [""] : [text].flat()]) as LoginText[];
  const sources = stored.map(([option]): [keyof LoginOptions, Source] => [option, "stored"]);
  const url = serverUrl;
  return {
    ...typed,
    // The server may refuse what only a person at the first process could answer.
    options: { ...typed.options, url, account, name, noInput: true },
    sources: new Map([...sources, ...typed.sources]),
    texts: new Map([...stored, ...typed.texts]),
  };
}

async function finishedRun(
  typed: LoginInvocation,
  { runtime, format }: Context,
  record: BegunRecord,
  toolArgs: LoginRun["plan"]["toolArgs"],
): Promise<Omit<LoginRun, "background">> {
  const { stepTimeout, verifyCallTool, verifyTools } = typed.options;
  const begun = await planOf(record);
  const plan = {
    ...begun,
    stepTimeoutMs: stepTimeout ?? begun.stepTimeoutMs,
    verifyTools: verifyTools || verifyCallTool !== undefined,
    ...verifyCallTool === undefined ? {} : { verifyCallTool, toolArgs },
  };
  const invocation = withBegunFlags(typed, record);
  const answers = new Map<string, readonly string[]>();
  return { invocation, answers, plan, runtime, format, commandLine: beginAgain(record) };
}

function background(
  record: BegunRecord,
  run: Omit<LoginRun, "background">,
  address: string,
): BackgroundLogin {
  const { presentsCertificate, client } = record;
  const certificate = client.certificate && run.plan.certificate;
  return {
    begunFlags: record.command.loginFlags,
    openConsent: () => Promise.resolve(consentOf(record, address, run.commandLine)),
    pending: () => pendingOf(record),
    async deps({ secrets }) {
      const begun = await begunLoginOf(record, certificate, secrets);
      const { discovery } = begun;
      const firstStep = {
        ...{ outcome: discovery.response, events: [], presentsCertificate, discovery },
      };
      return { begun, firstStep };
    },
  };
}

/** Asks a person before another sign-in of the account is replaced: its login began elsewhere. */
async function confirmReplacement(
  store: Store,
  { command: { account = DEFAULT_ACCOUNT }, plan: { serverUrl } }: BegunRecord,
  options: LoginOptions,
  runtime: Context["runtime"],
): Promise<void> {
  if (!canAsk(options, runtime.io)) return;
  const { entries } = await store.list(serverUrl, account);
  const stored = entries.find(({ tokens }) => tokens !== null);
  if (stored === undefined) return;
  const who = stored.subject === undefined ? "" : ` as ${quoted(stored.subject, 60)}`;
  const message = `Replace the sign-in to ${quoted(serverUrl)}${who} under the account ` +
    `${quoted(account, 60)}?`;
  const question = { message, shown: "", whatFor: "to replace it" };
  const { confirm } = await import("../../../shared/confirm.ts");
  await confirm(question, { ...options, yes: false }, runtime);
}

async function complete(
  typed: LoginInvocation,
  context: Context,
  store: Store,
  claimed: ClaimedLogin,
  address: string,
  toolArgs: LoginRun["plan"]["toolArgs"],
): Promise<number> {
  const { runtime: { io } } = context;
  let outcome: LoginOutcome | undefined;
  let status = 1;
  try {
    await confirmReplacement(store, claimed.record, typed.options, context.runtime);
    const run = await finishedRun(typed, context, claimed.record, toolArgs);
    status = await runLogin({
      ...run,
      background: {
        ...background(claimed.record, run, address),
        ended: (ended) => outcome = ended,
      },
    });
    return status;
  } finally {
    const canRepeat = await claimed.end(outcome, status).catch((error) => {
      io.err(
        `warning: the result of the login was not recorded in the store: ${
          toFailure(error).message
        }\n`,
      );
      return false;
    });
    if (canRepeat && !typed.options.quiet && typed.options.progress !== "json") {
      io.err("The authorization code may still be valid: you can run this command once more\n");
    }
  }
}

/** Returns the exit status. */
export async function finishLogin(typed: LoginInvocation, context: Context): Promise<number> {
  const { runtime } = context;
  const { credentialsOut, debugOut, toolArgs } = typed.options;
  const input = await readFinishInput(typed.options, runtime);
  // What is wrong here must not use up the record.
  await openOutputs(runtime, debugOut, credentialsOut);
  const values = toolArgs === undefined
    ? {}
    : await readJsonObject("--tool-args", toolArgs, runtime.io);
  const store = await openStoreAs(storeMode(typed.options), runtime, typed.options);
  await store.prepare();
  const claimed = await claimLogin(await store.pending(), input);
  return await complete(typed, context, store, claimed, input.address, values);
}
