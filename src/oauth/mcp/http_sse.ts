/** HTTP+SSE, the transport of 2024-11-05. @module */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { ProtocolEra } from "./revision.ts";

/** `sse` is HTTP+SSE. */
export type McpTransport = "streamable_http" | "sse";

/** As text about a server has them. */
export const ERA_NAMES: Readonly<Record<ProtocolEra, string>> = {
  stateless: "stateless",
  initialize: "with initialize",
};

export const TRANSPORT_NAMES: Readonly<Record<McpTransport, string>> = {
  sse: "HTTP+SSE (2024-11-05)",
  streamable_http: "Streamable HTTP",
};

const OLDER_STATUSES: readonly (number | undefined)[] = [400, 404, 405];

/** True for the status of a POST after which a client tries HTTP+SSE (MCP transports, *Backward Compatibility*). */
export function maybeHttpSse(status: number | undefined): boolean {
  return OLDER_STATUSES.includes(status);
}

/** True for the beginning of an event stream that names the URL for messages of the client. */
export function hasEndpointEvent(stream: string): boolean {
  return /(?:^|[\r\n])event: ?endpoint[\r\n]/.test(stream);
}

export function httpSseTransport(serverUrl: string): Judgement {
  return {
    code: "http_sse_transport",
    severity: "info",
    message: `${quoted(serverUrl)} uses HTTP+SSE, the transport of 2024-11-05`,
    remedy:
      "Server: offer Streamable HTTP as well (often at /mcp); mcpass uses HTTP+SSE until then",
    reference: "MCP transports, Backward Compatibility",
  };
}
