/**
 * One login from its plan to its exit status: the rooms wired together, files and result written.
 *
 * @module
 */

import type { Consent } from "../consent/consent.ts";
import type { FlowEvent } from "../core/events.ts";
import { EXIT_STATUS, type Failure, toFailure } from "../core/failure.ts";
import type { LoginOutcome } from "../flow/login.ts";
import type { LoginPlan } from "../flow/login_plan.ts";
import type { Secrets } from "../trace/secrets.ts";
import type { Format } from "./common_flags.ts";
import type { Changes } from "./command_line.ts";
import { credentialsFile } from "./credentials_file.ts";
import type { FailureParts, View } from "./finding_text.ts";
import type { Flag } from "./flag.ts";
import { jsonText } from "./json_text.ts";
import type { Field } from "./layout.ts";
import { errorMember, loginDocument } from "./login_document.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import { failedText, type LoginText, resultText } from "./login_text.ts";
import { type OpenOutputs, openOutputs } from "./outputs.ts";
import { type PlannedRun, storesNothing } from "./plan_login.ts";
import { createProgress, type Progress } from "./progress.ts";
import { styleFor } from "./style.ts";
import type { LoginParts, World } from "./world.ts";

const NOT_KEPT = "note: nothing is kept after this login: there is no credential store yet";
const NOT_KEPT_CURE = "; --credentials-out <path> writes a file";

/** What a login runs with. */
export interface LoginRun {
  /** The options, complete and free of contradictions. */
  readonly options: LoginOptions;
  /** The plan made from them. */
  readonly planned: PlannedRun;
  /** Everything outside. */
  readonly world: World;
  /** How the result is written. */
  readonly format: Format;
  /** This command line again, with changes; without secrets. */
  commandLine(changes?: Changes): string;
}

/** The consent that the plan's mode needs. */
function consentOpener(
  run: LoginRun,
  parts: LoginParts,
  progress: Progress,
  http: ReturnType<LoginParts["createHttp"]>,
  secrets: Secrets,
): (redirectUrl: string | undefined) => Promise<Consent> {
  const { options, planned: { plan }, world } = run;
  const modes = {
    interactive: (redirectUrl: string | undefined) =>
      parts.openInteractiveConsent({
        redirectUrl,
        io: progress.io,
        env: world.env,
        noInput: options.noInput,
        noColor: options.noColor,
        printUrl: options.printUrl || options.noBrowser,
        browser: options.browser,
        command: run.commandLine(),
      }),
    headless: (redirectUrl: string | undefined) =>
      parts.openHeadlessConsent({
        serverUrl: plan.serverUrl,
        redirectUrl,
        http,
        secrets,
        interactiveCommand: run.commandLine({ without: ["authMode"] }),
      }),
  };
  const { authMode } = plan;
  return authMode === "client_credentials"
    ? () => Promise.reject(new TypeError("client credentials need no consent"))
    : modes[authMode];
}

async function signIn(
  run: LoginRun,
  parts: LoginParts,
  progress: Progress,
  emit: (event: FlowEvent) => void,
  secrets: Secrets,
): Promise<LoginOutcome> {
  const { planned: { plan, caCerts }, options: { proxy }, world } = run;
  const { env, clock, signal } = world;
  const http = parts.createHttp({
    serverUrl: plan.serverUrl,
    customHeaders: plan.headers,
    stepTimeoutMs: plan.stepTimeoutMs,
    caCerts,
    ...(proxy === undefined ? {} : { proxy }),
    ...{ emit, secrets, clock, env, signal },
  });
  try {
    const openConsent = consentOpener(run, parts, progress, http, secrets);
    return await parts.login(plan, { http, openConsent, emit, secrets, clock, signal });
  } finally {
    await http.close();
  }
}

/** Writes what the flags asked for; a file that cannot be written makes the login a failure. */
async function writeFiles(
  outputs: OpenOutputs,
  outcome: LoginOutcome,
  plan: LoginPlan,
  artifact: (outcome: LoginOutcome) => unknown,
): Promise<{ readonly outcome: LoginOutcome; readonly files: readonly Field[] }> {
  const files: Field[] = [];
  let ending = outcome;
  const write = async (name: "credentials" | "debug", label: string, document: () => unknown) => {
    try {
      const path = await outputs.write(name, () => jsonText(document()));
      if (path !== undefined) files.push([label, path]);
    } catch (error) {
      const failure = ending.failure ?? toFailure(error);
      const result = { ...ending.result, completed: false, error: errorMember(failure) };
      ending = { ...ending, failure, result };
    }
  };
  const { result, session } = outcome;
  const { credentials } = result;
  if (credentials !== null && session !== null) {
    const document = () => credentialsFile(result, credentials, session, plan);
    await write("credentials", "Credentials file", document);
  }
  await write("debug", "Debug artifact", () => artifact(ending));
  await outputs.discard();
  return { outcome: ending, files };
}

