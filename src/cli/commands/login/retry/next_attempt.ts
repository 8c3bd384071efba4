/**
 * After a failed login, a person at a terminal can continue: with another URL, without a check, or with
 * another way to sign in. Loaded only after a failure. @module
 */

import { type Failure, toFailure } from "../../../../core/failure.ts";
import { canonicalServer } from "../../../../store/entry_key.ts";
import type { EndpointAttempt } from "../../../../flow/discovery/find_endpoint.ts";
import type { LoginOutcome } from "../../../../flow/login/login.ts";
import { REMOVED } from "../../../args/command_line.ts";
import { applyRules } from "../../../args/flag_rules.ts";
import type { Invocation } from "../../../command/command.ts";
import type { Choice } from "../../../command/runtime.ts";
import { typedQuestion, withAnswers } from "../../../prompt/ask.ts";
import type { CommandSession } from "../../../shared/command_session.ts";
import { openOutputs } from "../../../shared/output_files.ts";
import { REQUIRED_SERVER } from "../../../shared/sign_in/required_server.ts";
import { wrap } from "../../../terminal/layout.ts";
import { writeLoginFailure } from "../result/end_login.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../options/login_flags.ts";
import { LOGIN_RULES } from "../options/login_rules.ts";
import type { LoginStore } from "../login_store.ts";
import { type FailedLogin, type NextStep, nextSteps } from "./next_steps.ts";
import { noServerLine, urlToEdit } from "./no_server_text.ts";
import { type LoginRun, planLogin } from "../plan_login.ts";
import { relaxationQuestion, RELAXATIONS } from "./relaxations.ts";

type Option = keyof LoginOptions;

/** One attempt of a login, and what earlier ones have done for it. */
export interface LoginAttempt {
  readonly run: LoginRun;
  readonly firstStep?: NonNullable<LoginOutcome["reached"]>[number] | undefined;
  readonly registered?: LoginOutcome["registered"];
  /** True: mcpass searches the MCP endpoint at the host of the URL. */
  readonly searches: boolean;
  /** The questions of the guide that were answered, by name. */
  readonly answered: Set<string>;
  /** Those to ask again although the login is not guided. */
  readonly reopened: ReadonlySet<string>;
}

interface FailedAttempt {
  readonly attempt: LoginAttempt;
  readonly session: CommandSession;
  readonly store: LoginStore;
  readonly outcome: LoginOutcome;
  /** The URLs at which mcpass found no MCP endpoint. */
  readonly tried: readonly EndpointAttempt[];
}

/** What follows: another attempt, or the end. */
type Continuation =
  | { readonly next: LoginAttempt }
  | { readonly next: undefined; readonly isReported: boolean; readonly outcome: LoginOutcome };

/** Failures after which the person decided already, or nothing can be tried. */
const FINAL: readonly string[] = [
  ...["authorization_not_required", "cancelled", "internal_error"],
  ...["issuer_not_confirmed", "issuer_changed"],
];

/** Failures that say that there is no MCP server at the URL. */
const NO_SERVER =
  /^(?:not_an_mcp_endpoint|redirect_refused|unexpected_answer|wire_not_supported|response_too_large|network_.*|address_.*)$/;

const PEOPLE_MODES: readonly string[] = ["interactive", "device"];

function mayContinue({ attempt: { run }, outcome }: FailedAttempt): boolean {
  const { failure, session, plan: { authMode } } = outcome;
  const { dryRun, quiet } = run.invocation.options;
  return failure !== null && session === null && !FINAL.includes(failure.code) &&
    !dryRun && !quiet && PEOPLE_MODES.includes(authMode);
}

/** The invocation with these answers; undefined if they contradict other options. */
function invocationWith(
  { invocation }: LoginRun,
  answers: LoginRun["answers"],
): Invocation<typeof LOGIN_FLAGS> | undefined {
  try {
    return applyRules(LOGIN_RULES, LOGIN_FLAGS, withAnswers(LOGIN_FLAGS, invocation, answers));
  } catch {
    return undefined;
  }
}

function answersWith({ answers, invocation }: LoginRun, { sets }: Pick<NextStep, "sets">) {
  const changed = new Map(answers);
  for (const [option, value] of Object.entries(sets)) {
    if (value !== undefined) changed.set(option, value === true ? [""] : [value].flat());
    else if (invocation.sources.has(option as Option)) changed.set(option, REMOVED);
    else changed.delete(option);
  }
  return changed;
}

