/** The MCP sessions that clients opened through the listener, to end them with it. @module */

import { unlessAborted } from "../../core/abort.ts";
import type { Fetch } from "../../flow/mcp/authorized_fetch.ts";

const MAX_SESSIONS = 1000;

export interface ServerSessions {
  observe(request: Request, response: Response): void;
  /** Ends what clients left open. Never rejects. */
  close(signal: AbortSignal): Promise<void>;
}

export function createServerSessions(serverUrl: string, fetch: Fetch): ServerSessions {
  /** The headers that a later request of the session had. */
  const open = new Map<string, Record<string, string>>();
  return {
    observe({ method, headers }, response) {
      const used = headers.get("mcp-session-id");
      if (used !== null) {
        const isGone = response.status === 404 || (method === "DELETE" && response.ok);
        if (isGone) open.delete(used);
        else if (open.has(used)) {
          const version = headers.get("mcp-protocol-version");
          if (version !== null) open.set(used, { "mcp-protocol-version": version });
        }
        return;
      }
      const id = response.ok ? response.headers.get("mcp-session-id") : null;
      if (id !== null && open.size < MAX_SESSIONS) open.set(id, {});
    },
    async close(signal) {
      const sessions = [...open];
      open.clear();
      const work = Promise.allSettled(sessions.map(async ([id, version]) => {
        const headers = { ...version, "mcp-session-id": id };
        const response = await fetch(serverUrl, { method: "DELETE", headers, signal });
        await response.body?.cancel();
      }));
      await unlessAborted(work, signal).catch(() => {});
    },
  };
}
