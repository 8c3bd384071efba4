import { withCommand } from "../../core/command_text.ts";
import { cancelledFailure, Failure, failureIn, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { isScopeToken, quoted } from "../../core/text.ts";
import { locationOf, movedEndpoint } from "../../http/request_url.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { Connection } from "../../mcp/connection.ts";
import type { AskForInput } from "../../mcp/input_request.ts";
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
import type { Secrets } from "../../trace/secrets.ts";
import { CLIENT_INFO } from "../discovery/unauthenticated_request.ts";
import type { Commands, Refusal, ReportRefusal } from "./refusal.ts";
import { type SignIn, signInNeeded, signInRemedy } from "../context/sign_in_needed.ts";
import { type WatchedRequests, watchRequests } from "./watched_requests.ts";

interface McpSessionOptions {
  readonly serverUrl: string;
  readonly http: HttpClient;
  readonly secrets: Pick<Secrets, "maskForeign">;
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
export interface McpSession extends AsyncDisposable, Pick<WatchedRequests, "suspectToken"> {
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
}

/** The sign-in with what a challenge names that a login may not receive. */
export function signInWith(header: string, url: string, signIn: SignIn): SignIn {
  const challenge = chooseChallenge(parseChallenges(header).challenges);
  if (challenge === undefined) return signIn;
  const resourceMetadata = namedMetadata(challenge, url, signIn.serverUrl);
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

const MORE_TIME = {
  remedy: "Try again. To allow more time, run",
  commandFlags: { stepTimeout: "120000" },
};

export function startMcpSession(options: McpSessionOptions): McpSession {
  const { serverUrl, http, commands, signal } = options;
  const { signIn, doctor } = commands;
  let refusal: Refusal | undefined;
  let thrown: Failure | undefined;
  /** What the login command needs, after a response that asked for a token. */
  let needed: SignIn | undefined;
  let isOpen = false;
  /** A redirect to the same endpoint at another address, whose remedy is complete. */
  let isMoved = false;
  let step: StepId = "request";
  let connection: Connection | undefined;

  const holder = options.holder?.((found) => refusal ??= found);
  const streaming = http.streaming(() => step);
  const plain: Fetch = async (input, init) => {
    const response = await streaming(input, init);
    isOpen ||= response.ok;
    const header = response.headers.get("www-authenticate");
    if (response.status !== 401 && (response.ok || !isOAuthChallenge(header))) {
      const target = locationOf(response, response.url);
      if (target) isMoved = movedEndpoint(new URL(response.url), target) !== undefined;
      return await withoutRedirect(response, init?.method);
    }
    // Earlier requests needed no token: a login sends those.
    needed ??= isOpen ? signInWith(header ?? "", response.url, signIn) : signIn;
    return response;
  };
  const inner = holder === undefined ? plain : authorizedFetch(streaming, holder);
  const hasToken = holder !== undefined;
  const { maskForeign: mask } = options.secrets;
  const requests = watchRequests({ fetch: inner, streaming, mask, commands, hasToken });
  // The client library wraps what its fetch throws, and tries other requests.
  const fetch: Fetch = async (input, init) => {
    if (thrown?.kind === "sign_in_needed") throw thrown;
    try {
      return await requests.fetch(input, init);
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
    if (hasToken || !speaksOfAuthorization(seen)) return undefined;
    const message = `${quoted(serverUrl)} refuses a request without a token (${seen}); none was ` +
      "given, and none is stored for it";
    return signInNeeded("authorization_required", message, signIn);
  }

  /** A login looks for metadata although the first request is redirected to a page. */
  function redirectWithoutToken(failure: Failure): Failure {
    if (isMoved) return failure;
    const { code, message, remedy = "", reference } = failure;
    const login = signInRemedy(signIn, "To look for metadata and sign in, run");
    return new Failure(code, message, { remedy: `${remedy}\n${login}`, reference });
  }

  const { suspectToken } = requests;
  /** The failure for what the client library threw. */
  async function failureFor(error: unknown, attempted: string): Promise<Failure> {
    const { describeMcpError, isTimeout, otherEraRemedy } = await import("../../mcp/mcp_error.ts");
    const known = knownFailure(error);
    if (known !== undefined && known.code !== "redirect_refused") return known;
    const seen = known?.message ?? requests.page() ?? describeMcpError(error);
    const message = `${attempted} failed: ${seen}`;
    const isSuspect = known !== undefined || requests.mayBeAboutToken(seen);
    if (known !== undefined && !hasToken) return redirectWithoutToken(known);
    const explained = unauthorizedByWords(seen) ??
      (isSuspect ? await suspectToken(message) : undefined) ?? known;
    if (explained !== undefined) return explained;
    const { version } = options;
    const verbose = "--verbose shows every exchange";
    const remedy = requests.busyRemedy();
    const advice = remedy !== undefined
      ? { remedy }
      : isTimeout(error)
      ? MORE_TIME
      : connection === undefined && version !== "auto"
      ? otherEraRemedy(version)
      : doctor === undefined
      ? { remedy: verbose }
      : { remedy: withCommand(`${verbose}. To look for the cause, run`, doctor) };
    return new Failure("mcp_error", message, { ...advice, detail: attempted, cause: error });
  }

  return {
    suspectToken,
    async use(as, attempted, work) {
      const { connect } = await import("../../mcp/connection.ts");
      const { version } = options;
      step = as;
      [refusal, thrown, needed] = [undefined, undefined, undefined];
      requests.forget();
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
        throw await failureFor(error, attempted);
      }
    },
    async [Symbol.asyncDispose]() {
      await connection?.close();
    },
  };
}
