/** Sends requests without a token to an MCP endpoint, in both protocol eras. @module */

import {
  isObject,
  type JsonObject,
  member,
  stringListMember,
  stringMember,
} from "../../core/json.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import {
  type FirstResponse,
  initializeRequest,
  jsonRpcMessage,
  judgeWithoutToken,
  MODERN_CODES,
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

export interface EraSummary {
  readonly era: ProtocolEra;
  readonly asked: RevisionId;
  /** Null if it is unknown without a token. */
  readonly spoken: boolean | null;
  /** Whether listing the tools requires a token; null if unknown. */
  readonly tokenRequired: boolean | null;
  readonly status: number;
  readonly detail: string;
  /** Revisions that the server lists, in its order. */
  readonly versions: readonly string[];
  /** Null if the server does not send it without a token. */
  readonly serverInfo: JsonObject | null;
  readonly capabilities: JsonObject | null;
}

export interface EraResponse {
  readonly summary: EraSummary;
  /** The response that decides. */
  readonly answer: HttpResponse;
  readonly verdict: FirstResponse;
}

function objectMember(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object === undefined ? undefined : member(object, name);
  return isObject(value) ? value : undefined;
}

/** The revisions in error -32022. */
async function supportedRevisions(answer: HttpResponse): Promise<string[]> {
  const error = objectMember(await jsonRpcMessage(answer.body, mediaType(answer)), "error");
  return stringListMember(objectMember(error, "data") ?? {}, "supported") ?? [];
}

/** Whether the server speaks the protocol, if the response says it, and what else it says. */
const MEANING: Readonly<
  Record<FirstResponse["kind"] | "error", readonly [spoken: boolean | null, text: string]>
> = {
  unauthorized: [null, "requires a token"],
  open: [true, "answers without a token"],
  other_era: [false, "does not support it"],
  forbidden: [null, "refuses every request without a token"],
  error: [null, "answers with a JSON-RPC error"],
  unexpected: [false, "is not a response of an MCP server"],
};

async function summarize(
  { era, id }: Revision,
  answer: HttpResponse,
  verdict: FirstResponse,
  opened: JsonObject | undefined,
): Promise<EraResponse> {
  const { kind } = verdict;
  // With these codes, a server says that it speaks only the other protocol.
  const isError = kind === "unexpected" &&
    ![undefined, -32601, ...MODERN_CODES].includes(verdict.errorCode);
  const [spoken, meaning] = MEANING[isError ? "error" : kind];
  const why = "why" in verdict ? verdict.why : `HTTP ${answer.status}`;
  const listed = stringListMember(opened ?? {}, "supportedVersions") ??
    await supportedRevisions(answer);
  const negotiated = stringMember(opened ?? {}, "protocolVersion");
  const meta = objectMember(objectMember(opened, "_meta"), "io.modelcontextprotocol/serverInfo");
  return {
    answer,
    verdict,
    summary: {
      era,
      asked: id,
      spoken: opened === undefined ? spoken : true,
      tokenRequired: kind === "unauthorized" ? true : kind === "open" ? false : null,
      status: answer.status,
      detail: `${meaning} (${why})`,
      versions: listed.length > 0 || negotiated === undefined ? listed : [negotiated],
      serverInfo: objectMember(opened, "serverInfo") ?? meta ?? null,
      capabilities: objectMember(opened, "capabilities") ?? null,
    },
  };
}

export async function probeStateless(context: LoginContext): Promise<EraResponse> {
  const { era, id } = LATEST;
  const ask = (method: string) =>
    sendToServer(context, statelessRequest(method, {}, id, CLIENT_INFO), 1);
  const first = await ask("server/discover");
  const verdict = await judgeWithoutToken(first, era);
  if (verdict.kind !== "open") return await summarize(LATEST, first, verdict, undefined);
  const tools = await ask("tools/list");
  const listed = await judgeWithoutToken(tools, era);
  // A server without tools answers the list with an error, but the discovery needed no token.
  const isRefused = listed.kind === "unauthorized" || listed.kind === "forbidden";
  const [decisive, judged] = isRefused ? [tools, listed] : [first, verdict];
  return await summarize(LATEST, decisive, judged, verdict.result);
}

/** Sends `initialize`, and ends the session that it opens. */
export async function probeInitialize(context: LoginContext): Promise<EraResponse> {
  const rules = LATEST_INITIALIZE;
  const first = await sendToServer(context, initializeRequest(rules.id, CLIENT_INFO), 1);
  const verdict = await judgeWithoutToken(first, rules.era);
  if (verdict.kind !== "open") return await summarize(rules, first, verdict, undefined);
  const { answer, session } = await askInSession(context, first, rules);
  if (session.id !== null) {
    const { headers } = sessionRequest({ method: "" }, session);
    await sendToServer(context, { method: "DELETE", headers }, null).catch(() => undefined);
  }
  const asked = await judgeWithoutToken(answer, rules.era);
  const isRefused = asked.kind === "unauthorized" || asked.kind === "forbidden";
  const [decisive, judged] = isRefused ? [answer, asked] : [first, verdict];
  return await summarize(rules, decisive, judged, verdict.result);
}
