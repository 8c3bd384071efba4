/**
 * A session over Streamable HTTP, or over HTTP+SSE if the server has only that. A session that the
 * server no longer knows is started again. @module
 */

import { Failure } from "../core/failure.ts";
import { REVISIONS } from "../oauth/mcp/revision.ts";
import {
  type ClientSession,
  type McpTransport,
  openClientSession,
  type SessionOptions,
} from "./client_session.ts";

export interface RestartedSessionOptions extends SessionOptions {
  /** What the server uses, if that is known; otherwise Streamable HTTP is tried first. */
  readonly transport?: McpTransport | undefined;
}

interface RestartedSession {
  /** Opens a session if there is none, and uses it. If the session is gone, does so once more. */
  use<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  transport(): McpTransport;
  close(): Promise<void>;
}

/** Statuses of a POST after which HTTP+SSE is tried (MCP transports, Backward Compatibility). */
const OLD_TRANSPORT_STATUSES: readonly (number | undefined)[] = [400, 404, 405];

export function createRestartedSession(options: RestartedSessionOptions): RestartedSession {
  /** The last POST: errors of the library do not tell enough. */
  const post: { status?: number | undefined; inSession?: boolean } = {};
  let transport = options.transport ?? "streamable_http";
  let { version } = options;
  let session: ClientSession | undefined;

  const fetch: SessionOptions["fetch"] = async (input, init) => {
    if (init?.method !== "POST") return await options.fetch(input, init);
    post.status = undefined;
    post.inSession = transport === "sse" || new Headers(init.headers).has("mcp-session-id");
    const response = await options.fetch(input, init);
    post.status = response.status;
    return response;
  };
  const isGone = () => post.inSession === true && post.status === 404;

  async function openOverEventStream(): Promise<ClientSession> {
    try {
      return await openClientSession({ ...options, fetch }, "sse");
    } catch (cause) {
      if (cause instanceof Failure || post.status === undefined) throw cause;
      throw new Error(
        "the server uses HTTP+SSE (2024-11-05), and a message to its endpoint failed",
        {
          cause,
        },
      );
    }
  }

  /** @throws The error of Streamable HTTP, unless the server answered as one with HTTP+SSE. */
  async function tryEventStream(error: unknown): Promise<ClientSession> {
    const isModern = REVISIONS.some(({ id, era }) => id === version && era === "stateless");
    const mayBeOld = OLD_TRANSPORT_STATUSES.includes(post.status) && post.inSession === false;
    if (!mayBeOld || isModern) throw error;
    post.status = undefined;
    transport = "sse";
    try {
      return await openOverEventStream();
    } catch (other) {
      const isRefused = other instanceof Failure && other.code === "transport_not_supported";
      if (post.status !== undefined || isRefused) throw other;
      transport = "streamable_http";
      throw error;
    }
  }

  async function open(): Promise<ClientSession> {
    if (transport === "sse") return await openOverEventStream();
    const opened = await openClientSession({ ...options, fetch, version }, transport)
      .catch(tryEventStream);
    const spoken = opened.client.getNegotiatedProtocolVersion();
    version = REVISIONS.find(({ id }) => id === spoken)?.id ?? version;
    return opened;
  }

  return {
    async use(work) {
      try {
        session ??= await open();
        return await work(session);
      } catch (error) {
        if (!isGone()) throw error;
        await session?.close(true);
        session = undefined;
        session = await open();
        return await work(session);
      }
    },
    transport: () => transport,
    async close() {
      await session?.close(isGone());
    },
  };
}
