/**
 * One login from its plan to its exit status: the rooms wired together, files and result written.
 *
 * @module
 */

import type { Consent } from "../consent/consent.ts";
import { toFailure } from "../core/failure.ts";
import type { LoginOutcome } from "../flow/login.ts";
import type { LoginPlan } from "../flow/login_plan.ts";
import type { Secrets } from "../trace/secrets.ts";
import { type Account, exitStatus, failureParts, openAccount, shownOptions } from "./account.ts";
import type { Format } from "./common_flags.ts";
import type { Source } from "./command.ts";
import { type Changes, shellWord } from "./command_line.ts";
import { jsonText } from "./json_text.ts";
import type { Field } from "./layout.ts";
import { errorMember } from "./error_document.ts";
import { loginDocument } from "./login_document.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import type { LoginStore } from "./login_store.ts";
import { failedText, type LoginText, resultText } from "./login_text.ts";
import { type OpenOutputs, openOutputs } from "./outputs.ts";
import type { PlannedRun } from "./plan_login.ts";
import type { LoginParts, World } from "./world.ts";

/** What a login runs with. */
export interface LoginRun {
  /** The options, complete and free of contradictions. */
  readonly options: LoginOptions;
  /** Where each option that was given came from. */
  readonly sources: ReadonlyMap<keyof LoginOptions, Source>;
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
  { progress }: Account,
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
  return authMode === "interactive" || authMode === "headless"
    ? modes[authMode]
    : () => Promise.reject(new TypeError(`${authMode} needs no consent`));
}

/** The addresses beside the server's that the person named: they may be in any network. */
function namedUrls({ authorizationServer, trustIssuer }: LoginPlan): string[] {
  return [authorizationServer, trustIssuer?.expected, trustIssuer?.announced]
    .filter((url) => url !== undefined);
}

async function signIn(
  run: LoginRun,
  parts: LoginParts,
  account: Account,
  secrets: Secrets,
  { known }: LoginStore,
): Promise<LoginOutcome> {
  secrets.add(known?.clientSecret);
  const { planned: { plan, caCerts }, options: { proxy }, world } = run;
  const { env, clock, signal } = world;
  const { emit } = account;
  const http = parts.createHttp({
    serverUrl: plan.serverUrl,
    namedUrls: namedUrls(plan),
    customHeaders: plan.headers,
    stepTimeoutMs: plan.stepTimeoutMs,
    caCerts,
    ...(proxy === undefined ? {} : { proxy }),
    ...{ emit, secrets, clock, env, signal },
  });
  try {
    const openConsent = consentOpener(run, parts, account, http, secrets);
    return await parts.login(plan, {
      ...{ http, openConsent, emit, secrets, clock, signal },
      knownClient: known,
      showDevice: (prompt) =>
        parts.showDevicePrompt({
          io: account.progress.io,
          env,
          noColor: run.options.noColor,
          browser: run.options.browser,
        }, prompt),
    });
  } finally {
    await http.close();
  }
}

/** What was written at the end of a login. */
interface Written {
  /** The outcome, a failure where something could not be written. */
  readonly outcome: LoginOutcome;
  /** What is in each file, and where. */
  readonly files: readonly Field[];
  /** Where the sign-in is kept; undefined when it is not in the store. */
  readonly kept: string | undefined;
  /** Lines for stderr. */
  readonly lines: readonly string[];
}

