/**
 * Connections to servers that answer single requests as no honest server does.
 *
 * @module
 */

import { connect, type Connection } from "../../src/mcp/connection.ts";
import type { AskForInput } from "../../src/mcp/input_request.ts";
import type { RevisionId } from "../../src/oauth/mcp/revision.ts";
import { rpcMethodOf } from "../lab/journal.ts";
import { type LabMcpServer, type McpServerOptions, startMcpServer } from "../lab/mcp_server.ts";

/** What a test of a connection may choose. */
export interface Choices {
  /** Default `auto`. */
  readonly version?: RevisionId | "auto";
  /** Who is asked for input. */
  readonly ask?: AskForInput;
  /** Default 5000. */
  readonly timeoutMs?: number;
}

/** Connects to a URL. */
export async function open(serverUrl: string, choices: Choices = {}): Promise<Connection> {
  const { version = "auto", ask, timeoutMs = 5000 } = choices;
  const signal = new AbortController().signal;
  const client = { name: "test", version: "1" };
  return await connect({ serverUrl, version, fetch, client, timeoutMs, signal, ask });
}

/** The results of some methods, instead of those of the lab's server. */
export async function withResults(
  results: Readonly<Record<string, unknown>>,
  options: McpServerOptions = {},
): Promise<LabMcpServer> {
  return await startMcpServer({
    era: "legacy",
    ...options,
    intercept(request) {
      const method = rpcMethodOf(request) ?? "";
      if (!Object.hasOwn(results, method)) return undefined;
      const { id } = JSON.parse(request.body);
      return { body: { jsonrpc: "2.0", id, result: results[method] } };
    },
  });
}
