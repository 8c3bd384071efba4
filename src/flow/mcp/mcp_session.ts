import { type Remedy, withCommand } from "../../core/command_text.ts";
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
  remedy: "Allow more time",
  commandFlags: { stepTimeout: "120000" },
};

function tokenRequired(serverUrl: string, needed: SignIn): Failure {
  const server = quoted(serverUrl);
  const message = `${server} requires a token; none was given, and none is stored for it`;
  return signInNeeded("authorization_required", message, needed);
}

/** The failure of a request without a token, if the words of the error say that one is missing. */
function unauthorizedByWords(
  seen: string,
  { serverUrl, commands: { signIn } }: McpSessionOptions,
): Failure | undefined {
  if (!speaksOfAuthorization(seen)) return undefined;
  const message = `${quoted(serverUrl)} refuses a request without a token (${seen}); none ` +
    "was given, and none is stored for it";
  return signInNeeded("authorization_required", message, signIn);
}

/** A login looks for metadata although the first request is redirected to a page. */
function redirectWithoutToken(failure: Failure, signIn: SignIn): Failure {
  const { code, message, remedy = "", reference } = failure;
  const login = signInRemedy(signIn, "Try to sign in");
  return new Failure(code, message, { remedy: `${remedy}\n${login}`, reference });
}

interface ErrorFacts extends Pick<Commands, "doctor"> {
  /** What to do if the server cannot answer now. */
  readonly busy: string | undefined;
  /** The revision of a connection that could not be opened, if it was chosen. */
  readonly version: RevisionId | "auto";
}

/** What to do about an error that nothing else explains. */
function adviceFor(
  error: unknown,
  { busy, version, doctor }: ErrorFacts,
  { isTimeout, otherEraRemedy }: typeof import("../../mcp/mcp_error.ts"),
): Remedy {
  if (busy !== undefined) return { remedy: busy };
  if (isTimeout(error)) return MORE_TIME;
  if (version !== "auto") return otherEraRemedy(version);
  const verbose = "--verbose shows every exchange";
  return {
    remedy: doctor === undefined ? verbose : withCommand(`${verbose}\nLook for the cause`, doctor),
  };
}

export function startMcpSession(options: McpSessionOptions): McpSession {
  const { ask, commands, http, serverUrl, signal, timeoutMs, version } = options;
  const { signIn } = commands;
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
  // The client library wraps what its fetch throws.
  const fetch: Fetch = async (input, init) => {
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
    return needed && tokenRequired(serverUrl, needed);
  }

  /** The failure for what the client library threw. */
  async function failureFor(error: unknown, attempted: string): Promise<Failure> {
    const mcpErrors = await import("../../mcp/mcp_error.ts");
    const known = knownFailure(error);
    if (known !== undefined && known.code !== "redirect_refused") return known;
    const seen = known?.message ?? requests.page() ?? mcpErrors.describeMcpError(error);
    const message = `${attempted} failed: ${seen}`;
    const isSuspect = known !== undefined || requests.mayBeAboutToken(seen);
    if (known !== undefined && !hasToken) {
      return isMoved ? known : redirectWithoutToken(known, signIn);
    }
    const explained = hasToken
      ? (isSuspect ? await requests.suspectToken(message) : undefined) ?? known
      : unauthorizedByWords(seen, options);
    if (explained !== undefined) return explained;
    const tried = connection === undefined ? version : "auto";
    const facts = { busy: requests.busyRemedy(), version: tried, doctor: commands.doctor };
    const advice = adviceFor(error, facts, mcpErrors);
    return new Failure("mcp_error", message, { ...advice, detail: attempted, cause: error });
  }

  return {
    suspectToken: requests.suspectToken,
    async use(as, attempted, work) {
      const { connect } = await import("../../mcp/connection.ts");
      step = as;
      [refusal, thrown, needed] = [undefined, undefined, undefined];
      requests.forget();
      try {
        if (connection === undefined) {
          const limits = { timeoutMs, maxBytes: http.maxResponseBytes, signal };
          const settings = { serverUrl, version, client: CLIENT_INFO, ask, ...limits };
          connection = await connect({ ...settings, fetch });
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
