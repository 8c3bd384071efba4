/**
 * The two servers of the lab: by http, or by https with client certificates and, in a broken server,
 * with plain http at the same port.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { RecordedRequest } from "../journal.ts";
import { startNodeServer } from "../node_server.ts";
import { startScriptedServer } from "../scripted_server.ts";
import { certificateFor } from "./certificates.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditLabOptions } from "./state.ts";

/** Switches about connections. */
export const CONNECTION_SWITCHES = ["tls_plain", "tls_certificate"] as const;

/** Answers a request; `certificate` is the thumbprint of the client's. */
export type Respond = (
  request: RecordedRequest,
  certificate: string | undefined,
) => Promise<LabResponse>;

/** A server that waits for its handler. */
export interface LabOrigin {
  readonly origin: string;
  /** Certificate of the authority, with https. */
  readonly authority: string | undefined;
  handle(respond: Respond): void;
  close(): Promise<void>;
}

const NOT_YET: Respond = () => Promise.resolve({ status: 503, headers: [], body: "" });

async function thumbprintOf(req: IncomingMessage): Promise<string | undefined> {
  const { raw } = (req.socket as Partial<TLSSocket>).getPeerCertificate?.() ?? {};
  if (raw === undefined) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(raw));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** One port for TLS and for plain http: the first byte decides. */
function startBothPort(tlsPort: number, plainPort: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();

  async function pass(conn: Deno.Conn): Promise<void> {
    open.add(conn);
    const first = new Uint8Array(16 * 1024);
    const size = await conn.read(first);
    if (size === null) return conn.close();
    const port = first[0] === 0x16 ? tlsPort : plainPort;
    const target = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(target);
    const writer = target.writable.getWriter();
    await writer.write(first.subarray(0, size));
    writer.releaseLock();
    await Promise.allSettled([
      conn.readable.pipeTo(target.writable),
      target.readable.pipeTo(conn.writable),
    ]);
  }

  tasks.add((async () => {
    for await (const conn of listener) tasks.add(pass(conn).catch(() => {}));
  })());
  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      for (const conn of open) {
        try {
          conn.close();
        } catch {
          // closed by its peer
        }
      }
      await Promise.all(tasks);
    },
  };
}

async function startTls(
  options: AuditLabOptions,
  name: string,
  journal: RecordedRequest[],
): Promise<LabOrigin> {
  const breaks = switchesOf({ broken: new Set(options.broken) }, CONNECTION_SWITCHES);
  const { tls, authority } = await certificateFor(breaks("tls_certificate") ? 3 : 300);
  const server = await startNodeServer({ name, journal, tls });
  let respond = NOT_YET;

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // The server recorded it just now
    const request = server.requests.at(-1);
    if (request === undefined) throw new Error("the request was not recorded");
    for await (const _chunk of req) { /* the body is recorded */ }
    const { status, headers, body } = await respond(request, await thumbprintOf(req));
    res.writeHead(status, headers.map(([field, value]) => [field, value]).flat());
    res.end(request.method === "HEAD" ? undefined : body);
  }
  server.handle((req, res) => {
    serve(req, res).catch(() => res.destroy());
  });
  if (!breaks("tls_plain")) {
    return {
      origin: server.origin,
      authority,
      handle: (next) => respond = next,
      close: server.close,
    };
  }
  const plain = startScriptedServer({ name, journal });
  plain.routes["*"] = (request) => respond(request, undefined);
  const both = startBothPort(server.port, plain.port);
  return {
    origin: `https://127.0.0.1:${both.port}`,
    authority,
    handle: (next) => respond = next,
    async close() {
      await both.close();
      await Promise.all([server.close(), plain.close()]);
    },
  };
}

/** Starts a server on a free loopback port. */
export async function startOrigin(
  options: AuditLabOptions,
  name: "as" | "mcp",
  journal: RecordedRequest[],
): Promise<LabOrigin> {
  if (options.tls) return await startTls(options, name, journal);
  // `asm_hosts` gives the token endpoint another name of this machine
  const host = options.broken?.includes("asm_hosts") ? "localhost" : "127.0.0.1";
  const server = startScriptedServer({ name, journal, host });
  return {
    origin: server.origin.replace("localhost", "127.0.0.1"),
    authority: undefined,
    handle(respond) {
      server.routes["*"] = (request) => respond(request, undefined);
    },
    close: server.close,
  };
}
