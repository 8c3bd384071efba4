/**
 * An MCP server of the `initialize` era with sessions, whose answer to a tool call is chosen by the
 * name of the tool. It records what it ran. @module
 */

import { headerOf, type RecordedRequest } from "../lab/journal.ts";
import { type Answer, type RawReply, startScriptedServer } from "../lab/scripted_server.ts";

/** A call as a fault gets it. */
export interface Call {
  /** The id as JSON text. */
  readonly id: string;
  /** How often this tool was called before. */
  readonly before: number;
  readonly request: RecordedRequest;
  readonly raw: RawReply;
  readonly server: FaultServer;
}

export type Fault = (call: Call) => Answer | void | Promise<Answer | void>;

export interface FaultServerOptions {
  /** By the name of a tool. */
  readonly faults?: Readonly<Record<string, Fault>>;
  /** Default: a free one. */
  readonly port?: number;
  /** `false`: requests have no session. */
  readonly sessions?: boolean;
  /** The capabilities of the n-th session. */
  readonly capabilities?: (session: number) => object;
  /** Answers a GET request; by default its stream stays open and silent. */
  readonly onGet?: (
    request: RecordedRequest,
    raw: RawReply,
  ) => Answer | void | Promise<Answer | void>;
  /** Answers every request that returns something here. */
  readonly intercept?: (request: RecordedRequest) => Answer | undefined;
  /** The answer to a message of a session that has ended. */
  readonly sessionEnded?: Answer;
}

export interface FaultServer extends AsyncDisposable {
  readonly origin: string;
  readonly mcpUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Ids of sessions that the server knows. */
  readonly sessions: Set<string>;
  /** JSON-RPC methods in the order of their arrival; `GET` and `DELETE` too. */
  readonly methods: () => string[];
  /** Names of tools that ran, in order. */
  readonly ran: string[];
  /** Ends all sessions, as a restart does. */
  forget(): void;
  /** Sees each request. */
  onRequest: (request: RecordedRequest) => unknown;
}

export const JSON_TYPE = ["content-type", "application/json"] as const;
export const STREAM_TYPE = ["content-type", "text/event-stream"] as const;

export const event = (data: string, fields = ""): string => `${fields}data: ${data}\n\n`;

export const resultText = (id: string, result = "{}"): string =>
  `{"jsonrpc":"2.0","id":${id},"result":${result}}`;

export const streamOf = (...events: string[]): Answer => ({
  headers: [STREAM_TYPE],
  body: events.join(""),
});

const SESSION_NOT_FOUND: Answer = {
  status: 404,
  headers: [JSON_TYPE],
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}',
};

/** The members that the server reads, and the id as it is written. */
function read(body: string) {
  const message = JSON.parse(body);
  const id = /"id"\s*:\s*("(?:[^"\\]|\\.)*"|[-+\d.eE]+)/.exec(body)?.[1] ?? "null";
  return { method: message.method as string | undefined, tool: message.params?.name as string, id };
}

export function startFaultServer(options: FaultServerOptions = {}): FaultServer {
  const { faults = {}, capabilities = () => ({ tools: {} }) } = options;
  const sessions = new Set<string>();
  const ran: string[] = [];
  const counts = new Map<string, number>();
  let count = 0;

  async function call(request: RecordedRequest, raw: RawReply): Promise<Answer | void> {
    const { method, tool, id } = read(request.body);
    if (method !== "tools/call") {
      return { headers: [JSON_TYPE], body: resultText(id, '{"tools":[]}') };
    }
    const before = counts.get(tool) ?? 0;
    counts.set(tool, before + 1);
    const fault = faults[tool];
    if (fault !== undefined) return await fault({ id, before, request, raw, server });
    ran.push(tool);
    return { headers: [JSON_TYPE], body: resultText(id, `{"ran":"${tool}"}`) };
  }

  async function answer(request: RecordedRequest, raw: RawReply): Promise<Answer | void> {
    server.onRequest(request);
    const early = options.intercept?.(request);
    if (early !== undefined) return early;
    const { method, id } = request.body === ""
      ? { method: undefined, id: "null" }
      : read(request.body);
    const session = headerOf(request, "mcp-session-id");
    if (request.method === "POST" && method === "initialize") {
      count += 1;
      const result = JSON.stringify({
        protocolVersion: JSON.parse(request.body).params.protocolVersion,
        capabilities: capabilities(count),
        serverInfo: { name: "faults", version: "1" },
      });
      sessions.add(`s${count}`);
      const header = options.sessions === false ? [] : [["mcp-session-id", `s${count}`] as const];
      return { headers: [JSON_TYPE, ...header], body: resultText(id, result) };
    }
    if (options.sessions !== false && !sessions.has(session ?? "")) {
      return options.sessionEnded ?? SESSION_NOT_FOUND;
    }
    if (request.method === "DELETE") {
      sessions.delete(session ?? "");
      return { status: 200 };
    }
    if (request.method === "GET") {
      if (options.onGet !== undefined) return await options.onGet(request, raw);
      await raw.head(200, [STREAM_TYPE]);
      await new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
      return;
    }
    if (id === "null") return { status: 202 };
    return await call(request, raw);
  }

  const http = startScriptedServer({
    routes: { "*": answer },
    ...options.port !== undefined && { port: options.port },
  });
  const server: FaultServer = {
    origin: http.origin,
    mcpUrl: `${http.origin}/mcp`,
    requests: http.requests,
    sessions,
    ran,
    methods: () =>
      http.requests.map(({ method, body }) =>
        method === "POST" ? read(body).method ?? "response" : method
      ),
    forget: () => sessions.clear(),
    onRequest: () => {},
    [Symbol.asyncDispose]: () => http.close(),
  };
  return server;
}
