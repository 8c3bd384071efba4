/**
 * Both wire eras of MCP behind one function: the stateless 2026-07-28 wire and the sessionful
 * `initialize` wire of 2025.
 *
 * @module
 */

import type {
  Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { toolbox } from "./mcp_tools.ts";
import { addFeatures, FEATURES, INSTRUCTIONS } from "./mcp_features.ts";
import { openSseWire, type SseOptions } from "./sse_wire.ts";

/** Which wires a server speaks; `sse` is the transport of 2024-11-05. */
export type Era = "both" | "legacy" | "modern" | "sse";

/** Options of {@link openWires}. */
export interface WireOptions {
  /** Further tools named `extra-1`, `extra-2` …; default 0. */
  readonly extraTools?: number;
  /** Tools on a page of `tools/list`; default all on one. */
  readonly pageSize?: number;
  /** Protocol versions of the 2025 wire; default all that the SDK knows. */
  readonly protocolVersions?: readonly string[];
  /** Default `both`. */
  readonly era?: Era;
  /** Answers of the 2025 wire as JSON and not as an event stream; default false. */
  readonly legacyJson?: boolean;
  /** Whether the 2025 wire assigns sessions; default true. */
  readonly sessions?: boolean;
  /** Has resources and prompts too, and instructions; default false. */
  readonly features?: boolean;
  /** Of era `sse`. */
  readonly sse?: SseOptions;
}

/** A server without authorization. */
export interface Wires {
  /** Answers one HTTP request; `body` is its text. */
  answer(request: Request, body: string): Promise<Response>;
  /** Ends all sessions and streams. */
  close(): Promise<void>;
}

function rpcError(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}

type Sdk = typeof import("@modelcontextprotocol/server");

function makeServer(sdk: Sdk, options: WireOptions): Server {
  const tools = toolbox(options.extraTools);
  const pageSize = options.pageSize ?? tools.listed.length;
  const server = new sdk.Server({ name: "mcpass lab", version: "1.0.0" }, {
    capabilities: { tools: {}, ...options.features && FEATURES },
    ...options.features && { instructions: INSTRUCTIONS },
    ...(options.protocolVersions && { supportedProtocolVersions: [...options.protocolVersions] }),
  });
  server.setRequestHandler("tools/list", ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const next = from + pageSize;
    return {
      tools: tools.listed.slice(from, next),
      ...(next < tools.listed.length && { nextCursor: String(next) }),
    };
  });
  server.setRequestHandler(
    "tools/call",
    ({ params }) => ({ ...tools.call(params.name, params.arguments ?? {}) }),
  );
  if (options.features) addFeatures(server, sdk, options.pageSize);
  return server;
}

/** Builds the wires; loads the SDK. */
export async function openWires(options: WireOptions = {}): Promise<Wires> {
  const sdk = await import("@modelcontextprotocol/server");
  const era = options.era ?? "both";
  if (era === "sse") return openSseWire(() => makeServer(sdk, options), options.sse ?? {});
  const { protocolVersions: _, ...modernOptions } = options;
  const modern = sdk.createMcpHandler(() => makeServer(sdk, modernOptions), {
    legacy: "reject",
    keepAliveMs: 0,
  });
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function openLegacy(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport: WebStandardStreamableHTTPServerTransport = new sdk
      .WebStandardStreamableHTTPServerTransport({
      keepAliveMs: 0,
      enableJsonResponse: options.legacyJson ?? false,
      ...(options.sessions !== false && {
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (id: string) => void sessions.set(id, transport),
        onsessionclosed: (id: string) => void sessions.delete(id),
      }),
    });
    await makeServer(sdk, options).connect(transport);
    return transport;
  }

  async function legacy(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (options.sessions !== false && id !== null) {
      const transport = sessions.get(id);
      return transport?.handleRequest(request) ?? rpcError(404, -32001, "Session not found");
    }
    if (options.sessions === false && request.method !== "POST") {
      return rpcError(405, -32000, "Method not allowed.");
    }
    return (await openLegacy()).handleRequest(request);
  }

  return {
    async answer(request, body) {
      const parsed = (() => {
        try {
          return JSON.parse(body);
        } catch {
          return undefined;
        }
      })();
      const isLegacy = era === "legacy" ||
        (era === "both" && await sdk.isLegacyRequest(request, parsed));
      return isLegacy ? await legacy(request) : await modern.fetch(request);
    },
    async close() {
      await modern.close();
      for (const transport of sessions.values()) await transport.close();
    },
  };
}
