/** Access to an MCP server with the credentials that were given or stored. @module */

import type { Failure } from "../../core/failure.ts";
import { type McpSession, startMcpSession } from "../../flow/mcp/mcp_session.ts";
import type { SignIn } from "../../flow/context/sign_in_needed.ts";
import { DEFAULT_ACCOUNT } from "../../store/stored_entry.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import { type CredentialSource, findCredentials } from "./credential_source.ts";
import { signInFlags } from "./sign_in_flags.ts";
import type { CommandSession } from "./command_session.ts";
import type { TokenCommandInvocation } from "./server_flags.ts";
import { createStepUp } from "./step_up.ts";

/** Credentials, or why there are none. */
export interface FoundCredentials {
  /** The credentials; undefined when nothing was given and nothing is stored. */
  readonly source: CredentialSource | undefined;
  /** The sign-in that is kept there; undefined for a token that was given. */
  readonly entry: StoredEntry | undefined;
  readonly missing: Failure | undefined;
  readonly signIn: SignIn;
}

/**
 * Finds the credentials. None at all is no failure, unless an account was named: the server may
 * want none.
 *
 * @throws Failure as `findCredentials` does.
 */
export async function credentialsFor(
  session: CommandSession,
  invocation: TokenCommandInvocation,
): Promise<FoundCredentials> {
  const { serverUrl, secrets, runtime } = session;
  const signIn: SignIn = {
    serverUrl,
    headerNames: invocation.options.header.map(([name]) => name),
  };
  try {
    const source = await findCredentials(serverUrl, invocation, runtime);
    const entry = await source.repository?.read();
    for (const secret of [entry?.tokens?.accessToken, entry?.tokens?.refreshToken]) {
      secrets.add(secret);
    }
    return { source, entry, missing: undefined, signIn: entry ?? signIn };
  } catch (error) {
    const missing = error as Failure;
    if (missing.code !== "not_signed_in" || invocation.options.account !== undefined) throw error;
    return { source: undefined, entry: undefined, missing, signIn };
  }
}

/** The flags that name the server and find these credentials again; a given token has none. */
export function credentialFlags(serverUrl: string, source: CredentialSource | undefined): string {
  return signInFlags(
    { serverUrl, account: source?.account ?? DEFAULT_ACCOUNT },
    source?.kind === "file" ? source.where : undefined,
  );
}

export function startAuthorizedSession(
  session: CommandSession,
  invocation: TokenCommandInvocation,
  { source, signIn }: FoundCredentials,
): McpSession {
  const { serverUrl, http, stepTimeoutMs, signal } = session;
  const stepUp = createStepUp(session, invocation.options, source?.repository);
  return startMcpSession({
    serverUrl,
    http,
    signal,
    signIn,
    timeoutMs: stepTimeoutMs,
    version: invocation.options.protocolVersion ?? "auto",
    holder: source === undefined
      ? undefined
      : (report) => source.holder(session, report, stepUp === undefined ? {} : { stepUp }),
  });
}

/** The tools of a server. Their names are kept for completion where the sign-in is kept. */
export async function listTools(
  mcp: McpSession,
  { serverUrl, secrets, runtime }: CommandSession,
  { source }: FoundCredentials,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const tools = await mcp.use(
    "verify_list_tools",
    "listing the tools",
    (connection) => connection.list("tools"),
  );
  if (source?.kind === "store") {
    const { storeToolNames } = await import("../../store/tool_names.ts");
    await storeToolNames(runtime.env, serverUrl, tools, (text) => secrets.maskForeign(text));
  }
  return tools;
}
