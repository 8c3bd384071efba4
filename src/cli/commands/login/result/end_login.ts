import { commandText } from "../../../../core/command_text.ts";
import { type Failure, toFailure } from "../../../../core/failure.ts";
import { givenSecrets } from "../../../../flow/context/login_plan.ts";
import { errorOf, type LoginOutcome } from "../../../../flow/login/login.ts";
import type { Session } from "../../../../flow/login/session.ts";
import { toRegisteredEntry, toStoredEntry } from "../../../../flow/login/stored_login.ts";
import { MIN_SECRET } from "../../../../oauth/mcp/scope.ts";
import { DEFAULT_ACCOUNT, type StoredFlags } from "../../../../store/stored_entry.ts";
import { createSecrets } from "../../../../trace/secrets.ts";
import type { CommandSession } from "../../../shared/command_session.ts";
import { DEBUG_ARTIFACT, exitStatusOf } from "../../../shared/output_files.ts";
import { documentText, jsonText } from "../../../terminal/json_text.ts";
import { signInOptions } from "../../../shared/sign_in/sign_in_flags.ts";
import { storeTexts } from "../../../shared/sign_in/store_texts.ts";
import { type Field, wrap } from "../../../terminal/layout.ts";
import { loginDocument, type Printing } from "./login_document.ts";
import { LOGIN_FLAGS, type LoginOptions } from "../options/login_flags.ts";
import type { LoginStore } from "../login_store.ts";
import type { LoginText } from "./login_text.ts";
import type { LoginRun } from "../plan_login.ts";

interface LoginEnding {
  readonly run: LoginRun;
  readonly session: CommandSession;
  readonly store: LoginStore;
  /** True if the person has read the failure. */
  readonly isReported?: boolean;
}

const CREDENTIALS_FILE = "Credentials file";

interface Written {
  /** The outcome; it has a failure if something could not be written. */
  outcome: LoginOutcome;
  readonly files: Field[];
  storePath: string | undefined;
  /** The name of the stored sign-in. */
  name?: string | undefined;
  readonly lines: string[];
}

function recordFailure(written: Written, failure: Failure): void {
  const { outcome } = written;
  const shown = failure.kind === "cancelled" ? failure : outcome.failure ?? failure;
  const result = { ...outcome.result, completed: false, error: errorOf(shown) };
  written.outcome = { ...outcome, failure: shown, result };
}

async function attempt(write: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    return toFailure(error);
  }
}

/** The flags that the sign-in line repeats. */
export async function loginFlagsOf(
  { answers, invocation, runtime: { env } }: LoginRun,
): Promise<StoredFlags | undefined> {
  const names = [...invocation.sources.keys(), ...answers.keys() as Iterable<keyof LoginOptions>];
  if (!names.some((name) => LOGIN_FLAGS[name].stored !== undefined)) return undefined;
  const { storedFlags } = await import("../../../shared/sign_in/stored_flags.ts");
  return await storedFlags(LOGIN_FLAGS, invocation, env, answers);
}

