/** A client that writes single messages to a relay, and reads what it gets one by one. @module */

import { createRelay } from "../../../src/bridge/relay/relay.ts";
import type { OpenUpstream } from "../../../src/bridge/upstream/upstream.ts";
import { type Message, messageOf } from "../../../src/bridge/message/message.ts";
import type { Fetch } from "./era_servers.ts";

// deno-lint-ignore no-explicit-any
type Value = any;

export interface Conversation extends AsyncDisposable {
  /** Sends a message; settles when the bridge has handled it. */
  send(message: object | string): Promise<void>;
  /** The next message to the client that was not read yet. */
  next(): Promise<Value>;
  nextText(): Promise<string>;
  /** Sends a request, and returns the next message. */
  ask(method: string, params?: object, id?: number | string): Promise<Value>;
  /** Messages that were not read. */
  unread(): Value[];
}

export const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {
    elicitation: { form: {}, url: {} },
    sampling: {},
    roots: {},
  },
};

export function converse(open: OpenUpstream, fetch: Fetch): Conversation {
  const ending = new AbortController();
  const texts: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  let ids = 100;
  const relay = createRelay({
    serverUrl: "http://localhost/mcp",
    fetch,
    signal: ending.signal,
    open,
    stages: [],
    delay: atOnce,
    write({ text }: Message) {
      const take = waiting.shift();
      if (take === undefined) texts.push(text);
      else take(text);
      return Promise.resolve();
    },
    signIn: () => Promise.resolve(false),
  });
  const its: Conversation = {
    async send(message) {
      const text = typeof message === "string"
        ? message
        : JSON.stringify({ jsonrpc: "2.0", ...message });
      await relay.send(messageOf(text));
    },
    nextText() {
      const text = texts.shift();
      return text !== undefined
        ? Promise.resolve(text)
        : new Promise((resolve) => waiting.push(resolve));
    },
    next: async () => JSON.parse(await its.nextText()),
    async ask(method, params, id = ids += 1) {
      void its.send({ id, method, params });
      return await its.next();
    },
    unread: () => texts.map((text) => JSON.parse(text)),
    async [Symbol.asyncDispose]() {
      await relay.close(AbortSignal.timeout(500));
      ending.abort();
    },
  };
  return its;
}

/** Waits for something that no message shows. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve));
}

/** A wait that ends at once. */
async function atOnce(_ms: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}
