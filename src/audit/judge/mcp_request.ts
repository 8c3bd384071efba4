/** Requests to the MCP endpoint, in the protocol of the audited revision. @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { CLIENT_INFO } from "../../flow/discovery/unauthenticated_request.ts";
import {
  emptyToolCall,
  firstRequest,
  initializeRequest,
  type McpRequest,
  sessionRequest,
  statelessRequest,
} from "../../oauth/mcp/first_request.ts";
import type { HeaderList } from "../../core/exchange.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";

type Sender = Pick<Audit, "plan" | "send">;

export const bearer = (accessToken: string): HeaderList => [
  ["authorization", `Bearer ${accessToken}`],
];

/** Sends a message with further header fields. */
export async function sendMessage(
  { plan, send }: Sender,
  { headers, body }: McpRequest,
  further: HeaderList = [],
  changes: Partial<Pick<AuditRequest, "url" | "cookies" | "certificate">> = {},
): Promise<HttpResponse> {
  const replaced = new Set(further.map(([name]) => name.toLowerCase()));
  const own = headers.filter(([name]) => !replaced.has(name));
  return await send({
    purpose: "mcp",
    method: "POST",
    url: plan.serverUrl,
    headers: [...own, ...further],
    body,
    ...changes,
  });
}

/**
 * Sends the first request of a client: `initialize`, or `tools/list` of the stateless protocol.
 *
 * @param authorization The complete header value; undefined to send none.
 * @param headers Further fields.
 */
export function sendOpening(
  audit: Sender & Pick<Audit, "rules">,
  authorization?: string,
  headers: HeaderList = [],
): Promise<HttpResponse> {
  const { era, id } = audit.rules;
  const own: HeaderList = authorization === undefined ? [] : [["authorization", authorization]];
  return sendMessage(audit, firstRequest(era, id, CLIENT_INFO), [...own, ...headers]);
}

/** The request that requires a token: the first one, or a tool call where that is open. */
export function protectedRequest({ rules, discovery }: Audit): McpRequest {
  return isOpeningOpen({ discovery })
    ? emptyToolCall(rules, CLIENT_INFO)
    : firstRequest(rules.era, rules.id, CLIENT_INFO);
}

/** True if the first request of a client needs no token. */
export function isOpeningOpen({ discovery }: Pick<Audit, "discovery">): boolean {
  const { verdict, summary } = discovery.opening ?? {};
  // Without a token, a server shows only in its response to `initialize` that it supports sessions.
  const isInitializeOpen = summary?.era === "initialize" && summary.spoken === true;
  return verdict?.kind === "open" || isInitializeOpen;
}

export interface Session {
  /** The response to `initialize`. */
  readonly response: HttpResponse;
  /** Undefined if the server opens none. */
  readonly id: string | undefined;
  readonly version: string;
}

/** Opens a session with a token (`initialize` era). */
export async function openSession(audit: Audit, accessToken: string): Promise<Session> {
  const { id: version } = audit.rules;
  const credentials = bearer(accessToken);
  const opening = initializeRequest(version, CLIENT_INFO);
  const response = await sendMessage(audit, opening, credentials, { cookies: true });
  const id = response.headers.get("mcp-session-id") ?? undefined;
  if (response.status < 300) {
    const initialized = inSession({ id, version }, "notifications/initialized");
    await sendMessage(audit, initialized, credentials, { cookies: true });
  }
  return { response, id, version };
}

/** A message in a session; a notification has no id. */
export function inSession(
  { id, version }: Pick<Session, "id" | "version">,
  method: string,
  params: JsonObject = {},
): McpRequest {
  const isNotification = method.startsWith("notifications/");
  const message = isNotification ? { method } : { id: 1, method, params };
  return sessionRequest(message, { version, id: id ?? null });
}

/** Ends a session; a server need not offer that. */
export async function endSession(
  { plan, send }: Sender,
  sessionId: string | null | undefined,
  credentials: HeaderList,
): Promise<void> {
  if (sessionId === null || sessionId === undefined) return;
  const headers: HeaderList = [...credentials, ["mcp-session-id", sessionId]];
  const request = { purpose: "mcp", method: "DELETE", url: plan.serverUrl, headers } as const;
  await send({ ...request, cookies: true });
}

/** A tool call, in a session if the protocol has them. */
export async function callTool(
  audit: Audit,
  { tool, arguments: input }: { readonly tool: string; readonly arguments: JsonObject },
  accessToken: string,
): Promise<HttpResponse> {
  const { rules } = audit;
  const credentials = bearer(accessToken);
  const params = { name: tool, arguments: input };
  if (rules.era === "stateless") {
    const { headers, body } = statelessRequest("tools/call", params, rules.id, CLIENT_INFO);
    const request = { headers: [...headers, ["mcp-name", headerText(tool)] as const], body };
    return await sendMessage(audit, request, credentials);
  }
  const session = await openSession(audit, accessToken);
  const call = inSession(session, "tools/call", params);
  const response = await sendMessage(audit, call, credentials, { cookies: true });
  await endSession(audit, session.id, credentials);
  return response;
}

/** A value of a stateless header: other characters than visible ASCII are encoded. */
function headerText(text: string): string {
  return /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text) && !text.startsWith("=?base64?")
    ? text
    : `=?base64?${new TextEncoder().encode(text).toBase64()}?=`;
}
