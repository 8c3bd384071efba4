/**
 * Asking an MCP endpoint without a token on both wires.
 *
 * @module
 */

import {
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/answer.ts";
import {
  type FirstAnswer,
  initializeRequest,
  jsonRpcMessage,
  judgeFirstAnswer,
  sessionRequest,
  statelessRequest,
} from "../../oauth/mcp/first_request.ts";
import {
  LATEST,
  LATEST_INITIALIZE,
  type ProtocolEra,
  type Revision,
  type RevisionId,
} from "../../oauth/mcp/revision.ts";
import type { LoginContext } from "../context/login_context.ts";
import { askInSession } from "../discovery/unauthenticated_response.ts";
import { CLIENT_INFO, sendToServer } from "../discovery/unauthenticated_request.ts";

/** How an endpoint answers on one wire. */
export interface EraSummary {
  /** Which wire. */
  readonly wire: ProtocolEra;
  /** The revision that was asked with. */
  readonly asked: RevisionId;
  /** True when the server speaks it; null when it is unknown without a token. */
  readonly spoken: boolean | null;
  /** Whether listing the tools needs a token; null when unknown. */
  readonly tokenRequired: boolean | null;
  /** Status of the response that decides. */
  readonly status: number;
  /** What the response means, as text. */
  readonly detail: string;
  /** Revisions that the server lists, in its order. */
  readonly versions: readonly string[];
  /** `serverInfo`, where the server sends it without a token. */
  readonly serverInfo: JsonObject | null;
  /** `capabilities`, where the server sends them without a token. */
  readonly capabilities: JsonObject | null;
}

/** A summary with the response that it is made from. */
export interface EraResponse {
  /** The summary. */
  readonly summary: EraSummary;
  /** The response that decides. */
  readonly answer: HttpResponse;
  /** What the response says. */
  readonly verdict: FirstAnswer;
}

function objectMember(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object === undefined ? undefined : member(object, name);
  return isObject(value) ? value : undefined;
}

/** The revisions that an error -32022 names. */
function supportedIn(answer: HttpResponse): string[] {
  const error = objectMember(jsonRpcMessage(answer.body, mediaType(answer)), "error");
  return stringListMember(objectMember(error, "data") ?? {}, "supported") ?? [];
}

const MEANING: Readonly<Record<FirstAnswer["kind"], string>> = {
  unauthorized: "wants a token",
  open: "answers without a token",
  other_era: "does not speak it",
  forbidden: "refuses every request without a token by policy",
  unexpected: "is no answer of an MCP server",
};

/** Whether the server speaks a wire, by the kind of response. */
const SPOKEN: Readonly<Record<FirstAnswer["kind"], boolean | null>> = {
  unauthorized: null,
  open: true,
  other_era: false,
  forbidden: null,
  unexpected: false,
};

function summarize(
  { era, id }: Pick<Revision, "era" | "id">,
  answer: HttpResponse,
  verdict: FirstAnswer,
  opened: JsonObject | undefined,
): EraResponse {
  const { kind } = verdict;
  const why = "why" in verdict ? verdict.why : `HTTP ${answer.status}`;
  const listed = stringListMember(opened ?? {}, "supportedVersions") ?? supportedIn(answer);
  const negotiated = stringMember(opened ?? {}, "protocolVersion");
  const meta = objectMember(objectMember(opened, "_meta"), "io.modelcontextprotocol/serverInfo");
  return {
    answer,
    verdict,
    summary: {
      wire: era,
      asked: id,
      spoken: opened === undefined ? SPOKEN[kind] : true,
      tokenRequired: kind === "unauthorized" ? true : kind === "open" ? false : null,
      status: answer.status,
      detail: `${MEANING[kind]} (${why})`,
      versions: listed.length > 0 || negotiated === undefined ? listed : [negotiated],
      serverInfo: objectMember(opened, "serverInfo") ?? meta ?? null,
      capabilities: objectMember(opened, "capabilities") ?? null,
    },
  };
}

/** Asks with stateless requests: `server/discover`, then the list of tools. */
export async function probeStateless(context: LoginContext): Promise<EraResponse> {
  const { era, id } = LATEST;
  const ask = (method: string) =>
    sendToServer(context, statelessRequest(method, {}, id, CLIENT_INFO), 1);
  const first = await ask("server/discover");
  const verdict = judgeFirstAnswer(first, era);
  if (verdict.kind !== "open") return summarize(LATEST, first, verdict, undefined);
  const tools = await ask("tools/list");
  const listed = judgeFirstAnswer(tools, era);
  // A server without tools answers the list with an error: the discovery needed no token anyway.
  return listed.kind === "unauthorized" || listed.kind === "forbidden"
    ? summarize(LATEST, tools, listed, verdict.result)
    : summarize(LATEST, first, verdict, verdict.result);
}

/** Asks with `initialize`; a session that was opened is ended. */
export async function probeInitialize(context: LoginContext): Promise<EraResponse> {
  const { era, id } = LATEST_INITIALIZE;
  const first = await sendToServer(context, initializeRequest(id, CLIENT_INFO), 1);
  const verdict = judgeFirstAnswer(first, era);
  if (verdict.kind !== "open") return summarize(LATEST_INITIALIZE, first, verdict, undefined);
  const { answer, session } = await askInSession(context, first, LATEST_INITIALIZE);
  if (session.id !== null) {
    const { headers } = sessionRequest({ method: "" }, session);
    await sendToServer(context, { method: "DELETE", headers }, null).catch(() => undefined);
  }
  return answer.status === 401 || answer.status === 403
    ? summarize(LATEST_INITIALIZE, answer, judgeFirstAnswer(answer, era), verdict.result)
    : summarize(LATEST_INITIALIZE, first, verdict, verdict.result);
}

/** True when a GET opens the event stream of the transport of 2024-11-05. */
export async function opensEventStream(context: LoginContext): Promise<boolean> {
  const answer = await sendToServer(
    context,
    { method: "GET", headers: [["accept", "text/event-stream"]] },
    null,
  );
  return answer.status === 200 && mediaType(answer) === "text/event-stream";
}
