import type { Remedy } from "../../core/command_text.ts";
import { cancelledFailure, Failure, failureIn, toFailure } from "../../core/failure.ts";
import type { JsonObject } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { printable } from "../../core/text.ts";
import type { StepId } from "../../core/step.ts";
import { connect, type Connection } from "../../mcp/connection.ts";
import type { AskForInput } from "../../mcp/input_request.ts";
import { describeMcpError, otherEraRemedy } from "../../mcp/mcp_error.ts";
import { authorizedFetch, type Fetch } from "../mcp/authorized_fetch.ts";
import { busyRemedy } from "../../oauth/common/error_response.ts";
import { tokenRefusedRemedy, TOOL_ERROR_REMEDY } from "../mcp/refusal.ts";
import { speaksOfAuthorization } from "../../oauth/mcp/authorization_words.ts";
import { REVISIONS } from "../../oauth/mcp/revision.ts";
import {
  olderProtocol,
  type UnauthenticatedResponse,
} from "../discovery/unauthenticated_response.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { Verification, VerificationPart } from "../context/login_result.ts";
import { failureOf, type LoginContext, reportable } from "../context/login_context.ts";
import type { SessionHolder } from "./session.ts";

export type PickTool = (tools: readonly JsonObject[]) => Promise<
  { readonly name: string; readonly args: Readonly<Record<string, unknown>> } | undefined
>;

interface Person {
  readonly pickTool?: PickTool | undefined;
  readonly askForInput?: AskForInput | undefined;
}

interface VerificationOutcome {
  readonly verification: Verification;
  readonly failure: Failure | null;
  /** Undefined if the server did not list them. */
  readonly tools: readonly JsonObject[] | undefined;
}

function isOlder(version: string | undefined): version is string {
  return REVISIONS.some((row) => row.id === version && row.era === "initialize");
}

/** Connects with the protocol of the first response; with `auto`, an older one may be found. */
async function connectAs(
  context: LoginContext,
  { protocol, transport }: UnauthenticatedResponse,
  fetch: Fetch,
  ask: AskForInput | undefined,
): Promise<Connection> {
  const { plan: { serverUrl, stepTimeoutMs: timeoutMs }, deps: { http, signal } } = context;
  const mayUseEither = context.auto && protocol.era === "stateless";
  const connection = await connect({
    serverUrl,
    fetch,
    version: mayUseEither ? "auto" : protocol.id,
    transport,
    ask,
    client: CLIENT_INFO,
    timeoutMs,
    maxBytes: http.maxResponseBytes,
    signal,
  });
  context.judge(connection.findings);
  const { version } = connection;
  if (mayUseEither && isOlder(version)) {
    const why = "the server does not support stateless requests";
    context.judge([olderProtocol(context, version, why)]);
  }
  return connection;
}

interface PartFacts {
  readonly context: LoginContext;
  readonly response: UnauthenticatedResponse;
  readonly holder: SessionHolder;
  /** What to do if the server cannot answer now. */
  readonly busy: string | undefined;
  /** True if the server accepted the token for a request. */
  readonly isAccepted: boolean;
  readonly isConnected: boolean;
}

/** The failure of a verification, and the message of its part. */
function failureOfPart(
  error: unknown,
  attempted: string,
  { context, response, holder, busy, isAccepted, isConnected }: PartFacts,
): { failure: Failure; message: string } {
  const { auto, deps, rules } = context;
  const wrapped = failureIn(error);
  const refusal = holder.takeRefusal();
  const own = wrapped ?? (refusal && failureOf(refusal));
  const message = reportable(own?.message ?? describeMcpError(error), deps.secrets);
  // A server that moved is not a failure of the verification.
  if (wrapped?.code === "issuer_changed") return { failure: wrapped, message };
  // The server asked for a token, and fails at the first request with the one that was issued.
  const isAboutToken = busy === undefined && !isConnected &&
    response.blockedBy === undefined &&
    (wrapped?.code === "redirect_refused" ||
      own === undefined && auto &&
        (speaksOfAuthorization(message) || !isAccepted && /\bHTTP [45]\d\d\b/.test(message)));
  const other = !isConnected && !auto ? otherEraRemedy(rules.id) : undefined;
  const issued = (remedy: string) => ({ remedy: `The token was issued\n${remedy}` });
  const advice: Remedy = isAboutToken
    ? {
      remedy:
        `${
          tokenRefusedRemedy({})
        }\nThe server asks for a token and fails with the one that was issued: ` +
        "a trace (--debug-out) shows what it answered",
    }
    : own?.remedy !== undefined
    ? { remedy: own.remedy, loginFlags: own.loginFlags, commandFlags: own.commandFlags }
    : busy !== undefined
    ? issued(busy)
    : other === undefined
    ? issued("The findings and --debug-out show what the server answered")
    : { ...other, ...issued(other.remedy) };
  if (wrapped !== undefined) {
    const { code, reference = "mcpass" } = wrapped;
    const finding = { code, message: wrapped.message, ...advice, reference };
    context.judge([{ ...finding, severity: "warning" }]);
  }
  const failure = new Failure("verification_failed", `${attempted} failed: ${message}`, {
    kind: own?.kind === "sign_in_needed" ? "sign_in_needed" : "operation",
    ...advice,
    reference: own?.reference,
    detail: /\bHTTP \d{3}\b/.exec(message)?.[0],
    cause: own ?? error,
  });
  return { failure, message };
}

