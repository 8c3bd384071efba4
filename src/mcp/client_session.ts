/** One session of the official client library. It checks messages, but not what a result contains. @module */

// A static import of these names leaves the rest of the client out of the executable.
import {
  Client,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { unlessAborted } from "../core/abort.ts";
import { Failure } from "../core/failure.ts";
import { isNestedDeeper, type JsonObject } from "../core/json.ts";
import type { StreamInit } from "../http/http_client.ts";
import type { ClientInfo } from "../oauth/mcp/first_request.ts";
import type { McpTransport } from "../oauth/mcp/http_sse.ts";
import { type RevisionId, REVISIONS } from "../oauth/mcp/revision.ts";
import { answerTo, type AskForInput, ELICITATION } from "./input_request.ts";
import { startTimeLimit } from "./time_limit.ts";
import { numberErrors } from "./unnumbered_error.ts";

export interface SessionOptions {
  readonly serverUrl: string;
  readonly fetch: (input: string | URL | Request, init?: StreamInit) => Promise<Response>;
  /** `auto`: stateless first, `initialize` if the server is older. */
  readonly version: RevisionId | "auto";
  readonly client: ClientInfo;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Undefined if nobody can be asked. */
  readonly ask?: AskForInput | undefined;
}

/**
 * What the library gets instead of each result: it refuses a complete result because of one unusual
 * item, and the user sees what the server sent.
 */
const PLACEHOLDERS = {
  "tools/list": { tools: [] },
  "tools/call": { content: [] },
  "resources/list": { resources: [] },
  "resources/templates/list": { resourceTemplates: [] },
  "resources/read": { contents: [] },
  "prompts/list": { prompts: [] },
  "prompts/get": { messages: [] },
} as const;

export type Method = keyof typeof PLACEHOLDERS;

/** Members that 2026-07-28 requires in every result. */
const COMPLETE = { resultType: "complete", ttlMs: 0, cacheScope: "private" };

export interface ClientSession {
  readonly client: Pick<
    Client,
    | "getInstructions"
    | "getNegotiatedProtocolVersion"
    | "getProtocolEra"
    | "getServerCapabilities"
    | "getServerVersion"
  >;
  /**
   * Returns the result as the server sent it.
   *
   * @param tool The definition of the called tool: its schema can ask for header fields.
   */
  request(method: Method, params: JsonObject, tool?: JsonObject): Promise<JsonObject>;
  /** @param ended True if the server no longer knows the session. */
  close(ended: boolean): Promise<void>;
}

const MAX_DEPTH = 256;

/** The limit is ours, because it does not count the time of a person; the library needs one too. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Spoken by some servers over Streamable HTTP too. */
const OLDEST_VERSION = "2024-11-05";

/** The client library's options for a revision. It knows the version of HTTP+SSE. */
function negotiation(version: RevisionId | "auto", kind: McpTransport) {
  if (kind === "sse") return { versionNegotiation: { mode: "legacy" as const } };
  const row = REVISIONS.find((candidate) => candidate.id === version);
  if (row === undefined) return { versionNegotiation: { mode: "auto" as const } };
  const { id, era } = row;
  if (era === "stateless") return { versionNegotiation: { mode: { pin: id } } };
  const others = REVISIONS.filter((other) => other.era === era && other.id !== id).reverse();
  return {
    versionNegotiation: { mode: "legacy" as const },
    supportedProtocolVersions: [id, ...others.map((other) => other.id), OLDEST_VERSION],
  };
}

async function openTransport(options: SessionOptions, transport: McpTransport): Promise<Transport> {
  const { fetch, serverUrl, timeoutMs } = options;
  const url = new URL(serverUrl);
  if (transport === "sse") {
    const { createEventStreamTransport } = await import("./event_stream_transport.ts");
    return createEventStreamTransport({ url, fetch, timeoutMs });
  }
  return new StreamableHTTPClientTransport(url, {
    fetch: numberErrors(fetch),
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
}

/** @throws What the client library throws. */
export async function openClientSession(
  options: SessionOptions,
  kind: McpTransport,
): Promise<ClientSession> {
  const { ask, signal, timeoutMs, version } = options;
  const client = new Client(options.client, {
    ...negotiation(version, kind),
    capabilities: ask === undefined ? {} : { elicitation: { form: {}, url: {} } },
  });
  let pending:
    | { readonly method: Method; readonly limit: ReturnType<typeof startTimeLimit> }
    | undefined;
  // A server may respond only after a person has answered a request of the server.
  const fetch: SessionOptions["fetch"] = (input, init) => {
    const isTimed = ask !== undefined && pending !== undefined && init?.method === "POST";
    return options.fetch(input, isTimed ? { ...init, isTimed } : init);
  };
  const transport = await openTransport({ ...options, fetch }, kind);
  const close = async (ended: boolean): Promise<void> => {
    if (!ended && !signal.aborted && transport instanceof StreamableHTTPClientTransport) {
      await unlessAborted(transport.terminateSession(), signal).catch(() => undefined);
    }
    await client.close().catch(() => undefined);
  };
  try {
    // The library sometimes ignores the signal.
    await unlessAborted(client.connect(transport, { timeout: timeoutMs, signal }), signal);
  } catch (error) {
    await close(false);
    throw error;
  }

  let received: JsonObject | undefined;
  let served: Promise<void> = Promise.resolve();

  /** Answers a request of the server; a failure ends the request that is pending. */
  async function serve(
    { id, params }: { readonly id: string | number; readonly params?: unknown },
  ) {
    const limit = pending?.limit;
    limit?.pause();
    try {
      await transport.send({
        jsonrpc: "2.0",
        id,
        result: { ...await answerTo(params, limit && ask) },
      });
      limit?.resume();
    } catch (error) {
      limit?.end(error);
      const message = "the client cannot ask the user";
      await transport.send({ jsonrpc: "2.0", id, error: { code: -32603, message } })
        .catch(() => undefined);
    }
  }

  const onMessage = transport.onmessage;
  transport.onmessage = (message, ...rest) => {
    if ("method" in message && "id" in message && message.method === ELICITATION) {
      // A person answers one question at a time.
      served = served.then(() => serve(message));
      return;
    }
    if (!("result" in message) || pending === undefined) return onMessage?.(message, ...rest);
    const { result } = message;
    if (isNestedDeeper(result, MAX_DEPTH)) {
      const found = `the server sent JSON that is nested more than ${MAX_DEPTH} levels deep`;
      const remedy = "Server: send results with fewer levels";
      return pending.limit.end(new Failure("mcp_error", found, { remedy }));
    }
    received = result;
    const placeholder = { ...COMPLETE, ...PLACEHOLDERS[pending.method] };
    onMessage?.({ ...message, result: placeholder } as JSONRPCMessage as typeof message, ...rest);
  };

  return {
    client,
    async request(method, params, tool) {
      const limit = startTimeLimit(timeoutMs, signal);
      const limits = { timeout: MAX_TIMEOUT_MS, signal: limit.signal };
      pending = { method, limit };
      received = undefined;
      try {
        const sent = method === "tools/call"
          ? client.callTool(params as Parameters<Client["callTool"]>[0], {
            ...limits,
            toolDefinition: { name: "", inputSchema: tool?.["inputSchema"] } as never,
          })
          : client.request({ method, params: { ...params } } as never, limits);
        await unlessAborted(sent, limit.signal);
        return received ?? {};
      } finally {
        limit.stop();
        pending = undefined;
      }
    },
    close,
  };
}
