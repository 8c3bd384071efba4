/** The session of Streamable HTTP, as the server named it. @module */

import { createSessionState, type SessionState } from "./session_state.ts";

export interface Session {
  /** Undefined if the server has no sessions. */
  readonly id: string | undefined;
}

export interface SessionHolder {
  current: Session | undefined;
  state: SessionState;
  /** The header fields of its requests. */
  headers(): Record<string, string>;
  /** Begins again, for an `initialize` of the client. */
  reset(): void;
}

/** The first revision whose requests name it. */
const NAMED_SINCE = "2025-06-18";

export function createSessionHolder(): SessionHolder {
  return {
    current: undefined,
    state: createSessionState(),
    headers() {
      const { id } = this.current ?? {};
      const version = this.current && this.state.version();
      return {
        accept: "application/json, text/event-stream",
        ...id !== undefined && { "mcp-session-id": id },
        ...version !== undefined && version >= NAMED_SINCE && { "mcp-protocol-version": version },
      };
    },
    reset() {
      this.current = undefined;
      this.state = createSessionState();
    },
  };
}
