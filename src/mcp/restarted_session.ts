/**
 * A session over Streamable HTTP, or over HTTP+SSE if the server has only that. A session that the
 * server no longer knows is started again. @module
 */

import { maybeHttpSse, type McpTransport } from "../oauth/mcp/http_sse.ts";
import { SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import { Failure, failureIn } from "../core/failure.ts";
import { isObject, parseJson } from "../core/json.ts";
import { LATEST_INITIALIZE, REVISIONS } from "../oauth/mcp/revision.ts";
import { type ClientSession, openClientSession, type SessionOptions } from "./client_session.ts";
import { describeMcpError } from "./mcp_error.ts";

export interface RestartedSessionOptions extends SessionOptions {
  /** What the server uses, if that is known; otherwise Streamable HTTP is tried first. */
  readonly transport?: McpTransport | undefined;
}

interface RestartedSession {
  /** Opens a session if needed, and uses it; once more if the server no longer knows the session. */
  use<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  transport(): McpTransport;
  close(): Promise<void>;
}

/** 404, and 400 about the session ID: an example of the official TypeScript SDK sends that. */
async function saysSessionIsGone(response: Response): Promise<boolean> {
  if (response.status !== 400) return response.status === 404;
  return /\bsession.?id\b/i.test(await response.clone().text());
}

/** True if the server answered `server/discover` as one that cannot handle unknown methods. */
function negotiationFailed(error: unknown): boolean {
  return error instanceof SdkError && error.code === SdkErrorCode.EraNegotiationFailed &&
    failureIn(error) === undefined;
}

function goneAgain(error: unknown): Failure {
  const found = "the server does not know the session that it just started: " +
    describeMcpError(error);
  return new Failure("mcp_error", found, {
    remedy: "Server: let all instances know all sessions, or let the load balancer send the " +
      "requests of a session (Mcp-Session-Id) to the instance that started it",
    reference: "MCP base protocol",
    cause: error,
  });
}

/** True for a message that a server which does not know its session has not acted on. */
function isRequest(body: unknown): boolean {
  const message = typeof body === "string" ? parseJson(body, Infinity) : undefined;
  const method = isObject(message) ? message["method"] : undefined;
  return method !== undefined && method !== "notifications/cancelled";
}

export function createRestartedSession(options: RestartedSessionOptions): RestartedSession {
  /** The last POST of a request: errors of the library do not tell enough. */
  const post: { status?: number | undefined; inSession?: boolean; isGone?: boolean } = {};
  let transport = options.transport ?? "streamable_http";
  let { version } = options;
  let session: ClientSession | undefined;

  const fetch: SessionOptions["fetch"] = async (input, init) => {
    // An answer to the server, or a cancellation, is sent while a request is running.
    const isAsked = init?.method === "POST" && isRequest(init.body);
    if (!isAsked) return await options.fetch(input, init);
    post.status = undefined;
    post.isGone = false;
    post.inSession = transport === "sse" || new Headers(init.headers).has("mcp-session-id");
    const response = await options.fetch(input, init);
    post.status = response.status;
    post.isGone = post.inSession && await saysSessionIsGone(response);
    return response;
  };
  const isGone = () => post.isGone === true;

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
    const mayBeOld = maybeHttpSse(post.status) && post.inSession === false;
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

  /** A server may answer 500 to `server/discover`, and know `initialize`. */
  async function openStreamable(): Promise<ClientSession> {
    try {
      return await openClientSession({ ...options, fetch, version }, "streamable_http");
    } catch (error) {
      if (version !== "auto" || !negotiationFailed(error)) throw error;
      version = LATEST_INITIALIZE.id;
      return await openClientSession({ ...options, fetch, version }, "streamable_http");
    }
  }

  async function open(): Promise<ClientSession> {
    if (transport === "sse") return await openOverEventStream();
    const opened = await openStreamable().catch(tryEventStream);
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
        try {
          session = await open();
          return await work(session);
        } catch (again) {
          throw transport === "streamable_http" && isGone() ? goneAgain(again) : again;
        }
      }
    },
    transport: () => transport,
    async close() {
      await session?.close(isGone());
    },
  };
}
