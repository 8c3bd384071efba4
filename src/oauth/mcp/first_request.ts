/** The MCP request without a token, in both protocol eras (MCP transports, *Streamable HTTP*). @module */

import type { HeaderList } from "../../core/exchange.ts";
import { isObject, type JsonObject, parseJson, stringMember } from "../../core/json.ts";
import { printable } from "../../core/text.ts";
import { type EndpointResponse, isSuccess, mediaType } from "../common/endpoint_response.ts";
import { isOAuthChallenge } from "./challenge.ts";
import type { ProtocolEra, Revision, RevisionId } from "./revision.ts";

export interface McpRequest {
  readonly headers: HeaderList;
  readonly body: string;
}

export interface ClientInfo {
  readonly name: string;
  readonly version: string;
}

const JSON_HEADERS: HeaderList = [
  ["content-type", "application/json"],
  ["accept", "application/json, text/event-stream"],
];

/** `params` of a tool call that names no tool. */
const NO_TOOL = { name: "", arguments: {} } as const;

/** `params` of requests for one thing that name none, so that nothing can run. */
export const NAMELESS_PARAMS: ReadonlyMap<unknown, JsonObject> = new Map<string, JsonObject>([
  ["tools/call", NO_TOOL],
  ["prompts/get", NO_TOOL],
  ["resources/read", { uri: "" }],
]);

const requestBody = (method: string, params: JsonObject) =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

