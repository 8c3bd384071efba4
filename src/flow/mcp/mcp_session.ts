import { withCommand } from "../../core/command_text.ts";
import { cancelledFailure, Failure, failureIn, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { isScopeToken, quoted } from "../../core/text.ts";
import type { HttpClient, StreamInit } from "../../http/http_client.ts";
import type { Connection } from "../../mcp/connection.ts";
import type { AskForInput } from "../../mcp/input_request.ts";
import { busyRemedy } from "../../oauth/common/error_response.ts";
import { speaksOfAuthorization } from "../../oauth/mcp/authorization_words.ts";
import { chooseChallenge, isOAuthChallenge, parseChallenges } from "../../oauth/mcp/challenge.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import { namedMetadata } from "../discovery/challenge_findings.ts";
import {
  authorizedFetch,
  type Fetch,
  type TokenHolder,
  withoutRedirect,
} from "./authorized_fetch.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { Commands, Refusal, ReportRefusal } from "./refusal.ts";
import { type SignIn, signInNeeded, signInRemedy } from "../context/sign_in_needed.ts";
import { askWithoutToken } from "./without_token.ts";

interface McpSessionOptions {
  readonly serverUrl: string;
  readonly http: HttpClient;
  readonly holder: ((report: ReportRefusal) => TokenHolder) | undefined;
  readonly commands: Commands;
  readonly version: RevisionId | "auto";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets what is unusual about the connection. */
  readonly report: (judgements: readonly Judgement[], step: StepId) => void;
  /** Undefined if nobody can be asked for input that the server needs. */
  readonly ask?: AskForInput | undefined;
}

/** A connection, and the step that its exchanges are recorded under. */
export interface McpSession extends AsyncDisposable {
  /**
   * Uses the connection; the first call opens it.
   *
   * @param attempted For the message: `listing the tools`.
   * @throws Failure `authorization_required`, `token_rejected`, `insufficient_scope` (all of kind
   * `sign_in_needed`), `access_refused`, `token_may_be_refused`, `redirect_refused`, `network_*`,
   * `mcp_error`, `cancelled`, and as the holder.
   */
  use<T>(
    step: StepId,
    attempted: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T>;
  /**
   * Asks the server the last request without a token. Nothing is sent again with the token.
   *
   * @param seen What happened to the request with it.
   * @returns The failure if that may be the reason: the server asks for a token.
   */
  suspectToken(seen: string): Promise<Failure | undefined>;
}

/** A POST, and the status of its response. */
interface SentRequest {
  readonly input: string | URL | Request;
  readonly init: StreamInit;
  status?: number;
  /** Set if the server cannot answer now, which says nothing about a token. */
  busy?: string | undefined;
}

/**
 * The sign-in with what a challenge names.
 *
 * @param isLater True if earlier requests needed no token: a login may not receive the challenge.
 */
function signInWith(response: Response, isLater: boolean, signIn: SignIn): SignIn {
  const header = response.headers.get("www-authenticate") ?? "";
  const challenge = chooseChallenge(parseChallenges(header).challenges);
  if (!isLater || challenge === undefined) return signIn;
  const resourceMetadata = namedMetadata(challenge, response.url, signIn.serverUrl);
  const scopes = challenge.scope?.filter(isScopeToken).join(" ") || undefined;
  return {
    ...signIn,
    loginFlags: { ...signIn.loginFlags, ...pickDefined({ resourceMetadata, scopes }) },
  };
}

function refusalFailure({ code, message, remedy, reference }: Refusal, commands: Commands) {
  const isEndedBySignIn = code === "token_rejected" || code === "insufficient_scope";
  const kind = isEndedBySignIn ? "sign_in_needed" : "operation";
  return new Failure(code, message, { kind, remedy: remedy(commands), reference });
}

export function startMcpSession(options: McpSessionOptions): McpSession {
  const { serverUrl, http, commands, signal } = options;
  const { signIn, refresh, doctor } = commands;
  let refusal: Refusal | undefined;
  let thrown: Failure | undefined;
  /** What the login command needs, after a response that asked for a token. */
  let needed: SignIn | undefined;
  let isOpen = false;
  let last: SentRequest | undefined;
  let step: StepId = "request";
  let connection: Connection | undefined;

  const holder = options.holder?.((found) => refusal ??= found);
  const streaming = http.streaming(() => step);
  const plain: Fetch = async (input, init) => {
    const response = await streaming(input, init);
    isOpen ||= response.ok;
    const header = response.headers.get("www-authenticate");
    if (response.status !== 401 && (response.ok || !isOAuthChallenge(header))) {
      return await withoutRedirect(response, init?.method);
    }
    needed ??= signInWith(response, isOpen, signIn);
    return response;
  };
  const inner = holder === undefined ? plain : authorizedFetch(streaming, holder);
  // The client library wraps what its fetch throws, and tries other requests.
  const fetch: Fetch = async (input, init) => {
    if (thrown?.kind === "sign_in_needed") throw thrown;
    const sent: SentRequest = { input, init: init ?? {} };
    if (init?.method === "POST") last = sent;
    try {
      const response = await inner(input, init);
      sent.status = response.status;
      sent.busy = busyRemedy(response);
      return response;
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
    if (refusal !== undefined) return refusalFailure(refusal, commands);
    if (needed === undefined) return undefined;
    const server = quoted(serverUrl);
    const message = `${server} requires a token; none was given, and none is stored for it`;
    return signInNeeded("authorization_required", message, needed);
  }

  /** Without a token: the failure if the words of the error say that one is missing. */
  function unauthorizedByWords(seen: string): Failure | undefined {
    if (holder !== undefined || !speaksOfAuthorization(seen)) return undefined;
    const message = `${quoted(serverUrl)} refuses a request without a token (${seen}); none was ` +
      "given, and none is stored for it";
    return signInNeeded("authorization_required", message, signIn);
  }

  /** True if the last request may have failed because of its token. */
  function mayBeAboutToken(seen: string): boolean {
    const status = last?.status;
    if (last?.busy !== undefined) return false;
    return (status !== undefined && status >= 300) || speaksOfAuthorization(seen);
  }

  const busyLast = (): string | undefined => last?.busy;

  async function suspectToken(seen: string): Promise<Failure | undefined> {
    if (holder === undefined || last === undefined) return undefined;
    const answer = await askWithoutToken(streaming, last.input, last.init);
    if (answer?.asksForToken !== true) return undefined;
    const message = `${seen}; without the token, the server asks for one (HTTP ${answer.status})`;
    const intro = "The server may no longer accept the token. " +
      (String(last.init.body).includes('"method":"tools/call"')
        ? "The tool may have run: see whether it did before you call it again. "
        : "");
    return new Failure("token_may_be_refused", message, {
      remedy: refresh === undefined
        ? signInRemedy(signIn, `${intro}Sign in again`)
        : withCommand(`${intro}Refresh it`, refresh),
      reference: "MCP authorization, Token Handling",
    });
  }

  return {
    suspectToken,
    async use(as, attempted, work) {
      const [{ connect }, { describeMcpError, otherEraHint }] = await Promise.all([
        import("../../mcp/connection.ts"),
        import("../../mcp/mcp_error.ts"),
      ]);
      const { version } = options;
      step = as;
      [refusal, thrown, needed, last] = [undefined, undefined, undefined, undefined];
      try {
        if (connection === undefined) {
          const { ask, timeoutMs } = options;
          const client = CLIENT_INFO;
          const maxBytes = http.maxResponseBytes;
          const limits = { timeoutMs, maxBytes, signal };
          connection = await connect({ serverUrl, fetch, version, client, ask, ...limits });
          options.report(connection.findings, as);
        }
        return await work(connection);
      } catch (error) {
        const known = knownFailure(error);
        if (known !== undefined && known.code !== "redirect_refused") throw known;
        const seen = known?.message ?? describeMcpError(error);
        const message = `${attempted} failed: ${seen}`;
        const isRedirect = known !== undefined;
        const explained = unauthorizedByWords(seen) ??
          (isRedirect || mayBeAboutToken(seen) ? await suspectToken(message) : undefined);
        if (explained ?? known) throw explained ?? known;
        const verbose = "--verbose shows every exchange";
        const busy = busyLast();
        const remedy = busy !== undefined
          ? busy
          : connection === undefined && version !== "auto"
          ? otherEraHint(version)
          : doctor === undefined
          ? verbose
          : withCommand(`${verbose}. To look for the cause, run`, doctor);
        throw new Failure("mcp_error", message, { remedy, detail: attempted, cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      await connection?.close();
    },
  };
}