/** What another server must not be used with: relaxations, and the options of a stored sign-in. */
function withoutServerOptions({ invocation: { sources } }: LoginRun): NextStep["sets"] {
  const stored = [...sources].flatMap(([option, source]) => source === "stored" ? [option] : []);
  const names = [...RELAXATIONS.keys(), "authorizationServerMetadata", ...stored];
  return Object.fromEntries(names.map((option) => [option, undefined]));
}

function say({ progress, secrets, runtime: { io } }: CommandSession, text: string): void {
  progress.finish();
  io.err(wrap(secrets.mask(text), io.columns()).map((line) => `${line}\n`).join(""));
}

/** Waits until the result page of the failed attempt was served, so that its port is free. */
async function closeListener({ runtime: { beforeExit, signal } }: LoginRun): Promise<void> {
  await Promise.allSettled(beforeExit?.splice(0).map((work) => work(signal)) ?? []);
}

async function attemptWith(
  failed: FailedAttempt,
  answers: LoginRun["answers"],
  changes: Partial<LoginAttempt>,
): Promise<LoginAttempt | undefined> {
  const { attempt, outcome, session } = failed;
  const invocation = invocationWith(attempt.run, answers);
  if (invocation === undefined) return undefined;
  const all = [...answers];
  attempt.run.answers.clear();
  for (const [option, texts] of all) attempt.run.answers.set(option, texts);
  const run = {
    ...attempt.run,
    invocation,
    plan: await planLogin(invocation.options, attempt.run.runtime),
  };
  session.secrets.add(run.plan.clientSecret);
  const registered = outcome.registered ?? attempt.registered;
  return { ...attempt, run, registered, reopened: new Set(), ...changes };
}

