/**
 * How an MCP server answers requests without a token: the challenge, and the protocol era that a
 * client without a token sees. @module
 */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { isObject, stringMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { locationOf, movedEndpoint, redirectRefused } from "../../http/request_url.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { errorResponse, retryTime } from "../../oauth/common/error_response.ts";
import type { BearerChallenge } from "../../oauth/mcp/challenge.ts";
import {
  type FirstResponse,
  jsonRpcMessage,
  judgeWithoutToken,
  sessionRequest,
} from "../../oauth/mcp/first_request.ts";
import { LATEST_INITIALIZE, type Revision } from "../../oauth/mcp/revision.ts";
import { challengeExpected, judgeChallenge } from "./challenge_findings.ts";
import { sendFirstRequest, sendToServer } from "./unauthenticated_request.ts";
import type { LoginContext } from "../context/login_context.ts";

export interface UnauthenticatedResponse {
  readonly challenge: BearerChallenge | undefined;
  /** The URL of the request; a relative `resource_metadata` is resolved against it. */
  readonly url: string;
  /** The revision whose protocol the server speaks, as far as known. */
  readonly protocol: Revision;
  /** Set if the server uses HTTP+SSE without a token. */
  readonly transport?: "sse" | undefined;
  /**
   * Set if the response did not ask for a token: the login then continues only if the server publishes
   * resource metadata, and fails with this otherwise.
   */
  readonly blockedBy: Failure | undefined;
  /** True if the response is one of an MCP server: 401, a challenge, or JSON-RPC. */
  readonly isMcp: boolean;
  /** True if the endpoint has moved: no sign-in for this URL could be used. */
  readonly hasMoved?: boolean;
  /** True if it is not the response to the first request: a later login may not receive it. */
  readonly isLater?: boolean;
}

interface OpenedSession {
  readonly session: { readonly version: string; readonly id: string | null };
  readonly answer: HttpResponse;
}

/** Sends the requests that follow an `initialize` without a token, until one requires a token. */
export async function askInSession(
  context: LoginContext,
  opened: HttpResponse,
  protocol: Revision,
): Promise<OpenedSession> {
  const result = (await jsonRpcMessage(opened.body, mediaType(opened)))?.["result"];
  const version = isObject(result) ? stringMember(result, "protocolVersion") : undefined;
  const session = { version: version ?? protocol.id, id: opened.headers.get("mcp-session-id") };
  context.deps.secrets.add(session.id);
  const ask = (message: Parameters<typeof sessionRequest>[0]) =>
    sendToServer(context, sessionRequest(message, session), message.id ?? null);
  let answer = await ask({ method: "notifications/initialized" });
  if (answer.status !== 401) answer = await ask({ id: 2, method: "tools/list", params: {} });
  return { session, answer };
}

/** The failure for a response that neither asks for a token nor is an MCP result. */
function unexpectedResponse(
  { auto, plan: { serverUrl }, rules }: LoginContext,
  answer: HttpResponse,
  verdict: FirstResponse,
): Failure {
  const { status } = answer;
  const why = "why" in verdict ? verdict.why : `HTTP ${status}`;
  const server = quoted(serverUrl);
  const { said } = errorResponse(answer);
  const failure = (code: Code, message: string, remedy: string) =>
    new Failure(code, message + said, {
      remedy,
      reference: "MCP authorization, Error Handling",
      detail: `HTTP ${status}`,
    });
  const notAnEndpoint = (what: string, remedy = "", detail = `HTTP ${status}`) => {
    const usual = new URL("/mcp", serverUrl).href;
    const path = usual === serverUrl
      ? "Compare the path of the URL with the documentation of the server"
      : "Check the path of the URL: most MCP endpoints are at /mcp";
    return new Failure("not_an_mcp_endpoint", `no MCP endpoint at ${server}${what}${said}`, {
      observed: `POST ${printable(serverUrl)} was answered with ${why}${said}`,
      remedy: `${remedy}${path}`,
      commandFlags: usual === serverUrl ? undefined : { url: usual },
      detail,
    });
  };
  const target = locationOf(answer, answer.url);
  if (target !== undefined) {
    return redirectRefused({ purpose: "mcp", method: "POST", url: answer.url, status }, target);
  }
  if (status < 300 && mediaType(answer) === "text/html") {
    const gateway =
      "Server: if a gateway with a web login protects the server, let it pass requests to the MCP " +
      "path\n";
    const detail = `a web page (HTTP ${status})`;
    return notAnEndpoint(`: a web page was received (${why})`, gateway, detail);
  }
  if (verdict.kind === "other_era" && !auto) {
    return new Failure(
      "wire_not_supported",
      `${server} does not support ${rules.id}: ${why}${said}`,
      {
        remedy: "Let mcpass choose the revision",
        commandFlags: { protocolVersion: "auto" },
        reference: "MCP transports, Backward Compatibility",
        detail: `HTTP ${status}`,
      },
    );
  }
  const isJsonRpc = "errorCode" in verdict;
  if (!isJsonRpc && (status === 429 || status >= 500)) {
    return failure(
      "unexpected_answer",
      `${server} answered a request without a token with ${why}`,
      "The server, or a proxy in front of it, failed or limits requests: try again " +
        retryTime(answer.headers),
    );
  }
  if (status === 403) {
    return failure(
      "access_refused",
      `${server} refuses requests without a token with ${why}; expected 401`,
      "Server: answer 401 with a challenge to a request without a token\n" +
        "Ask the operator: a policy in front of the server may refuse this client",
    );
  }
  if (!isJsonRpc && (status < 300 || status === 404 || status === 405)) {
    return notAnEndpoint(` (${why})`);
  }
  return failure(
    "unexpected_answer",
    `${server} answered a request without a token with ${why}; expected 401`,
    "Server: answer 401 with a challenge to a request without a token",
  );
}

function authorizationNotRequired(serverUrl: string): Failure {
  return new Failure(
    "authorization_not_required",
    `${quoted(serverUrl)} answers without a token, and no resource metadata was found`,
    {
      remedy: "Server: if it should be protected, answer 401 to a request without a token\n" +
        "Connect without a token. If you want to sign in anyway, specify the issuer",
      loginFlags: { authorizationServer: "<issuer>" },
      reference: "MCP authorization, Overview",
    },
  );
}

/** The one judgement of a request without a token, for login, metadata, probe and doctor. */
export function judgeUnauthenticatedResponse(
  context: LoginContext,
  protocol: Revision,
  answer: HttpResponse,
  verdict: FirstResponse,
): { readonly response: UnauthenticatedResponse; readonly judgements: readonly Judgement[] } {
  const isMcp = verdict.kind === "unauthorized" || verdict.kind === "open" ||
    "errorCode" in verdict;
  const base = { url: answer.url, protocol, isMcp };
  if (verdict.kind === "open") {
    const blockedBy = authorizationNotRequired(context.plan.serverUrl);
    return { response: { ...base, challenge: undefined, blockedBy }, judgements: [] };
  }
  const { challenge, judgements } = judgeChallenge(answer.headers.get("www-authenticate"), false);
  if (verdict.kind === "unauthorized") {
    const unusual = answer.status === 401 ? [] : [challengeExpected(
      `${quoted(context.plan.serverUrl)} sent its challenge with HTTP ${answer.status}` +
        `${
          locationOf(answer, answer.url) === undefined
            ? ""
            : " and a redirect, which was not followed"
        }` +
        "; expected 401",
    )];
    const all = [...judgements, ...unusual];
    return { response: { ...base, challenge, blockedBy: undefined }, judgements: all };
  }
  const blockedBy = unexpectedResponse(context, answer, verdict);
  const target = locationOf(answer, answer.url) ?? null;
  const hasMoved = movedEndpoint(new URL(answer.url), target) !== undefined;
  return { response: { ...base, challenge, blockedBy, hasMoved }, judgements: [] };
}

/** The finding for a server that asks for a token only in some of its responses. */
export function openWithoutToken(why: string): Judgement {
  return {
    code: "open_without_token",
    severity: "info",
    message: `the first requests need no token; ${why}`,
    remedy: "Nothing to fix if only some operations are protected",
    reference: "MCP authorization, Error Handling",
  };
}

export function olderProtocol(context: LoginContext, version: string, why: string): Judgement {
  return {
    code: "older_protocol_era",
    severity: "info",
    message:
      `${why}, so the initialize handshake of ${printable(version, 20)} is used; the checks ` +
      `are still those of ${context.rules.id}`,
    remedy: `Server: support ${context.rules.id}. The connection also works without it`,
    reference: "MCP transports, Backward Compatibility",
  };
}

/**
 * Sends requests without a token, or continues after the response to {@link sendFirstRequest}.
 *
 * @throws Failure `wire_not_supported`, `network_*`. What else is wrong is `blockedBy`.
 */
export async function requestUnauthenticated(
  context: LoginContext,
  first?: HttpResponse,
  detail?: (text: string) => void,
  mayBeHttpSse = true,
): Promise<UnauthenticatedResponse> {
  let protocol = context.rules;
  let answer = first ?? await sendFirstRequest(context);
  let verdict = await judgeWithoutToken(answer, protocol.era);
  if (verdict.kind === "other_era" && context.auto) {
    const why = `the server answered a ${context.rules.id} request with ${verdict.why}`;
    const older = await sendFirstRequest(context, LATEST_INITIALIZE);
    const judged = await judgeWithoutToken(older, LATEST_INITIALIZE.era);
    if (judged.kind === "unauthorized" || judged.kind === "open") {
      [protocol, answer, verdict] = [LATEST_INITIALIZE, older, judged];
      context.judge([olderProtocol(context, protocol.id, why)]);
    }
  }
  if (verdict.kind === "open" && protocol.era === "initialize") {
    ({ answer } = await askInSession(context, answer, protocol));
    if (answer.status >= 300) verdict = await judgeWithoutToken(answer, protocol.era);
  }
  const isRefused = verdict.kind === "unexpected" || verdict.kind === "other_era";
  const mayBeOld = mayBeHttpSse && isRefused && (context.auto || protocol.era === "initialize");
  const old = mayBeOld ? await import("./event_stream_request.ts") : undefined;
  const found = await old?.requestEventStream(context, answer);
  if (found !== undefined) ({ answer, verdict, protocol } = found);
  const judged = judgeUnauthenticatedResponse(context, protocol, answer, verdict);
  const response = { ...judged.response, transport: found?.transport };
  const { judgements } = judged;
  context.judge(judgements);
  const { blockedBy, challenge } = response;
  if (blockedBy?.code === "wire_not_supported") throw blockedBy;
  detail?.(
    challenge
      ? `challenge ${challenge.scheme || "without scheme"}`
      : `no challenge${verdict.kind === "open" ? "" : errorResponse(answer).said}`,
  );
  return response;
}