/** The options as an artifact shows them: names of headers, no secret. */
function shownOptions(options: LoginOptions): Readonly<Record<string, unknown>> {
  const rows: [string, Flag<unknown>][] = Object.entries(LOGIN_FLAGS);
  const given: Readonly<Record<string, unknown>> = options;
  return Object.fromEntries(
    rows.filter(([name, flag]) => given[name] !== flag.absent)
      .map(([name, flag]) => [name, flag.secret ? "[secret]" : given[name]]),
  );
}

function errorParts({ code, message, remedy, reference }: Failure): FailureParts {
  return { code, message, remedy, reference };
}

function exitStatus(failure: Failure | null): number {
  return failure === null ? 0 : EXIT_STATUS[failure.kind];
}

/** What to run next. */
function nextStep(
  run: LoginRun,
  outcome: LoginOutcome,
): readonly [why: string, line: string] | undefined {
  const { options } = run;
  if (outcome.failure !== null) {
    return options.debugOut === undefined && outcome.failure.kind === "operation"
      ? [
        "For an account of every exchange, secrets masked",
        run.commandLine({ add: "--debug-out mcpass-debug.json" }),
      ]
      : undefined;
  }
  if (options.dryRun) return ["Sign in", run.commandLine({ without: ["dryRun"] })];
  return run.planned.plan.verifyTools
    ? undefined
    : ["Check that the server takes the token", run.commandLine({ add: "--verify-tools" })];
}

/**
 * Signs in and writes everything that was asked for.
 *
 * @returns The exit status.
 * @throws Failure of kind `usage` when an output file cannot be written, before the first request.
 */
export async function runLogin(run: LoginRun): Promise<number> {
  const { options, planned: { plan }, world, format } = run;
  const { io, env, clock } = world;
  const parts = await world.loginParts();
  const secrets = parts.createSecrets();
  secrets.add(plan.clientSecret);
  const outputs = await openOutputs(parts, options);

  const view = (isTerminal: boolean): View => ({
    width: isTerminal ? io.columns() : 80,
    style: styleFor(isTerminal, env, options.noColor),
    mask: (text) => secrets.mask(text),
  });
  const recorder = parts.createRecorder({ clock });
  const progress = createProgress({
    io,
    style: view(io.stderrIsTerminal).style,
    quiet: options.quiet,
    verbose: options.verbose,
    secrets,
    exchangeLine: (exchange) => parts.exchangeLine(exchange, secrets),
  });
  const emit = (event: FlowEvent) => {
    recorder.emit(event);
    progress.emit(event);
  };

  const ended = await signIn(run, parts, progress, emit, secrets);
  const { outcome, files } = await writeFiles(
    outputs,
    ended,
    plan,
    ({ failure, result }) =>
      parts.buildArtifact({
        command: { name: "oauth login", options: shownOptions(options) },
        outcome: {
          completed: failure === null,
          exitStatus: exitStatus(failure),
          error: failure && errorParts(failure),
          result,
        },
        recorder,
        environment: parts.describeEnvironment(io, env),
        secrets,
        secretFields: plan.headers.map(([name]) => name),
        clock,
      }),
  );
  progress.finish();
  const document = loginDocument(outcome.result, secrets, options.credentialsOut !== undefined);
  const next = nextStep(run, outcome);
  const text = (isTerminal: boolean): LoginText => (
    { result: document, view: view(isTerminal), files, next }
  );
  if (outcome.failure !== null) {
    const failure = errorParts(outcome.failure);
    io.err(failedText({ ...text(io.stderrIsTerminal), failure }));
  }
  if (outcome.result.credentials !== null && !options.quiet && !storesNothing(options)) {
    io.err(`${NOT_KEPT}${options.credentialsOut === undefined ? NOT_KEPT_CURE : ""}\n`);
  }
  if (format === "json") io.out(jsonText(document));
  else io.out(resultText(text(io.stdoutIsTerminal)));
  return exitStatus(outcome.failure);
}