async function askUrl(failed: FailedAttempt): Promise<LoginAttempt | undefined> {
  const { attempt: { run }, outcome } = failed;
  const prompter = await run.runtime.prompter();
  const { plan: { serverUrl } } = outcome;
  const initial = outcome.failure === null ? serverUrl : urlToEdit(serverUrl, outcome.failure);
  const objection = (answer: string) =>
    answer.includes("://") ? undefined : "type the URL or the host of the server";
  // A URL that is pasted behind the one to edit replaces it.
  const interpret = (answer: string) => {
    const rest = answer.startsWith(initial) ? answer.slice(initial.length) : "";
    return REQUIRED_SERVER.interpret?.(/^\s*https?:\/\//i.test(rest) ? rest : answer) ?? answer;
  };
  const question = typedQuestion(LOGIN_FLAGS, { ...REQUIRED_SERVER, objection, interpret });
  const url = await prompter.ask({ ...question, initial });
  const changes = { firstStep: undefined, registered: undefined, searches: true };
  const isOther = canonicalServer(url) !== canonicalServer(serverUrl);
  const answers = isOther
    ? answersWith(run, { sets: { ...withoutServerOptions(run), url } })
    : run.answers;
  return await attemptWith(failed, answers, changes);
}

/** Asks about the checks that the remedy would switch off; undefined if the person says no. */
async function askRelaxations(
  failed: FailedAttempt,
  { message }: Failure,
  relaxations: readonly (readonly [option: string, value: string])[],
): Promise<LoginAttempt | undefined> {
  const { attempt: { run }, session, outcome } = failed;
  const prompter = await run.runtime.prompter();
  session.progress.finish();
  const answer = await prompter.ask(
    relaxationQuestion(relaxations, session.secrets.mask(message)),
  );
  if (answer === "no") return undefined;
  const changes = { firstStep: outcome.reached?.[0], searches: false };
  return await attemptWith(failed, run.answers, changes);
}

const STOP: Choice = { value: "stop", label: "Stop", sets: {} };

async function saveTrace({ session, outcome, attempt: { run } }: FailedAttempt): Promise<void> {
  try {
    const { debug } = await openOutputs(run.runtime, "mcpass-debug.json", undefined);
    const { failure, result } = outcome;
    await session.writeArtifact({ failure: failure ?? undefined, document: result }, debug);
    say(session, `Saved ${debug?.path}. To read it, run:`);
    run.runtime.io.err(`  mcpass oauth report ${debug?.path}\n`);
  } catch (error) {
    say(session, `Not saved: ${toFailure(error).message}`);
  }
}

/** The row that the person chose; undefined to stop. */
async function chooseStep(
  failed: FailedAttempt,
  facts: FailedLogin,
): Promise<NextStep | undefined> {
  const { run } = failed.attempt;
  let steps = nextSteps(facts).filter((step) =>
    invocationWith(run, answersWith(run, step)) !== undefined
  );
  for (;;) {
    const prompter = await run.runtime.prompter();
    const rows = steps.map(({ value, label, hint }): Choice => ({ value, label, hint, sets: {} }));
    const chosen = await prompter.ask({ message: "What next?", choices: [...rows, STOP] });
    if (chosen !== "trace") return steps.find(({ value }) => value === chosen);
    await saveTrace(failed);
    steps = steps.filter(({ value }) => value !== "trace");
  }
}

async function followStep(
  failed: FailedAttempt,
  step: NextStep,
): Promise<LoginAttempt | undefined> {
  const { attempt, outcome: { reached } } = failed;
  const { run } = attempt;
  if (step.value === "url") return await askUrl(failed);
  if (step.value === "search") {
    return await attemptWith(failed, run.answers, { firstStep: undefined, searches: true });
  }
  if (step.asks !== undefined) {
    const { option, message } = step.asks;
    const question = typedQuestion(LOGIN_FLAGS, {
      option,
      message,
      reason: "",
      missing: () => true,
    });
    await (await run.runtime.prompter()).ask(question);
  }
  const reopened = new Set(step.reopens ?? []);
  for (const name of reopened) attempt.answered.delete(name);
  const isSameServer = step.sets["url"] === undefined;
  const firstStep = !isSameServer || step.value === "again" && (reached?.length ?? 0) < 2
    ? undefined
    : step.asks === undefined
    ? reached?.at(-1)
    : reached?.[0];
  const changes = { firstStep, reopened, searches: false };
  const sets = isSameServer ? step.sets : { ...withoutServerOptions(run), ...step.sets };
  return await attemptWith(failed, answersWith(run, { sets }), changes);
}

function isGuided({ run }: LoginAttempt): boolean {
  return run.invocation.sources.get("url") === "answer";
}

async function continuation(failed: FailedAttempt, failure: Failure): Promise<Continuation> {
  const { attempt, outcome, session, tried } = failed;
  const { loginFlags: flags = {}, reached = [], plan, result } = outcome;
  const { options } = invocationWith(attempt.run, attempt.run.answers) ?? attempt.run.invocation;
  const end = { next: undefined, outcome };
  if (isGuided(attempt) && NO_SERVER.test(failure.code) && reached.length < 2) {
    say(session, noServerLine(failure, plan.serverUrl, tried));
    const next = await askUrl(failed);
    return next === undefined ? { ...end, isReported: false } : { next };
  }
  const relaxations = Object.entries(flags).flatMap(([option, value]) =>
    RELAXATIONS.has(option) && typeof value === "string" && !value.startsWith("<")
      ? [[option, value] as const]
      : []
  );
  if (relaxations.length > 0) {
    const next = await askRelaxations(failed, failure, relaxations);
    return next === undefined ? { ...end, isReported: false } : { next };
  }
  await writeLoginFailure(
    { run: attempt.run, session, store: failed.store },
    outcome,
    { location: "nowhere else", files: [] },
  );
  const discovery = reached.at(-1)?.discovery;
  const step = await chooseStep(failed, { failure, result, flags, options, discovery });
  const next = step && await followStep(failed, step);
  return next === undefined ? { ...end, isReported: true } : { next };
}

/** Lets the person choose what follows a failure; the end if nobody can choose. */
export async function nextAttempt(failed: FailedAttempt): Promise<Continuation> {
  const { outcome, attempt, store } = failed;
  const { failure } = outcome;
  if (failure === null || !mayContinue(failed)) {
    return { next: undefined, isReported: false, outcome };
  }
  const closing = closeListener(attempt.run);
  try {
    const found = await continuation(failed, failure);
    if (found.next !== undefined && outcome.registered !== undefined) {
      const { storeRegistration } = await import("../result/end_login.ts");
      await storeRegistration({ run: attempt.run, session: failed.session, store }, outcome);
    }
    await closing;
    return found;
  } catch (error) {
    const stop = toFailure(error);
    const { code, message } = stop;
    const result = { ...outcome.result, error: { code, message } };
    return { next: undefined, isReported: false, outcome: { ...outcome, failure: stop, result } };
  }
}