/** Writes the sign-in to the store and to the credentials file; revokes the tokens if both fail. */
async function writeSignIn(
  { store, run, session: { outputs, secrets, signal, http, closeHttp } }: LoginEnding,
  written: Written,
  session: Session,
): Promise<void> {
  const { outcome: { plan, result, tools }, files, lines } = written;
  const { invocation: { options }, runtime: { env } } = run;
  const loginFlags = await loginFlagsOf(run);
  const entry = toStoredEntry(
    plan,
    result.protocolVersion,
    session,
    options.account,
    loginFlags,
  );
  const unstored = await attempt(async () => {
    const stored = await store.write(entry);
    written.storePath = stored.path;
    written.name = stored.name;
    lines.push(...stored.lines);
  });
  if (written.storePath !== undefined && tools !== undefined) {
    const { storeToolNames } = await import("../../../../store/file/tool_names.ts");
    await storeToolNames(env, entry.serverUrl, tools, (text) => secrets.maskForeign(text));
  }
  const unwritten = await attempt(async () => {
    const file = outputs.credentials;
    if (file === undefined) return;
    const { credentialsFile } = await import("../../../../flow/credentials/credentials_file.ts");
    await file.write(jsonText(credentialsFile(entry)));
    files.push([CREDENTIALS_FILE, file.path]);
  });
  const failure = unstored ?? unwritten;
  if (failure === undefined) return;
  if (written.storePath !== undefined || files.length > 0) return recordFailure(written, failure);
  const { revokeUnstoredTokens } = await import("../../../../flow/credentials/revoke.ts");
  const ended = await revokeUnstoredTokens({ http, secrets, signal }, entry, failure)
    .finally(closeHttp);
  if (written.outcome.failure !== null) lines.push(ended.failure.message);
  recordFailure(written, ended.failure);
  if (!ended.revoked) return;
  const { outcome } = written;
  written.outcome = { ...outcome, result: { ...outcome.result, credentials: null } };
}

/** Stores a client that the failed login registered, so that the next login registers no other one. */
export async function storeRegistration(
  { store, run }: LoginEnding,
  { plan, registered, result: { protocolVersion } }: LoginOutcome,
): Promise<boolean> {
  if (registered === undefined) return false;
  const { account } = run.invocation.options;
  const flags = await loginFlagsOf(run);
  const entry = toRegisteredEntry(plan, protocolVersion, registered, account, flags);
  // The login has failed already, and its failure is what a person has to read.
  return await store.storeRegistration(entry).catch(() => false);
}

async function writeFiles(ending: LoginEnding, outcome: LoginOutcome): Promise<Written> {
  const written: Written = { outcome, files: [], storePath: undefined, lines: [] };
  if (outcome.session !== null) await writeSignIn(ending, written, outcome.session);
  const isClientStored = await storeRegistration(ending, outcome);
  if (outcome.failure?.kind === "cancelled") {
    const { cancelledLogin } = await import("../cancelled_login.ts");
    const isStored = written.storePath !== undefined || written.files.length > 0;
    recordFailure(written, cancelledLogin(outcome.failure, isStored, isClientStored));
  }
  const unrecorded = await attempt(async () => {
    const { failure: before, result: document } = written.outcome;
    const { failure, path } = await ending.session.writeArtifact({
      failure: before ?? undefined,
      document,
    });
    if (path !== undefined) written.files.push([DEBUG_ARTIFACT, path]);
    if (failure !== undefined && failure !== before) throw failure;
  });
  if (unrecorded !== undefined) recordFailure(written, unrecorded);
  return written;
}

function hidingFlag({ answers, invocation: { options } }: LoginRun): Printing["hiddenBy"] {
  if (options.credentialsOut !== undefined) return "--credentials-out";
  return options.hideSecrets || answers.has("hideSecrets") ? "--hide-secrets" : undefined;
}

function nextStep(
  { invocation: { options, texts }, commandLine }: LoginRun,
  { outcome: { failure, plan, result }, storePath, name }: Written,
  loginFlags: StoredFlags | undefined,
): LoginText["next"] {
  if (failure?.code === "authorization_not_required") {
    const where = { url: plan.serverUrl };
    return ["See what the server offers", { line: commandText("tools list", where) }];
  }
  if (failure !== null) {
    const sent = result.currentStep !== "plan";
    return sent && options.debugOut === undefined && failure.kind === "operation"
      ? [
        "Record a trace; secrets are masked",
        commandLine({ add: { debugOut: "mcpass-debug.json" } }),
      ]
      : undefined;
  }
  if (options.dryRun) return ["Sign in", commandLine({ without: ["dryRun"] })];
  if (storePath === undefined && options.credentialsOut === undefined) {
    return plan.verifyTools
      ? undefined
      : ["Check that the server accepts the token", commandLine({ add: { verifyTools: true } })];
  }
  const { account = DEFAULT_ACCOUNT } = options;
  const at = { serverUrl: plan.serverUrl, account, loginFlags, name };
  const where = {
    ...signInOptions(at, storePath === undefined ? options.credentialsOut : undefined),
    ...storePath === undefined ? {} : storeTexts(texts),
  };
  return plan.verifyTools || options.hideSecrets
    ? ["Print the access token, refreshing it if needed", {
      line: commandText("token", where),
    }]
    : ["See what the server offers", { line: commandText("tools list", where) }];
}

