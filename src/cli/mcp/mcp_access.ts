import { commandText, type OptionTexts } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import { printable } from "../../core/text.ts";
import { type McpSession, startMcpSession } from "../../flow/mcp/mcp_session.ts";
import type { SignIn } from "../../flow/context/sign_in_needed.ts";
import type { Connection } from "../../mcp/connection.ts";
import type { ListKind } from "../../mcp/list_kind.ts";
import { storeToolNames } from "../../store/file/tool_names.ts";
import { isRefreshable } from "../../flow/credentials/renewal.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../store/stored_entry.ts";
import { canAsk } from "../prompt/missing_options.ts";
import { type CredentialSource, findCredentials } from "../shared/sign_in/credential_source.ts";
import { networkFlags, signInOptions } from "../shared/sign_in/sign_in_flags.ts";
import { pinnedRevision } from "../shared/discovery_choices.ts";
import type { CommandSession } from "../shared/command_session.ts";
import type { TokenCommandInvocation } from "../shared/token_command_flags.ts";
import { createStepUp } from "../shared/sign_in/step_up.ts";

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
    if (missing.commandFlags !== undefined) session.note(missing.message);
    return { source: undefined, entry: undefined, missing, signIn };
  }
}

export function credentialOptions(
  serverUrl: string,
  { source, entry, signIn: { loginFlags } }: FoundCredentials,
): OptionTexts {
  const account = source?.account ?? DEFAULT_ACCOUNT;
  const file = source?.kind === "file" ? source.where : undefined;
  return signInOptions({ serverUrl, account, loginFlags, name: entry?.name }, file);
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
      refresh: canRefresh ? { line: commandText("refresh", options) } : undefined,
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

/** The nouns of the lists, for messages. */
export const LIST_NOUNS: Readonly<Record<ListKind, string>> = {
  tools: "tool",
  resources: "resource",
  resourceTemplates: "resource template",
  prompts: "prompt",
};

/** @throws Failure `capability_missing`. */
export function requireCapability(connection: Connection, kind: ListKind): void {
  if (connection.offers(kind)) return;
  const capability = kind === "resourceTemplates" ? "resources" : kind;
  const offered = Object.keys(connection.capabilities).map((name) => printable(name, 60));
  const listed = offered.join(", ") || "none";
  throw new Failure(
    "capability_missing",
    `the server has no ${capability}; its capabilities: ${listed}`,
    {
      remedy: `Server: announce the capability "${capability}" if the server has any`,
      reference: "MCP lifecycle, Capability Negotiation",
    },
  );
}

/** Lists what a server has. For a sign-in in the store, names of tools are stored for completion. */
export async function listItems(
  mcp: McpSession,
  session: CommandSession,
  { source }: FoundCredentials,
  kind: ListKind,
): Promise<readonly JsonObject[]> {
  const { serverUrl, secrets, runtime } = session;
  const step = "verify_list_tools";
  const { items, findings } = await mcp.use(
    step,
    `listing the ${LIST_NOUNS[kind]}s`,
    (connection) => {
      // An empty list of tools is a valid result: a script need not handle an error.
      if (kind !== "tools") requireCapability(connection, kind);
      return connection.list(kind);
    },
  );
  reportFindings(session)(findings, step);
  if (kind === "tools" && source?.kind === "store") {
    await storeToolNames(runtime.env, serverUrl, items, (text) => secrets.maskForeign(text));
  }
  return items;
}