/** Keeps the sign-in and writes what the flags asked for; what cannot be written is a failure. */
async function writeFiles(
  { outputs, store, parts, run }: {
    readonly outputs: OpenOutputs;
    readonly store: LoginStore;
    readonly parts: LoginParts;
    readonly run: LoginRun;
  },
  outcome: LoginOutcome,
  artifact: (outcome: LoginOutcome) => unknown,
): Promise<Written> {
  const files: Field[] = [];
  const lines: string[] = [];
  let kept: string | undefined;
  let ending = outcome;
  const attempt = async (write: () => Promise<void>) => {
    try {
      await write();
    } catch (error) {
      const failure = ending.failure ?? toFailure(error);
      const result = { ...ending.result, completed: false, error: errorMember(failure) };
      ending = { ...ending, failure, result };
    }
  };
  const write = (name: "credentials" | "debug", label: string, document: () => unknown) =>
    attempt(async () => {
      const path = await outputs.write(name, () => jsonText(document()));
      if (path !== undefined) files.push([label, path]);
    });
  const { result, session } = outcome;
  if (session !== null) {
    const { planned: { plan }, options: { account } } = run;
    const entry = parts.entryOf(plan, result.protocolVersion, session, account);
    await attempt(async () => {
      const outcome = await store.keep(entry);
      kept = outcome.path;
      lines.push(...outcome.lines);
    });
    await write("credentials", "Credentials file", () => parts.credentialsFile(entry));
  }
  await write("debug", "Debug artifact", () => artifact(ending));
  return { outcome: ending, files, kept, lines };
}

/** What to run next. */
function nextStep(
  run: LoginRun,
  { outcome, kept }: Written,
): readonly [why: string, line: string] | undefined {
  const { options, planned: { plan } } = run;
  if (outcome.failure !== null) {
    return options.debugOut === undefined && outcome.failure.kind === "operation"
      ? [
        "For an account of every exchange, secrets masked",
        run.commandLine({ add: "--debug-out mcpass-debug.json" }),
      ]
      : undefined;
  }
  if (options.dryRun) return ["Sign in", run.commandLine({ without: ["dryRun"] })];
  const where = kept !== undefined
    ? options.account === undefined ? "" : ` --account ${shellWord(options.account)}`
    : options.credentialsOut === undefined
    ? undefined
    : ` --credentials-file ${shellWord(options.credentialsOut)}`;
  const rest = `--url ${shellWord(plan.serverUrl)}${where ?? ""}`;
  if (plan.verifyTools) {
    return where === undefined
      ? undefined
      : ["The token for a script, renewed where it is due", `mcpass oauth token ${rest}`];
  }
  return where === undefined
    ? ["Check that the server takes the token", run.commandLine({ add: "--verify-tools" })]
    : ["See what the server offers", `mcpass tools list ${rest}`];
}

/**
 * Signs in and writes everything that was asked for.
 *
 * @returns The exit status.
 * @throws Failure before the first request: of kind `usage` when an output file cannot be written,
 * `store_…` or `keyring_…` when nothing could be kept.
 */
export async function runLogin(run: LoginRun): Promise<number> {
  const { options, planned: { plan }, world, format } = run;
  const { io, env } = world;
  const parts = await world.loginParts();
  const secrets = parts.createSecrets();
  secrets.add(plan.clientSecret);
  const { sources } = run;
  const store = await parts.openLoginStore(parts, { options, sources, plan, env });
  const outputs = await openOutputs(parts, options);

  const account = openAccount({
    ...{ world, parts, options, secrets },
    command: { name: "oauth login", options: shownOptions(LOGIN_FLAGS, options) },
    secretFields: plan.headers.map(([name]) => name),
  });
  const { view, progress } = account;

  const ended = await signIn(run, parts, account, secrets, store);
  const written = await writeFiles(
    { outputs, store, parts, run },
    ended,
    ({ failure, result }) => account.artifact(failure, result),
  );
  progress.finish();
  const { outcome, files } = written;
  const document = loginDocument(outcome.result, secrets, options.credentialsOut !== undefined);
  const next = nextStep(run, written);
  const text = (isTerminal: boolean): LoginText => (
    { result: document, view: view(isTerminal), files, next }
  );
  if (outcome.failure !== null) {
    const failure = failureParts(outcome.failure);
    io.err(failedText({ ...text(io.stderrIsTerminal), failure }));
  }
  if (!options.quiet) {
    for (const line of written.lines) io.err(`${secrets.mask(line)}\n`);
  }
  if (format === "json") io.out(jsonText(document));
  else io.out(resultText(text(io.stdoutIsTerminal)));
  return exitStatus(outcome.failure);
}
