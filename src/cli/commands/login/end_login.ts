import { type Failure, toFailure } from "../../../core/failure.ts";
import { toStoredEntry } from "../../../flow/login/stored_login.ts";
import type { LoginOutcome } from "../../../flow/login/login.ts";
import { givenSecrets } from "../../../flow/context/login_plan.ts";
import { SHORTEST_SECRET } from "../../../oauth/mcp/scope.ts";
import { DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import { createSecrets } from "../../../trace/secrets.ts";
import { type CommandSession, exitStatus } from "../../shared/command_session.ts";
import { errorMember } from "../../terminal/error_document.ts";
import { partsOf } from "../../terminal/failure_parts.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { signInFlags } from "../../shared/sign_in_flags.ts";
import type { Field } from "../../terminal/layout.ts";
import { loginDocument, type Printing } from "./login_document.ts";
import type { LoginOptions } from "./login_flags.ts";
import type { LoginStore } from "./login_store.ts";
import type { LoginText } from "./login_text.ts";
import type { LoginRun } from "./plan_login.ts";

export interface LoginEnding {
  readonly run: LoginRun;
  readonly session: CommandSession;
  readonly store: LoginStore;
}

const CREDENTIALS_FILE = "Credentials file";

interface WrittenOutcome {
  /** The outcome; it has a failure if something could not be written. */
  readonly outcome: LoginOutcome;
  readonly files: readonly Field[];
  readonly storePath: string | undefined;
  readonly lines: readonly string[];
}

/** Stores the sign-in and writes the files of the flags. A file that cannot be written is a failure. */
async function writeFiles(
  { store, run, session: commandSession }: LoginEnding,
  outcome: LoginOutcome,
): Promise<WrittenOutcome> {
  const { outputs, secrets, signal, http } = commandSession;
  const files: Field[] = [];
  const lines: string[] = [];
  let storePath: string | undefined;
  let ending = outcome;
  const failed = (error: unknown) => {
    const cause = toFailure(error);
    const failure = cause.kind === "cancelled" ? cause : ending.failure ?? cause;
    const result = { ...ending.result, completed: false, error: errorMember(failure) };
    ending = { ...ending, failure, result };
  };
  /** Returns why it could not be written; undefined if it was written or not requested. */
  const attempt = async (write: () => Promise<void>): Promise<Failure | undefined> => {
    try {
      await write();
      return undefined;
    } catch (error) {
      return toFailure(error);
    }
  };
  const { result, session, tools } = outcome;
  if (session !== null) {
    const { options } = run.invocation;
    const entry = toStoredEntry(outcome.plan, result.protocolVersion, session, options.account);
    const unstored = await attempt(async () => {
      const outcome = await store.write(entry);
      storePath = outcome.path;
      lines.push(...outcome.lines);
    });
    if (storePath !== undefined && tools !== undefined) {
      const { storeToolNames } = await import("../../../store/file/tool_names.ts");
      await storeToolNames(
        run.runtime.env,
        entry.serverUrl,
        tools,
        (text) => secrets.maskForeign(text),
      );
    }
    const unwritten = await attempt(async () => {
      const path = await outputs.write("credentials", async () => {
        const { credentialsFile } = await import("../../../flow/credentials/credentials_file.ts");
        return jsonText(credentialsFile(entry));
      });
      if (path !== undefined) files.push([CREDENTIALS_FILE, path]);
    });
    const failure = unstored ?? unwritten;
    if (failure !== undefined && storePath === undefined && files.length === 0) {
      const { revokeUnstoredTokens } = await import("../../../flow/credentials/revoke_unstored.ts");
      const ended = await revokeUnstoredTokens({ http, secrets, signal }, entry, failure)
        .finally(() => commandSession.closeHttp());
      if (ending.failure !== null) lines.push(ended.failure.message);
      failed(ended.failure);
      if (ended.revoked) ending = { ...ending, result: { ...ending.result, credentials: null } };
    } else if (failure !== undefined) failed(failure);
  }
  const unrecorded = await attempt(async () => {
    const { failure, path } = await commandSession.writeArtifact({
      failure: ending.failure ?? undefined,
      document: ending.result,
    });
    if (path !== undefined) files.push(["Debug artifact", path]);
    if (failure !== undefined && failure !== ending.failure) throw failure;
  });
  if (unrecorded !== undefined) failed(unrecorded);
  return { outcome: ending, files, storePath, lines };
}

function hidingFlag({ credentialsOut, hideSecrets }: LoginOptions): Printing["hiddenBy"] {
  if (credentialsOut !== undefined) return "--credentials-out";
  return hideSecrets ? "--hide-secrets" : undefined;
}

function nextStep(
  run: LoginRun,
  { outcome, storePath }: WrittenOutcome,
): readonly [why: string, line: string] | undefined {
  const { invocation: { options } } = run;
  const { plan } = outcome;
  if (outcome.failure !== null) {
    const sent = outcome.result.currentStep !== "plan";
    return sent && options.debugOut === undefined && outcome.failure.kind === "operation"
      ? [
        "To record every request with secrets masked, run",
        run.commandLine({ add: "--debug-out mcpass-debug.json" }),
      ]
      : undefined;
  }
  if (options.dryRun) return ["Sign in", run.commandLine({ without: ["dryRun"] })];
  if (storePath === undefined && options.credentialsOut === undefined) {
    return plan.verifyTools
      ? undefined
      : ["Check that the server takes the token", run.commandLine({ add: "--verify-tools" })];
  }
  const at = { serverUrl: plan.serverUrl, account: options.account ?? DEFAULT_ACCOUNT };
  const where = signInFlags(at, storePath === undefined ? options.credentialsOut : undefined);
  return plan.verifyTools || options.hideSecrets
    ? ["The token for a script, renewed where it is due", `mcpass oauth token ${where}`]
    : ["See what the server offers", `mcpass tools list ${where}`];
}

/**
 * Stores the sign-in, writes the files and shows the result.
 *
 * @returns The exit status.
 */
export async function endLogin(ending: LoginEnding, ended: LoginOutcome): Promise<number> {
  const { run: { invocation: { options }, runtime: { io }, format }, session } = ending;
  const { secrets, view, progress } = session;
  const given = givenSecrets(ended.plan);
  // A guided login asks for some secrets, so the list is complete only at the end.
  const givenMasks = createSecrets();
  for (const secret of given) if (secret.length >= SHORTEST_SECRET) givenMasks.add(secret);
  const written = await writeFiles(ending, ended);
  progress.finish();
  const { outcome, files, storePath } = written;
  const document = loginDocument(outcome.result, {
    secrets,
    given,
    hiddenBy: hidingFlag(options),
    maskGiven: (text) => givenMasks.maskForeign(text),
  });
  const location = storePath !== undefined
    ? "stored"
    : files.some(([label]) => label === CREDENTIALS_FILE)
    ? "in the credentials file"
    : "nowhere else";
  const next = nextStep(ending.run, written);
  const text = (isTerminal: boolean): LoginText => (
    { result: document, location, view: view(isTerminal), files, next }
  );
  if (outcome.failure !== null) {
    const failure = await partsOf(outcome.failure);
    const { failedText } = await import("./login_text.ts");
    io.err(failedText({ ...text(io.stderrIsTerminal), failure, quiet: options.quiet }));
  }
  if (!options.quiet) {
    for (const line of written.lines) io.err(`${secrets.mask(line)}\n`);
  }
  const nowhereElse = document.credentials !== null && storePath === undefined &&
    options.credentialsOut === undefined;
  const shown = format === "json"
    ? jsonText(document)
    : (await import("./login_text.ts")).resultText(text(io.stdoutIsTerminal));
  io.out(shown, nowhereElse);
  return exitStatus(outcome);
}
