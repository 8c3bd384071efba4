/**
 * What an MCP endpoint answers without a token, on each wire.
 *
 * @module
 */

import { isObject, type JsonObject, member, stringListMember, stringMember } from "../core/json.ts";
import { CLIENT_INFO } from "../flow/discovery/first_post.ts";
import type { Http, HttpAnswer } from "../http/mod.ts";
import { mediaType } from "../oauth/common/answer.ts";
import {
  type FirstAnswer,
  initializeRequest,
  jsonRpcMessage,
  jsonRpcMessageArrives,
  judgeFirstAnswer,
  type McpRequest,
  sessionRequest,
  statelessRequest,
} from "../oauth/mcp/first_request.ts";
import { LATEST, LATEST_INITIALIZE, type RevisionId, type Wire } from "../oauth/mcp/revision.ts";
import type { Secrets } from "../trace/secrets.ts";

/** What asking needs. */
export interface WireDeps {
  /** The door. */
  readonly http: Http;
  /** Learns session identifiers. */
  readonly secrets: Secrets;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One wire, as the endpoint answered on it. */
export interface WireAccount {
  /** Which wire. */
  readonly wire: Wire;
  /** The revision that was asked with. */
  readonly asked: RevisionId;
  /** True when the server speaks it; null when that cannot be told without a token. */
  readonly spoken: boolean | null;
  /** Whether listing the tools needs a token; null when it cannot be told. */
  readonly tokenRequired: boolean | null;
  /** Status of the telling answer. */
  readonly status: number;
  /** What the answer means, in words. */
  readonly detail: string;
  /** Revisions that the server names, newest first as it says them. */
  readonly versions: readonly string[];
  /** `serverInfo`, where it is told without a token. */
  readonly serverInfo: JsonObject | null;
  /** `capabilities`, where they are told without a token. */
  readonly capabilities: JsonObject | null;
}

/** An account and the answer that it rests on. */
export interface WireAnswer {
  /** The account. */
  readonly account: WireAccount;
  /** The telling answer. */
  readonly answer: HttpAnswer;
  /** What the answer says. */
  readonly verdict: FirstAnswer;
}

function objectMember(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object === undefined ? undefined : member(object, name);
  return isObject(value) ? value : undefined;
}

/** The revisions that an error -32022 names. */
function supportedIn(answer: HttpAnswer): string[] {
  const error = objectMember(jsonRpcMessage(answer.body, mediaType(answer)), "error");
  return stringListMember(objectMember(error, "data") ?? {}, "supported") ?? [];
}

const MEANING: Readonly<Record<FirstAnswer["kind"], string>> = {
  unauthorized: "wants a token",
  open: "answers without a token",
  other_wire: "does not speak it",
  forbidden: "refuses every request without a token by policy",
  unexpected: "is no answer of an MCP server",
};

/** Whether a wire is spoken, by the kind of answer. */
const SPOKEN: Readonly<Record<FirstAnswer["kind"], boolean | null>> = {
  unauthorized: null,
  open: true,
  other_wire: false,
  forbidden: null,
  unexpected: false,
};

function accountOf(
  asked: { readonly wire: Wire; readonly id: RevisionId },
  answer: HttpAnswer,
  verdict: FirstAnswer,
  opened: JsonObject | undefined,
): WireAnswer {
  const { kind } = verdict;
  const why = "why" in verdict ? verdict.why : `HTTP ${answer.status}`;
  const listed = stringListMember(opened ?? {}, "supportedVersions") ?? supportedIn(answer);
  const settled = stringMember(opened ?? {}, "protocolVersion");
  const meta = objectMember(objectMember(opened, "_meta"), "io.modelcontextprotocol/serverInfo");
  return {
    answer,
    verdict,
    account: {
      wire: asked.wire,
      asked: asked.id,
      spoken: opened === undefined ? SPOKEN[kind] : true,
      tokenRequired: kind === "unauthorized" ? true : kind === "open" ? false : null,
      status: answer.status,
      detail: `${MEANING[kind]} (${why})`,
      versions: listed.length > 0 || settled === undefined ? listed : [settled],
      serverInfo: objectMember(opened, "serverInfo") ?? meta ?? null,
      capabilities: objectMember(opened, "capabilities") ?? null,
    },
  };
}

/** Asks on both wires; the sum of it costs two to five requests. */
export function createWireProbe(serverUrl: string, { http, secrets, signal }: WireDeps): {
  /** Asks on the stateless wire: `server/discover`, then the list of tools. */
  stateless(): Promise<WireAnswer>;
  /** Asks on the `initialize` wire; a session that was opened is ended. */
  initialize(): Promise<WireAnswer>;
  /** True when a GET opens the event stream of the transport of 2024-11-05. */
  opensEventStream(): Promise<boolean>;
} {
  const send = (method: string, request: Partial<McpRequest>, id: number | null) =>
    http.send({
      purpose: "mcp",
      step: "request_without_token",
      method,
      url: serverUrl,
      ...request,
      ...id === null ? {} : { enough: () => jsonRpcMessageArrives(id) },
      ...method === "GET" ? { enough: () => () => true } : {},
      signal,
    });

  return {
    async stateless() {
      const { wire, id } = LATEST;
      const discover = statelessRequest("server/discover", {}, id, CLIENT_INFO);
      const first = await send("POST", discover, 1);
      const verdict = judgeFirstAnswer(first, wire);
      if (verdict.kind !== "open") return accountOf(LATEST, first, verdict, undefined);
      const tools = await send("POST", statelessRequest("tools/list", {}, id, CLIENT_INFO), 1);
      const said = judgeFirstAnswer(tools, wire);
      // A server without tools answers the list with an error: the discovery was open all the same.
      return said.kind === "unauthorized" || said.kind === "forbidden"
        ? accountOf(LATEST, tools, said, verdict.result)
        : accountOf(LATEST, first, verdict, verdict.result);
    },
    async initialize() {
      const { wire, id } = LATEST_INITIALIZE;
      const first = await send("POST", initializeRequest(id, CLIENT_INFO), 1);
      const verdict = judgeFirstAnswer(first, wire);
      if (verdict.kind !== "open") return accountOf(LATEST_INITIALIZE, first, verdict, undefined);
      const opened = verdict.result;
      const version = stringMember(opened, "protocolVersion") ?? id;
      const session = { version, id: first.headers.get("mcp-session-id") };
      secrets.add(session.id);
      const within = (message: Parameters<typeof sessionRequest>[0]) =>
        send("POST", sessionRequest(message, session), message.id ?? null);
      const initialized = await within({ method: "notifications/initialized" });
      const tools = initialized.status === 401
        ? initialized
        : await within({ id: 2, method: "tools/list", params: {} });
      if (session.id !== null) {
        const { headers } = sessionRequest({ method: "" }, session);
        await send("DELETE", { headers }, null).catch(() => undefined);
      }
      return tools.status === 401 || tools.status === 403
        ? accountOf(LATEST_INITIALIZE, tools, judgeFirstAnswer(tools, wire), opened)
        : accountOf(LATEST_INITIALIZE, first, verdict, opened);
    },
    async opensEventStream() {
      const answer = await send("GET", { headers: [["accept", "text/event-stream"]] }, null);
      return answer.status === 200 && mediaType(answer) === "text/event-stream";
    },
  };
}
