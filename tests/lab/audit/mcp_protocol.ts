/**
 * MCP after authentication: both protocol eras, and sessions that belong to the user who opened them.
 *
 * @module
 */

import { headerOf } from "../journal.ts";
import type { RecordedRequest } from "../journal.ts";
import { toolbox } from "../mcp_tools.ts";
import { empty, json } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditState } from "./state.ts";
import type { TokenFacts } from "./validation.ts";

/** Switches of group Q, and those of group L about sessions. */
export const PROTOCOL_SWITCHES = [
  "wire_unknown_version",
  "wire_mismatch",
  "rs_session_alone",
  "rs_session_bound",
  "rs_session_unknown",
  "rs_session_ignored",
  "rs_get_with_token",
] as const;

const STATELESS = "2026-07-28";
const LATEST_SESSIONFUL = "2025-11-25";
const SESSIONFUL = [LATEST_SESSIONFUL, "2025-06-18", "2025-03-26"];
const META = "io.modelcontextprotocol/";
const INFO = { name: "mcpass audit lab", version: "1.0.0" };
const NAMED: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

type Json = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: string | number;
  readonly method: string;
  readonly params: Json;
}

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: object;
}

/** The protocol part of the MCP endpoint. */
export interface McpProtocol {
  /** Responds to a request whose token was accepted. */
  answer(request: RecordedRequest, owner: TokenFacts): LabResponse;
  /** The owner of a session, for a broken server that accepts a session as a credential. */
  ownerOfSession(request: RecordedRequest): TokenFacts | undefined;
  /** What is wrong with the version or the session of a request, before its token is judged. */
  isStrange(request: RecordedRequest): boolean;
  /** The tool that a request calls. */
  toolOf(request: RecordedRequest): string | undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function messageOf(value: unknown): Message | undefined {
  if (!isObject(value) || typeof value["method"] !== "string") return undefined;
  const { id, method, params } = value;
  return {
    ...(typeof id === "string" || typeof id === "number") && { id },
    method,
    params: isObject(params) ? params : {},
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rpcError(status: number, error: RpcError, id: unknown = null): LabResponse {
  return json({ jsonrpc: "2.0", id, error }, status);
}

/** A header value of the stateless protocol, decoded. */
function headerText(value: string): string {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : new TextDecoder().decode(Uint8Array.fromBase64(encoded));
}

/** The result of a method, or an error. */
function run({ method, params }: Message): Json | RpcError {
  const tools = toolbox();
  if (method === "ping") return {};
  if (method === "tools/list") return { tools: tools.listed };
  if (method !== "tools/call") return { code: -32601, message: `Method not found: ${method}` };
  const name = String(params["name"]);
  if (!tools.listed.some((tool) => tool.name === name)) {
    return { code: -32602, message: `Unknown tool: ${name}` };
  }
  return { ...tools.call(name, isObject(params["arguments"]) ? params["arguments"] : {}) };
}

function isError(result: Json | RpcError): result is RpcError {
  return typeof (result as RpcError).code === "number";
}

export function openProtocol(state: AuditState): McpProtocol {
  const breaks = switchesOf(state, PROTOCOL_SWITCHES);
  const { protocol = "both" } = state.options;
  const sessions = new Map<string, { readonly owner: TokenFacts; readonly version: string }>();

  function versionIsUnknown(version: string): boolean {
    const known = [
      ...protocol === "initialize" ? [] : [STATELESS],
      ...protocol === "stateless" ? [] : SESSIONFUL,
    ];
    return !known.includes(version) && !breaks("wire_unknown_version");
  }

  /** What is wrong with the headers of a stateless request. */
  function mismatch(request: RecordedRequest, message: Message): string | undefined {
    const meta = message.params["_meta"] as Json;
    const header = (name: string) => headerOf(request, name);
    const key = NAMED.get(message.method);
    const name = header("mcp-name");
    const differs = header("mcp-protocol-version") !== meta[`${META}protocolVersion`]
      ? "MCP-Protocol-Version"
      : header("mcp-method") !== message.method
      ? "Mcp-Method"
      : key !== undefined && (name === undefined || headerText(name) !== message.params[key])
      ? "Mcp-Name"
      : undefined;
    return differs !== undefined && !breaks("wire_mismatch") ? differs : undefined;
  }

  function unsupported(requested: unknown, id: unknown): LabResponse {
    return rpcError(400, {
      code: -32022,
      message: "Unsupported protocol version",
      data: { supported: [STATELESS], requested },
    }, id);
  }

  function stateless(request: RecordedRequest, message: Message): LabResponse {
    const id = message.id ?? null;
    const version = headerOf(request, "mcp-protocol-version") ?? "";
    const meta = message.params["_meta"];
    if (versionIsUnknown(version)) return unsupported(version, id);
    if (!isObject(meta) || typeof meta[`${META}protocolVersion`] !== "string") {
      return rpcError(400, { code: -32602, message: "_meta names no protocol version" }, id);
    }
    const differs = mismatch(request, message);
    if (differs !== undefined) {
      return rpcError(400, { code: -32020, message: `Header mismatch: ${differs}` }, id);
    }
    if (!isObject(meta[`${META}clientCapabilities`])) {
      return rpcError(400, { code: -32602, message: "_meta names no client capabilities" }, id);
    }
    const minted = breaks("rs_session_ignored")
      ? [["mcp-session-id", crypto.randomUUID()] as const]
      : [];
    if (message.id === undefined) return empty(202, minted);
    const result = message.method === "server/discover"
      ? {
        supportedVersions: [STATELESS],
        capabilities: { tools: {} },
        _meta: { [`${META}serverInfo`]: INFO },
      }
      : run(message);
    if (isError(result)) return rpcError(result.code === -32601 ? 404 : 200, result, id);
    const cached = message.method === "tools/call" ? {} : { ttlMs: 60_000, cacheScope: "private" };
    return json(
      { jsonrpc: "2.0", id, result: { resultType: "complete", ...cached, ...result } },
      200,
      minted,
    );
  }

  function initialize(message: Message, owner: TokenFacts): LabResponse {
    const asked = String(message.params["protocolVersion"]);
    const version = SESSIONFUL.find((it) => it === asked) ?? LATEST_SESSIONFUL;
    const session = crypto.randomUUID();
    sessions.set(session, { owner, version });
    const result = { protocolVersion: version, capabilities: { tools: {} }, serverInfo: INFO };
    return json({ jsonrpc: "2.0", id: message.id ?? null, result }, 200, [
      ["mcp-session-id", session],
    ]);
  }

  /** Why a request cannot use its session. */
  function sessionRefusal(request: RecordedRequest, owner: TokenFacts): LabResponse | undefined {
    const version = headerOf(request, "mcp-protocol-version");
    if (version !== undefined && versionIsUnknown(version)) {
      return rpcError(400, { code: -32000, message: "Unsupported protocol version" });
    }
    const id = headerOf(request, "mcp-session-id");
    if (id === undefined) {
      return rpcError(400, { code: -32000, message: "Mcp-Session-Id is missing" });
    }
    const session = sessions.get(id);
    const notFound = { code: -32001, message: "Session not found" };
    if (session === undefined) return rpcError(breaks("rs_session_unknown") ? 500 : 404, notFound);
    const isOwner = session.owner.clientId === owner.clientId &&
      session.owner.subject === owner.subject;
    return isOwner || breaks("rs_session_bound") ? undefined : rpcError(404, notFound);
  }

  function sessionMessage(message: Message): object | undefined {
    if (message.id === undefined) return undefined;
    const result = run(message);
    const said = isError(result) ? { error: result } : { result };
    return { jsonrpc: "2.0", id: message.id, ...said };
  }

  function inSession(request: RecordedRequest, body: unknown, owner: TokenFacts): LabResponse {
    const refusal = sessionRefusal(request, owner);
    if (refusal !== undefined) return refusal;
    const messages = (Array.isArray(body) ? body : [body]).map(messageOf);
    const responses = messages.flatMap((message) =>
      message === undefined ? [] : sessionMessage(message) ?? []
    );
    const [first] = responses;
    if (first === undefined) return empty(202);
    return json(Array.isArray(body) ? responses : first);
  }

  function withoutBody(request: RecordedRequest, owner: TokenFacts): LabResponse {
    const method = () => empty(405, [["allow", "POST"]]);
    if (protocol === "stateless") return method();
    const session = headerOf(request, "mcp-session-id");
    if (request.method === "DELETE" && session !== undefined) {
      const refusal = sessionRefusal(request, owner);
      if (refusal !== undefined) return refusal;
      sessions.delete(session);
      return empty(200);
    }
    return request.method === "GET" && breaks("rs_get_with_token") ? empty(401) : method();
  }

  function isStateless(request: RecordedRequest, message: Message | undefined): boolean {
    if (protocol !== "both") return protocol === "stateless";
    const meta = message?.params["_meta"];
    return headerOf(request, "mcp-method") !== undefined ||
      headerOf(request, "mcp-protocol-version") === STATELESS ||
      (isObject(meta) && meta[`${META}protocolVersion`] !== undefined);
  }

  return {
    answer(request, owner) {
      if (request.method !== "POST") return withoutBody(request, owner);
      const body = parse(request.body);
      const message = messageOf(body);
      if (!headerOf(request, "content-type")?.startsWith("application/json")) {
        return rpcError(415, { code: -32000, message: "The body is not JSON" });
      }
      if (message === undefined && !Array.isArray(body)) {
        return rpcError(400, { code: -32700, message: "Not a JSON-RPC message" });
      }
      if (message !== undefined && isStateless(request, message)) {
        return stateless(request, message);
      }
      return message?.method === "initialize"
        ? initialize(message, owner)
        : inSession(request, body, owner);
    },
    ownerOfSession(request) {
      const session = sessions.get(headerOf(request, "mcp-session-id") ?? "");
      return session !== undefined && breaks("rs_session_alone") ? session.owner : undefined;
    },
    isStrange(request) {
      const version = headerOf(request, "mcp-protocol-version");
      const id = headerOf(request, "mcp-session-id");
      return (version !== undefined && ![STATELESS, ...SESSIONFUL].includes(version)) ||
        (id !== undefined && !sessions.has(id)) ||
        !["GET", "HEAD", "POST", "DELETE"].includes(request.method);
    },
    toolOf(request) {
      const message = messageOf(parse(request.body));
      return message?.method === "tools/call" ? String(message.params["name"]) : undefined;
    },
  };
}
