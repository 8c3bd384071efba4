/** The client on standard input and output: one message on each line. @module */

import { isObject, member } from "../../core/json.ts";
import type { Backlog } from "../message/backlog.ts";
import { isBatch, readBatch } from "../message/batch.ts";
import { bridgeErrorResponse } from "../message/bridge_error.ts";
import { type LongLine, readLines } from "../message/lines.ts";
import { readAhead } from "./read_ahead.ts";
import { createMessage, type Message, messageOf, readMessage } from "../message/message.ts";
import { PROTOCOL_VERSION } from "../message/stateless_meta.ts";
import type { Relay } from "../relay/relay.ts";

interface StdioOptions {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when everything is written. Rejects if nobody reads. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly backlog: Backlog;
  /** Milliseconds for open requests after the end of the input. */
  readonly drainMs: number;
  /** Aborted to end at once. */
  readonly signal: AbortSignal;
  /** Called with the first line that is neither a message nor a batch. */
  readonly onOtherText?: () => void;
}

export interface StdioClient {
  /** Writes a message; never rejects. */
  write(message: Message): Promise<void>;
  /** Sends what the client writes. Ends when the input ends, the output is closed, or by the signal. */
  run(relay: Relay): Promise<void>;
}

/** Milliseconds for the end of the session. */
const CLOSE_MS = 500;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

const TOO_LONG = "a message is longer than 64 MB, a limit of mcpass";

const encoder = new TextEncoder();

/** The responses to a batch are one array. */
interface Batch {
  /** Of requests without a response; a client may use one twice. */
  readonly ids: string[];
  readonly responses: string[];
}

/** A client of 2026-07-28 leaves out the id of an error that belongs to no request. */
function isStateless({ value }: Message): boolean {
  const { params } = value;
  const meta = isObject(params) ? params["_meta"] : undefined;
  return isObject(meta) && member(meta, PROTOCOL_VERSION) !== undefined;
}

export function openStdio(
  { input, write, backlog, drainMs, signal, onOtherText }: StdioOptions,
): StdioClient {
  const ended = Promise.withResolvers<void>();
  const inputEnded = Promise.withResolvers<void>();
  const batches = new Set<Batch>();
  const open = new Set<Promise<void>>();
  let hasNullId = true;
  let hasOtherText = false;

  async function writeLine(text: string): Promise<void> {
    const written = backlog.add(text.length);
    try {
      await write(encoder.encode(`${text}\n`));
    } catch {
      // Nobody reads the output.
      ended.resolve();
    } finally {
      written();
    }
  }

  async function refuse(code: number, message: string): Promise<void> {
    await writeLine(createMessage({ ...hasNullId && { id: null }, error: { code, message } }).text);
  }

  /** The response to a subscription is its end, which nobody waits for. */
  const isSubscription = ({ method }: Message) => method === "subscriptions/listen";

  async function sendBatch(relay: Relay, text: string): Promise<void> {
    const messages = readBatch(text);
    if (messages === undefined) return await refuse(PARSE_ERROR, "the batch is not valid JSON");
    hasNullId &&= !messages.some(isStateless);
    if (!hasNullId) return await refuse(INVALID_REQUEST, "MCP 2026-07-28 does not allow batches");
    const isRefused = messages.length === 0 ||
      messages.some(({ method }) => method === "initialize");
    if (isRefused) {
      return await refuse(
        INVALID_REQUEST,
        "a batch must not be empty or contain an initialize request",
      );
    }
    const requests = messages.filter(({ kind }) => kind === "request");
    const batch: Batch = { ids: requests.map(({ id = "" }) => id), responses: [] };
    batches.add(batch);
    await Promise.all(messages.map((message) => relay.send(message)));
    batches.delete(batch);
    if (batch.responses.length > 0) await writeLine(`[${batch.responses.join(",")}]`);
  }

  async function sendLong(relay: Relay, { id, hasMethod }: LongLine): Promise<void> {
    if (id === undefined) return;
    const request = messageOf(`{"id":${id},"method":""}`);
    const response = bridgeErrorResponse(request, "message_too_large", TOO_LONG);
    await (hasMethod ? writeLine(response.text) : relay.send(response));
  }

  async function readLine(relay: Relay, line: string | LongLine): Promise<void> {
    if (typeof line !== "string") return await sendLong(relay, line);
    if (isBatch(line)) return await sendBatch(relay, line);
    const message = readMessage(line);
    if (message !== undefined) {
      if (message.kind === "request") hasNullId = !isStateless(message);
      const sending = relay.send(message);
      if (!isSubscription(message)) await sending;
      return;
    }
    if (line.startsWith("{")) return await refuse(PARSE_ERROR, "the message is not valid JSON");
    // A response to text that is not meant for a server would confuse the client.
    if (!hasOtherText) onOtherText?.();
    hasOtherText = true;
  }

  async function readAll(relay: Relay): Promise<void> {
    for await (const line of readLines(readAhead(input, inputEnded.resolve))) {
      const reading = readLine(relay, line).finally(() => open.delete(reading));
      open.add(reading);
      await backlog.room();
    }
    await Promise.all(open);
  }

  return {
    async write(message) {
      const { id = "", kind, text } = message;
      const batch = [...batches].find(({ ids }) => kind === "response" && ids.includes(id));
      if (batch === undefined) return await writeLine(text);
      batch.ids.splice(batch.ids.indexOf(id), 1);
      batch.responses.push(text);
    },
    async run(relay) {
      const stop = () => ended.resolve();
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      let timer: ReturnType<typeof setTimeout> | undefined;
      void inputEnded.promise.then(() => timer = setTimeout(stop, drainMs));
      await Promise.race([readAll(relay), ended.promise]);
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      await relay.close(AbortSignal.timeout(CLOSE_MS));
    },
  };
}
