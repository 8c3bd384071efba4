/**
 * A TCP proxy in front of PostgreSQL or PgBouncer that sees each request of a client, and can cut the
 * connection before the request reaches the server, or after the server has done it and before the
 * client receives the response. For connections without TLS (PostgreSQL protocol 3.0, §55.7).
 *
 * @module
 */

/** Messages of a client up to one that the server responds to. */
export interface DatabaseRequest {
  /** From 1, over all connections. */
  readonly number: number;
  /** From 1. */
  readonly connection: number;
  /** The statement; `startup`, `password` or `end` for the other requests. */
  readonly text: string;
}

/** What the proxy does with a request. */
export type Verdict = "pass" | "cut before" | "cut after";

export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Every request so far. */
  readonly requests: DatabaseRequest[];
  /** Asked for each request, which waits for the verdict. */
  judge: (request: DatabaseRequest) => Verdict | Promise<Verdict>;
  /** Called after the server has done a request, and before the connection is cut. */
  afterDone: () => void;
}

interface Message {
  /** Empty for the first message of a connection, which has no type. */
  readonly type: string;
  readonly body: Uint8Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Types of a client's messages that the server responds to: password, query, sync, terminate. */
const ENDS_REQUEST = ["", "p", "Q", "S", "X"];
const READY_FOR_QUERY = "Z";

async function* messagesOf(conn: Deno.Conn, hasStartup: boolean): AsyncGenerator<Message> {
  let rest = new Uint8Array();
  let typeLength = hasStartup ? 0 : 1;
  for await (const chunk of conn.readable.values({ preventCancel: true })) {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    for (;;) {
      if (rest.length < typeLength + 4) break;
      const length = typeLength +
        new DataView(rest.buffer, rest.byteOffset).getUint32(typeLength);
      if (rest.length < length) break;
      const bytes = rest.slice(0, length);
      const type = typeLength === 0 ? "" : String.fromCharCode(bytes[0] ?? 0);
      yield { type, bytes, body: bytes.subarray(typeLength + 4) };
      rest = rest.slice(length);
      typeLength = 1;
    }
  }
}

/** The statement of a simple query or of a Parse message, whose first text is a name. */
function statementOf({ type, body }: Message): string | undefined {
  const [first, second] = new TextDecoder().decode(body).split("\0");
  return type === "Q" ? first : type === "P" ? second : undefined;
}

const NAMES: Readonly<Record<string, string>> = { "": "startup", p: "password", X: "end" };

function textOf(messages: readonly Message[]): string {
  const statements = messages.map(statementOf).filter((text) => text !== undefined);
  const name = NAMES[messages.at(-1)?.type ?? ""];
  return statements.length > 0 ? statements.join("; ") : name ?? "";
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // The other direction has closed it.
  }
}

/** Starts one in front of a server on 127.0.0.1. */
export function startCutProxy(serverPort: number): CutProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const proxy: CutProxy = {
    port: listener.addr.port,
    requests: [],
    judge: () => "pass",
    afterDone: () => {},
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await accepting;
    },
  };

  async function serve(client: Deno.Conn): Promise<void> {
    const connection = ++connections;
    const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
    for (const conn of [client, server]) open.add(conn);
    const end = () => {
      for (const conn of [client, server]) {
        open.delete(conn);
        close(conn);
      }
    };
    let withhold = false;
    const responding = (async () => {
      let isAuthenticated = false;
      for await (const { type, bytes } of messagesOf(server, false)) {
        isAuthenticated ||= type === READY_FOR_QUERY;
        if (withhold && (type === READY_FOR_QUERY || !isAuthenticated)) return proxy.afterDone();
        if (!withhold) await writeAll(client, bytes);
      }
    })().catch(() => {}).finally(end);
    let messages: Message[] = [];
    try {
      for await (const message of messagesOf(client, true)) {
        messages.push(message);
        if (!ENDS_REQUEST.includes(message.type)) continue;
        const number = proxy.requests.length + 1;
        const request = { number, connection, text: textOf(messages) };
        proxy.requests.push(request);
        const verdict = await proxy.judge(request);
        if (verdict === "cut before") break;
        withhold = verdict === "cut after";
        for (const { bytes } of messages) await writeAll(server, bytes);
        messages = [];
        // The server responds to the end of a session by closing the connection.
        if (withhold && message.type === "X") proxy.afterDone();
        if (withhold) await responding;
      }
    } catch {
      // One side closed the connection.
    } finally {
      end();
      await responding;
    }
  }

  const accepting = (async () => {
    const served: Promise<void>[] = [];
    try {
      for await (const conn of listener) served.push(serve(conn).catch(() => close(conn)));
    } finally {
      await Promise.all(served);
    }
  })();
  return proxy;
}