export function statelessRequest(
  method: string,
  params: JsonObject,
  version: RevisionId,
  client: ClientInfo,
): McpRequest {
  return {
    headers: [...JSON_HEADERS, ["mcp-protocol-version", version], ["mcp-method", method]],
    body: requestBody(method, {
      ...params,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": client,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    }),
  };
}

export function initializeRequest(version: RevisionId, clientInfo: ClientInfo): McpRequest {
  const params = { protocolVersion: version, capabilities: {}, clientInfo };
  return { headers: JSON_HEADERS, body: requestBody("initialize", params) };
}

/** A message in a session of {@link initializeRequest}; a version that no header can carry is left out. */
export function sessionRequest(
  message: { readonly id?: number; readonly method: string; readonly params?: JsonObject },
  session: { readonly version: string; readonly id: string | null },
): McpRequest {
  const headers = [...JSON_HEADERS];
  if (/^[\x21-\x7e]+$/.test(session.version)) {
    headers.push(["mcp-protocol-version", session.version]);
  }
  if (session.id !== null) headers.push(["mcp-session-id", session.id]);
  return { headers, body: JSON.stringify({ jsonrpc: "2.0", ...message }) };
}

/**
 * A tool call that names no tool: the server may ask for a token, and nothing can run. It is outside a
 * session, because a server checks tokens before sessions.
 */
export function emptyToolCall({ era, id }: Revision, client: ClientInfo): McpRequest {
  if (era === "initialize") {
    const message = { id: 1, method: "tools/call", params: NO_TOOL };
    return sessionRequest(message, { version: id, id: null });
  }
  const { headers, body } = statelessRequest("tools/call", NO_TOOL, id, client);
  return { headers: [...headers, ["mcp-name", NO_TOOL.name]], body };
}

export function firstRequest(
  era: ProtocolEra,
  version: RevisionId,
  client: ClientInfo,
): McpRequest {
  return era === "stateless"
    ? statelessRequest("tools/list", {}, version, client)
    : initializeRequest(version, client);
}

/** Most logins read no event stream: the parser is loaded with the first one. */
async function loadEventData(): Promise<(stream: string) => readonly string[]> {
  const { createEventStreamReader } = await import("./event_stream.ts");
  return (stream) => createEventStreamReader().push(`${stream}\n\n`).map(({ data }) => data);
}

function messageIn(texts: readonly string[], id: number): JsonObject | undefined {
  for (const text of texts) {
    // Reading what is not an object ends in an exception, and a stream may have many empty events.
    const value = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
    if (!isObject(value) || value["jsonrpc"] !== "2.0") continue;
    const unnumbered = isObject(value["error"]) && (value["id"] ?? null) === null;
    if (value["id"] === id || unnumbered) return value;
  }
  return undefined;
}

/** The response with the id 1 in JSON or an event stream. */
export async function jsonRpcMessage(body: string, type: string): Promise<JsonObject | undefined> {
  return messageIn(type === "text/event-stream" ? (await loadEventData())(body) : [body], 1);
}

/** How often an event is read that the stream has not ended. */
const MAX_UNENDED = 64;

/** A test of a growing event stream: true once it has the JSON-RPC message with the given id. */
export async function jsonRpcMessageArrives(id: number): Promise<(streamSoFar: string) => boolean> {
  const eventData = await loadEventData();
  const has = (events: string) => messageIn(eventData(events), id) !== undefined;
  let read = 0;
  let unended = 0;
  return (stream) => {
    const fresh = stream.slice(read);
    const end = Math.max(
      ...["\n\n", "\r\r", "\n\r"].map((end) => fresh.lastIndexOf(end) + end.length),
    );
    if (end > 1) {
      read += end;
      if (has(fresh.slice(0, end))) return true;
    }
    const rest = fresh.slice(end > 1 ? end : 0).trimEnd();
    if (!rest.endsWith("}") || unended >= MAX_UNENDED) return false;
    unended += 1;
    return has(rest);
  };
}

export type FirstResponse =
  /** 401, or another status with a challenge (RFC 9110 §11.6.1). */
  | { readonly kind: "unauthorized" }
  | { readonly kind: "open"; readonly result: JsonObject }
  /** The server does not support stateless requests, or not this version. */
  | { readonly kind: "other_era" } & Refusal
  | { readonly kind: "forbidden" }
  | { readonly kind: "unexpected" } & Refusal;

interface Refusal {
  readonly why: string;
  readonly errorCode?: number;
  readonly errorMessage?: string | undefined;
}

/** Codes that only a 2026-07-28 server uses (MCP basic, *Error Codes*). */
export const MODERN_CODES: readonly unknown[] = [-32020, -32021, -32022];

/** True for an error that only a server of the stateless era sends. */
export function isModernError(status: number, { code, message }: JsonObject): boolean {
  return MODERN_CODES.includes(code) || (status === 404 && code === -32601) ||
    (status === 400 && code === -32602 && typeof message === "string" && message.includes("_meta"));
}

/** Servers of the `initialize` era refuse a stateless request with these. */
const OLDER_STATUSES: readonly number[] = [400, 404, 405, 406, 415, 500, 501];

/** Judges a response to a request without a token: a challenge counts with every status. */
export async function judgeWithoutToken(
  response: EndpointResponse,
  era: ProtocolEra,
): Promise<FirstResponse> {
  const verdict = await judgeFirstResponse(response, era);
  return verdict.kind !== "open" && isOAuthChallenge(response.headers.get("www-authenticate"))
    ? { kind: "unauthorized" }
    : verdict;
}

export async function judgeFirstResponse(
  response: EndpointResponse,
  era: ProtocolEra,
): Promise<FirstResponse> {
  const { status } = response;
  if (status === 401) return { kind: "unauthorized" };
  if (status === 403) return { kind: "forbidden" };
  const type = mediaType(response);
  const message = await jsonRpcMessage(response.body, type);
  const result = message?.["result"];
  const error = isObject(message?.["error"]) ? message["error"] : undefined;
  const code = error?.["code"];
  const refusal: Refusal = typeof code === "number"
    ? {
      why: `HTTP ${status} with JSON-RPC error ${code}`,
      errorCode: code,
      errorMessage: error && stringMember(error, "message"),
    }
    : { why: `HTTP ${status}` };
  const isOther = era === "stateless" &&
    !(error !== undefined && isModernError(status, error)) &&
    (isSuccess(response) ? error !== undefined : OLDER_STATUSES.includes(status));
  if (era === "stateless" && code === -32022) return { kind: "other_era", ...refusal };
  if (isSuccess(response) && isObject(result)) return { kind: "open", result };
  if (isOther) return { kind: "other_era", ...refusal };
  return isSuccess(response) && message === undefined
    ? { kind: "unexpected", why: `HTTP ${status} ${printable(type, 100) || "no type"}` }
    : { kind: "unexpected", ...refusal };
}
