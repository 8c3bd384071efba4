import { cancelledFailure, Failure, failureIn, toFailure } from "../../core/failure.ts";
import type { StepId } from "../../core/step.ts";
import { quoted } from "../../core/text.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { Connection } from "../../mcp/connection.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import { authorizedFetch, type Fetch, type TokenHolder } from "./authorized_fetch.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { Refusal, ReportRefusal } from "./refusal.ts";
import { type SignIn, signInNeeded } from "../context/sign_in_needed.ts";

interface McpSessionOptions {
  readonly serverUrl: string;
  readonly http: HttpClient;
  readonly holder: ((report: ReportRefusal) => TokenHolder) | undefined;
  /** What the login command for this server needs. */
  readonly signIn: SignIn;
  readonly version: RevisionId | "auto";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A connection, and the step that its exchanges are recorded under. */
export interface McpSession extends AsyncDisposable {
  /**
   * Uses the connection; the first call opens it.
   *
   * @param attempted For the message: `listing the tools`.
   * @throws Failure `authorization_required`, `token_rejected`, `insufficient_scope` (all of kind
   * `sign_in_needed`), `access_refused`, `network_*`, `mcp_error`, `cancelled`, and as the holder.
   */
  use<T>(
    step: StepId,
    attempted: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T>;
}

function refusalFailure({ code, message, remedy, reference }: Refusal, signIn: SignIn) {
  const isEndedBySignIn = code === "token_rejected" || code === "insufficient_scope";
  const kind = isEndedBySignIn ? "sign_in_needed" : "operation";
  return new Failure(code, message, { kind, remedy: remedy(signIn), reference });
}

export function startMcpSession(options: McpSessionOptions): McpSession {
  const { serverUrl, http, signIn, signal } = options;
  let refusal: Refusal | undefined;
  let thrown: Failure | undefined;
  let unauthorized = false;
  let step: StepId = "request";
  let connection: Connection | undefined;

  const holder = options.holder?.((found) => refusal ??= found);
  const streaming = http.streaming(() => step);
  const plain: Fetch = async (input, init) => {
    const response = await streaming(input, init);
    unauthorized ||= response.status === 401;
    return response;
  };
  const inner = holder === undefined ? plain : authorizedFetch(streaming, holder);
  // The client library wraps what its fetch throws, and tries other requests.
  const fetch: Fetch = async (input, init) => {
    if (thrown?.kind === "sign_in_needed") throw thrown;
    try {
      return await inner(input, init);
    } catch (error) {
      if (error instanceof Failure) thrown ??= error;
      throw error;
    }
  };

  /** The failure if something explains the error better than the client library. */
  function knownFailure(error: unknown): Failure | undefined {
    if (signal.aborted || toFailure(error).kind === "cancelled") return cancelledFailure();
    const wrapped = thrown ?? failureIn(error);
    if (wrapped !== undefined) return wrapped;
    if (refusal !== undefined) return refusalFailure(refusal, signIn);
    if (!unauthorized) return undefined;
    const message = `${
      quoted(serverUrl)
    } requires a token; none was given, and none is stored for it`;
    return signInNeeded("authorization_required", message, signIn);
  }

  return {
    async use(as, attempted, work) {
      const { otherEraHint, connect, describeMcpError } = await import("../../mcp/connection.ts");
      const { version } = options;
      step = as;
      [refusal, thrown, unauthorized] = [undefined, undefined, false];
      try {
        connection ??= await connect({
          serverUrl,
          fetch,
          version,
          client: CLIENT_INFO,
          timeoutMs: options.timeoutMs,
          signal,
        });
        return await work(connection);
      } catch (error) {
        const known = knownFailure(error);
        if (known !== undefined) throw known;
        const remedy = connection === undefined && version !== "auto"
          ? otherEraHint(version)
          : "--verbose shows every exchange; mcpass server doctor looks for the cause";
        const message = `${attempted} failed: ${describeMcpError(error)}`;
        throw new Failure("mcp_error", message, { remedy, detail: attempted, cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      await connection?.close();
    },
  };
}