/** The result with secrets masked. */
async function documentOf(
  { run, session: { secrets } }: LoginEnding,
  { failure, plan, result }: LoginOutcome,
) {
  const error = failure &&
    (await import("../../../terminal/error_document.ts")).errorMember(failure);
  const given = givenSecrets(plan);
  // A guided login asks for some secrets, so the list is complete only at the end.
  const givenMasks = createSecrets();
  for (const secret of given) if (secret.length >= MIN_SECRET) givenMasks.add(secret);
  return loginDocument(error === null ? result : { ...result, error }, {
    secrets,
    given,
    hiddenBy: hidingFlag(run),
    maskGiven: (text) => givenMasks.maskForeign(text),
  });
}

type TextParts = Pick<LoginText, "location" | "files" | "next">;

/** Writes why the login failed to standard error. */
export async function writeLoginFailure(
  ending: LoginEnding,
  outcome: LoginOutcome,
  parts: TextParts,
): Promise<void> {
  const { run: { invocation: { options }, runtime: { io } }, session } = ending;
  const { progress, view } = session;
  const { failure } = outcome;
  if (failure === null) return;
  progress.finish();
  const result = await documentOf(ending, outcome);
  if (progress.announce !== undefined) {
    return progress.announce({ event: "error", ...result.error });
  }
  const { failedText } = await import("./failed_text.ts");
  // Cancelling needs no explanation.
  const quiet = options.quiet || failure.kind === "cancelled";
  const text = { ...parts, result, view: view(io.stderrIsTerminal) };
  io.err(await failedText(text, failure, quiet));
}

/** Stores the sign-in, writes the files and the result; returns the exit status. */
export async function endLogin(ending: LoginEnding, ended: LoginOutcome): Promise<number> {
  const { run: { invocation: { options }, runtime: { io, env }, format }, session } = ending;
  const { secrets, view, progress } = session;
  const written = await writeFiles(ending, ended);
  progress.finish();
  const { outcome, files, storePath, lines } = written;
  const inFile = files.some(([label]) => label === CREDENTIALS_FILE);
  const location = storePath !== undefined
    ? "stored"
    : inFile
    ? "in the credentials file"
    : "nowhere else";
  const next = nextStep(ending.run, written, await loginFlagsOf(ending.run));
  const parts: TextParts = { location, files, next };
  if (ending.isReported !== true) await writeLoginFailure(ending, outcome, parts);
  else if (!options.quiet && files.length > 0) {
    const { filesLines } = await import("./failed_text.ts");
    io.err(`${filesLines(files, view(io.stderrIsTerminal)).join("\n")}\n`);
  }
  if (!options.quiet) {
    const width = io.stderrIsTerminal ? io.columns() : Infinity;
    for (const line of lines) {
      progress.io.err(wrap(secrets.mask(line), width, "", "  ").map((it) => `${it}\n`).join(""));
    }
  }
  const result = await documentOf(ending, outcome);
  const nowhereElse = result.credentials !== null && storePath === undefined &&
    options.credentialsOut === undefined;
  const text = async () => {
    const { resultText } = await import("./login_text.ts");
    const { logText } = await import("../../../terminal/workflow_commands.ts");
    return logText(resultText({ ...parts, result, view: view(io.stdoutIsTerminal) }), env);
  };
  io.out(format === "json" ? documentText(result) : await text(), nowhereElse);
  return exitStatusOf(outcome);
}