/**
 * A failed verification does not throw: the token is still stored.
 *
 * @throws Failure `cancelled`.
 */
export async function verify(
  context: LoginContext,
  response: UnauthenticatedResponse,
  holder: SessionHolder,
  { askForInput, pickTool }: Person,
): Promise<VerificationOutcome> {
  const { plan, deps } = context;
  const { clock, signal } = deps;
  let step: StepId = "verify_list_tools";
  let failure: Failure | null = null;
  let connection: Connection | undefined;
  let busy: string | undefined;
  let isAccepted = false;

  const authorized = authorizedFetch(deps.http.streaming(() => step), holder);
  const fetch: Fetch = async (input, init) => {
    const response = await authorized(input, init);
    if (init?.method === "POST") busy = busyRemedy(response);
    isAccepted ||= response.ok;
    return response;
  };

  async function part<T>(
    id: StepId,
    attempted: string,
    work: (detail: (text: string) => void) => Promise<T>,
  ): Promise<{ outcome: VerificationPart; value?: T }> {
    step = id;
    const started = clock.now();
    const durationMs = () => Math.round(clock.now() - started);
    try {
      const value = await context.step(id, work);
      return { outcome: { passed: true, durationMs: durationMs() }, value };
    } catch (error) {
      if (signal.aborted || toFailure(error).kind === "cancelled") throw cancelledFailure();
      const isConnected = connection !== undefined;
      const facts = { context, response, holder, busy, isAccepted, isConnected };
      const found = failureOfPart(error, attempted, facts);
      failure ??= found.failure;
      return { outcome: { passed: false, durationMs: durationMs(), error: found.message } };
    }
  }

  try {
    const listed = await part("verify_list_tools", "listing the tools", async (detail) => {
      connection = await connectAs(context, response, fetch, askForInput);
      const { items, findings } = await connection.list("tools");
      context.judge(findings);
      detail(counted(items.length, "tool"));
      return items;
    });
    const { value: tools } = listed;
    const toolCount = tools?.length;
    const listTools = { ...listed.outcome, ...(toolCount === undefined ? {} : { toolCount }) };
    const picked = plan.verifyCallTool === undefined && tools !== undefined
      ? await pickTool?.(tools)
      : undefined;
    const toolName = plan.verifyCallTool ?? picked?.name;
    if (toolName === undefined) return { verification: { listTools }, failure, tools };
    const open = connection;
    if (open === undefined || !listTools.passed) {
      const skipped = { step: "verify_call_tool", at: clock.now() } as const;
      const detail = "listing the tools failed";
      deps.emit({ type: "step_started", ...skipped });
      deps.emit({ type: "step_ended", ...skipped, status: "skipped", detail });
      const error = `skipped: ${detail}`;
      const callTool = { passed: false, durationMs: 0, toolName, error };
      return { verification: { listTools, callTool }, failure, tools };
    }
    const name = printable(toolName, 60);
    const called = await part("verify_call_tool", `calling the tool "${name}"`, async (detail) => {
      const result = await open.callTool(toolName, picked?.args ?? plan.toolArgs);
      context.judge(result.findings);
      if (result.isError) {
        throw new Failure("tool_error", `the tool answered isError: ${printable(result.text)}`, {
          remedy: TOOL_ERROR_REMEDY,
        });
      }
      detail(name);
    });
    const callTool = { ...called.outcome, toolName };
    return { verification: { listTools, callTool }, failure, tools };
  } finally {
    await connection?.close();
  }
}
