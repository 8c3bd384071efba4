import { commandText, type OptionTexts } from "../../core/command_text.ts";
import type { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import { type McpSession, startMcpSession } from "../../flow/mcp/mcp_session.ts";
import type { SignIn } from "../../flow/context/sign_in_needed.ts";
import { storeToolNames } from "../../store/file/tool_names.ts";
import { isRefreshable } from "../../flow/credentials/renewal.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../store/stored_entry.ts";
import { canAsk } from "../prompt/missing_options.ts";
import { type CredentialSource, findCredentials } from "./credential_source.ts";
import { networkFlags, signInOptions } from "./sign_in_flags.ts";
import { pinnedRevision } from "./discovery_choices.ts";
import type { CommandSession } from "./command_session.ts";
import type { TokenCommandInvocation } from "./token_command_flags.ts";
import { createStepUp } from "./step_up.ts";

export interface FoundCredentials {
  readonly source: CredentialSource | undefined;
  /** The stored sign-in; undefined for a token of the command line. */
  readonly entry: StoredEntry | undefined;
  readonly missing: Failure | undefined;
  readonly signIn: SignIn;
}

/** Missing credentials are a failure only for a named account: the server may require none. */
export async function credentialsFor(
  session: CommandSession,
  invocation: TokenCommandInvocation,
): Promise<FoundCredentials> {
  const { serverUrl, secrets, runtime } = session;
  const headerNames = invocation.options.header.map(([name]) => name);
  const own = networkFlags(invocation.options);
  const signIn: SignIn = { serverUrl, headerNames, loginFlags: own };
  try {
    const source = await findCredentials(serverUrl, invocation, runtime);
    const entry = await source.repository?.read();
    secrets.add(entry?.tokens?.accessToken);
    secrets.add(entry?.tokens?.refreshToken);
    session.trustAsStored(entry?.loginFlags);
    const stored = entry && { ...entry, loginFlags: { ...entry.loginFlags, ...own } };
    return { source, entry, missing: undefined, signIn: stored ?? signIn };
  } catch (error) {
    const missing = error as Failure;
    if (missing.code !== "not_signed_in" || invocation.options.account !== undefined) throw error;
    return { source: undefined, entry: undefined, missing, signIn };
  }
}

export function credentialOptions(
  serverUrl: string,
  { source, signIn: { loginFlags } }: FoundCredentials,
): OptionTexts {
  const account = source?.account ?? DEFAULT_ACCOUNT;
  const file = source?.kind === "file" ? source.where : undefined;
  return signInOptions({ serverUrl, account, loginFlags }, file);
}

export function startAuthorizedSession(
  session: CommandSession,
  invocation: TokenCommandInvocation,
  found: FoundCredentials,
  isDoctor = false,
): McpSession {
  const { source, entry, signIn } = found;
  const { serverUrl, http, secrets, stepTimeoutMs, signal } = session;
  const options = credentialOptions(serverUrl, found);
  const stepUp = createStepUp(session, invocation.options, source?.repository);
  const canRefresh = entry && isRefreshable(entry, Boolean(entry.tokens?.refreshToken));
  return startMcpSession({
    serverUrl,
    http,
    secrets,
    signal,
    commands: {
      signIn,
      refresh: canRefresh ? { line: commandText("oauth refresh", options) } : undefined,
      doctor: isDoctor ? undefined : { line: commandText("server doctor", options) },
    },
    timeoutMs: stepTimeoutMs,
    version: invocation.options.protocolVersion ?? pinnedRevision(signIn) ?? "auto",
    holder: source === undefined ? undefined : (report) => source.holder(session, report, stepUp),
    report: reportFindings(session),
    ask: canAsk(invocation.options, session.runtime.io)
      ? async (params) => {
        const { askForInput } = await import("./ask_for_input.ts");
        return await askForInput(session, params);
      }
      : undefined,
  });
}

export function reportFindings(
  { emit }: CommandSession,
): (judgements: readonly Judgement[], step: StepId) => void {
  return (judgements, step) => {
    for (const judgement of judgements) emit({ type: "finding", finding: { ...judgement, step } });
  };
}

/** Lists the tools of a server. For a sign-in in the store, their names are stored for completion. */
export async function listTools(
  mcp: McpSession,
  session: CommandSession,
  { source }: FoundCredentials,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { serverUrl, secrets, runtime } = session;
  const step = "verify_list_tools";
  const { items: tools, findings } = await mcp.use(
    step,
    "listing the tools",
    (connection) => connection.list("tools"),
  );
  reportFindings(session)(findings, step);
  if (source?.kind === "store") {
    await storeToolNames(runtime.env, serverUrl, tools, (text) => secrets.maskForeign(text));
  }
  return tools;
}
