/** An upstream for a server and a client of any era: messages are mapped only if the eras differ. @module */

import { toFailure } from "../../core/failure.ts";
import { OlderServer } from "../upstream/older_server.ts";
import type { OpenUpstream, Upstream } from "../upstream/upstream.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { errorOf, type Message } from "../message/message.ts";
import { PROTOCOL_VERSION } from "../message/stateless_meta.ts";
import { LATEST, LATEST_INITIALIZE, type ProtocolEra } from "../../oauth/mcp/revision.ts";
import { at, methodNotFound, unmappable } from "./mapped_message.ts";

export interface AnyEraOptions {
  /** For a server of the `initialize` era. */
  readonly openOlder: OpenUpstream;
  /**
   * `same`: a client that can use both eras learns that the server has only the older one. `map`: such
   * a client, too, is offered 2026-07-28.
   */
  readonly era: "same" | "map";
  /** True to send a lost call of a tool again, whatever it does. */
  readonly repeatsCalls?: boolean | undefined;
  /** For a stateless server, until an older client chooses one: such a server logs only at a level. */
  readonly logLevel?: string | undefined;
}

const CANCELLED = "notifications/cancelled";

/** The era of a client that sends this request; undefined if both may send it. */
function eraOf(message: Message): ProtocolEra | undefined {
  if (message.method === "initialize") return "initialize";
  const isProbe = message.method === "server/discover";
  const version = at(message.value, "params", "_meta", PROTOCOL_VERSION);
  return isProbe || version === undefined ? undefined : "stateless";
}

/** True if the failure of an `initialize` may mean that the server is of the other era. */
const isRefusal = (error: unknown): boolean =>
  error instanceof BridgeFault && error.reason === "upstream_http" &&
  (error.data.status ?? 500) < 500;

/** The error for a client that uses the other era later. */
function pinned(client: ProtocolEra): BridgeFault {
  const version = client === "stateless" ? LATEST.id : `${LATEST_INITIALIZE.id} or older`;
  return unmappable(`this connection uses MCP ${version}: start another one for another version`);
}

export function openAnyEra(eraOptions: AnyEraOptions): OpenUpstream {
  const { openOlder, era } = eraOptions;
  return (options) => {
    /** Undefined until a message shows it. */
    let client: ProtocolEra | undefined;
    let server: ProtocolEra | undefined;
    let opening: Promise<void> | undefined;
    /** Settles when the message before may be sent. */
    let before: Promise<void> = Promise.resolve();
    /** An `initialize` whose error is held back, because the server may be of the other era. */
    let trial: { readonly request: Message; error?: Message } | undefined;

    async function deliverOlder(message: Message, request?: Message): Promise<void> {
      const isHeld = message.kind === "response" && errorOf(message) !== undefined &&
        (message.id === trial?.request.id || message.id === undefined);
      if (isHeld && trial !== undefined) trial.error = message;
      else await options.deliver(message, request);
    }

    // What most connections do not need is loaded when it is.
    const openers = {
      older: () => Promise.resolve(openOlder({ ...options, deliver: deliverOlder })),
      stateless: async () =>
        (await import("../upstream/stateless_http.ts")).openStatelessHttp({
          ...options,
          ...eraOptions,
        }),
      initializeClient: async () =>
        (await import("./initialize_client.ts")).openForInitializeClient({
          ...options,
          ...eraOptions,
        }),
      statelessClient: async () =>
        (await import("./stateless_client.ts")).openForStatelessClient(openOlder, options),
    } as const;
    const opened = new Map<keyof typeof openers, Promise<Upstream>>();

    async function send(name: keyof typeof openers, message: Message): Promise<void> {
      if (!opened.has(name)) options.log?.("era", { client, server });
      const found = opened.get(name) ?? openers[name]();
      opened.set(name, found);
      await (await found).send(message);
    }

    /** False if the server is not stateless. @throws As `send` if it is. */
    async function initializeStateless(request: Message): Promise<boolean> {
      // The client may continue as soon as it has the response.
      server = "stateless";
      try {
        await send("initializeClient", request);
        return true;
      } catch (error) {
        server = undefined;
        const isKnown = error instanceof BridgeFault && error.reason === "bridge_unmappable";
        if (isKnown || toFailure(error).kind === "sign_in_needed") throw error;
        return false;
      }
    }

    async function initialize(request: Message): Promise<void> {
      if (server === "stateless") return await send("initializeClient", request);
      const held: { readonly request: Message; error?: Message } = { request };
      trial = held;
      let failure: unknown;
      try {
        await send("older", request);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        failure = error;
      } finally {
        trial = undefined;
      }
      if (failure === undefined && held.error === undefined) return;
      if (await initializeStateless(request)) return;
      if (failure !== undefined) throw failure;
      if (held.error !== undefined) await options.deliver(held.error);
    }

    async function sendStateless(message: Message): Promise<void> {
      if (server !== "initialize") {
        try {
          return await send("stateless", message);
        } catch (error) {
          if (!(error instanceof OlderServer)) throw error;
          server = "initialize";
        }
      }
      // A client that can use both eras continues with `initialize`.
      const isProbe = client === undefined && message.method === "server/discover";
      if (isProbe && era === "same") await options.deliver(methodNotFound(message));
      else await send("statelessClient", message);
    }

    /** Waits for an `initialize`, and for the messages that do so. */
    function inOrder(): Promise<void> {
      const [earlier, first] = [before, opening];
      before = (async () => {
        await earlier;
        await first?.catch(() => {});
      })();
      return before;
    }

    return {
      async send(message) {
        const its = message.kind === "request" ? eraOf(message) : undefined;
        client ??= its;
        if (its !== undefined && its !== client) throw pinned(client ?? its);
        const isProbe = client === undefined && message.method === "server/discover";
        if (client === "stateless" || isProbe) return await sendStateless(message);
        if (message.method === "initialize") {
          opening = initialize(message).finally(() => opening = undefined);
          return await opening;
        }
        // A client may send more before it has the response, which shows where that goes.
        const isEarly = message.kind !== "response" && message.method !== CANCELLED;
        if (isEarly) await inOrder();
        await send(server === "stateless" ? "initializeClient" : "older", message);
      },
      async close(signal) {
        const all = [...opened.values()].map(async (it) => await (await it).close(signal));
        await Promise.allSettled(all);
      },
    };
  };
}
