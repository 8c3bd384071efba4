/**
 * The loopback listener: waits for the one callback that answers the sign-in under way (RFC 8252
 * §7.3, §8.3).
 *
 * Plain TCP rather than `Deno.serve`, which `DENO_SERVE_ADDRESS` moves to another address, and which
 * keeps idle connections open.
 *
 * @module
 */

import type { CallbackParameters, CallbackVerdict } from "./consent.ts";
import { type Page, PAGES, response } from "./page.ts";
import { queryParameters, type RedirectTarget } from "./redirect_url.ts";
import { readHead, type RequestHead } from "./request_head.ts";

/** Limits of the listener. */
export interface ListenerLimits {
  /** Milliseconds a client has to send its request. */
  readonly readMs: number;
  /** Connections at a time; a further one ends the oldest that is not being answered. */
  readonly connections: number;
}

/** The limits, unless a test sets others. */
export const LISTENER_LIMITS: ListenerLimits = { readMs: 10_000, connections: 16 };

/** Milliseconds a client has to close after its answer. */
const DRAIN_MS = 250;

/** A running listener. */
export interface CallbackListener {
  /**
   * Answers callbacks from now on; before, and after the first that is taken, every request gets
   * 404.
   *
   * @param judge Asked for each callback on the right path.
   * @param at Where the callback arrives; absent: the redirect URI that the listener was started with.
   * @returns The parameters of the callback that was taken; its page is held back until
   * {@link settle}.
   */
  expect(
    judge: (parameters: CallbackParameters) => CallbackVerdict,
    at?: RedirectTarget,
  ): Promise<CallbackParameters>;
  /** Stops answering callbacks. */
  ignore(): void;
  /** Answers the page that was held back, if there is one. */
  settle(page: Page): Promise<void>;
  /** Closes listeners and connections. */
  close(): Promise<void>;
}

/** The sign-in under way. */
interface Expected {
  readonly judge: (parameters: CallbackParameters) => CallbackVerdict;
  readonly resolve: (parameters: CallbackParameters) => void;
  readonly reject: (error: unknown) => void;
}

/** The callback that was taken: a browser that reloads it waits for the same page. */
interface Taken {
  readonly target: string;
  readonly outcome: Promise<Page>;
  readonly settle: (page: Page) => void;
}

async function send(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  let sent = 0;
  while (sent < bytes.length) sent += await connection.write(bytes.subarray(sent));
  await connection.closeWrite();
}

/** Reads what the client still sends: closing with unread data would reset the answer away. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(4096);
  while (await connection.read(bytes) !== null);
}

/**
 * Starts answering at `listeners`.
 *
 * @param onPost Called for an answer that comes by POST, which nobody asked for.
 */
export function startListener(
  listeners: readonly Deno.TcpListener[],
  redirect: RedirectTarget,
  limits: ListenerLimits = LISTENER_LIMITS,
  onPost: () => void = () => {},
): CallbackListener {
  const open = new Set<Deno.TcpConn>();
  /** Those that have not sent a whole head yet, oldest first. */
  const reading = new Set<Deno.TcpConn>();
  const answers = new Set<Promise<void>>();
  let expected: Expected | undefined;
  let taken: Taken | undefined;
  let current = redirect;

  function drop(connection: Deno.TcpConn): void {
    reading.delete(connection);
    if (open.delete(connection)) connection.close();
  }

  function judged(target: string, query: string): Page | Promise<Page> {
    const current = expected;
    if (current === undefined) return PAGES.notFound;
    const parameters = queryParameters(query);
    try {
      if (current.judge(parameters) === "ignore") return PAGES.notOurs;
    } catch (error) {
      expected = undefined;
      current.reject(error);
      return PAGES.received;
    }
    const { promise: outcome, resolve: settle } = Promise.withResolvers<Page>();
    taken = { target, outcome, settle };
    expected = undefined;
    current.resolve(parameters);
    return outcome;
  }

  function pageFor(head: RequestHead | Page): Page | Promise<Page> {
    if (expected === undefined && taken === undefined) return PAGES.notFound;
    if ("status" in head) return head;
    if (head.hosts.length !== 1 || head.hosts[0] !== current.authority) return PAGES.wrongHost;
    if (!head.target.startsWith("/")) return PAGES.malformed;
    const mark = head.target.indexOf("?");
    const path = mark === -1 ? head.target : head.target.slice(0, mark);
    if (path !== current.path) return PAGES.notFound;
    if (head.method === "POST") onPost();
    if (head.method !== "GET") return PAGES.wrongMethod;
    if (taken?.target === head.target) return taken.outcome;
    return judged(head.target, mark === -1 ? "" : head.target.slice(mark + 1));
  }

  async function answer(connection: Deno.TcpConn, head: RequestHead | Page): Promise<void> {
    const isHead = "method" in head && head.method === "HEAD";
    await send(connection, response(await pageFor(head), !isHead));
  }

  async function serve(connection: Deno.TcpConn): Promise<void> {
    let deadline = setTimeout(() => drop(connection), limits.readMs);
    try {
      const head = await readHead((into) => connection.read(into));
      clearTimeout(deadline);
      reading.delete(connection);
      if (head === null) return;
      const answered = answer(connection, head);
      answers.add(answered);
      await answered.finally(() => answers.delete(answered));
      deadline = setTimeout(() => drop(connection), DRAIN_MS);
      await drain(connection);
    } catch {
      // The client went away, or was sent away.
    } finally {
      clearTimeout(deadline);
      drop(connection);
    }
  }

  async function accept(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) {
      const [oldest] = reading;
      if (open.size >= limits.connections && oldest !== undefined) drop(oldest);
      open.add(connection);
      reading.add(connection);
      serve(connection);
    }
  }

  const accepting = listeners.map((listener) => accept(listener).catch(() => {}));
  let closed = false;

  return {
    expect(judge, at = redirect) {
      current = at;
      taken?.settle(PAGES.received);
      const { promise, resolve, reject } = Promise.withResolvers<CallbackParameters>();
      expected = { judge, resolve, reject };
      return promise;
    },
    ignore() {
      expected = undefined;
    },
    async settle(page) {
      taken?.settle(page);
      await Promise.allSettled(answers);
    },
    async close() {
      if (closed) return;
      closed = true;
      expected = undefined;
      for (const listener of listeners) listener.close();
      taken?.settle(PAGES.received);
      await Promise.allSettled([...answers, ...accepting]);
      for (const connection of [...open]) drop(connection);
    },
  };
}
