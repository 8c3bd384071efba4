/**
 * A recording server for handlers written against `node:http`.
 *
 * @module
 */

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { record } from "./journal.ts";
import type { RecordedRequest } from "./journal.ts";
import type { LabServer, LabServerOptions, LabTls } from "./scripted_server.ts";

/** A handler; the request's body is still to be read. */
export type NodeHandler = (req: IncomingMessage, res: ServerResponse) => void;

/** A running server, waiting for its handler. */
export interface NodeServer extends LabServer {
  /** Sets the handler, which may need to know the origin. */
  handle(handler: NodeHandler): void;
}

function listenAt(server: Server, hostname: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
}

async function listen(
  make: () => Server,
  { host, address }: LabServerOptions,
): Promise<[Server[], number]> {
  const first = make();
  const port = await listenAt(first, address ?? (host === "[::1]" ? "::1" : "127.0.0.1"), 0);
  if (host !== "localhost") return [[first], port];
  const second = make();
  try {
    await listenAt(second, "::1", port);
    return [[first, second], port];
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE") return [[first], port];
    first.close();
    return await listen(make, { host });
  }
}

/** Copies a body into the recording while the handler reads it. */
function tap(req: IncomingMessage, entry: RecordedRequest): void {
  const decoder = new TextDecoder();
  const push = req.push.bind(req);
  req.push = (chunk: Uint8Array | null, ...rest: []) => {
    if (chunk) entry.body += decoder.decode(chunk, { stream: true });
    return push(chunk, ...rest);
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, n) => [raw[2 * n] ?? "", raw[2 * n + 1] ?? ""]);
}

function tlsOptions({ cert, key, clientCa, requireClient = false }: LabTls): object {
  return clientCa === undefined
    ? { cert, key }
    : { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: requireClient };
}

/** Starts a server on a free loopback port. */
export async function startNodeServer(options: LabServerOptions): Promise<NodeServer> {
  const requests: RecordedRequest[] = [];
  const lists = options.journal ? [requests, options.journal] : [requests];
  let handler: NodeHandler = (_, res) => void res.writeHead(503).end();
  const serve: NodeHandler = (req, res) => {
    const { method = "", url: target = "" } = req;
    const headers = pairs(req.rawHeaders);
    tap(req, record(lists, { server: options.name ?? "node", method, target, headers }));
    handler(req, res);
  };
  const make = () =>
    options.tls ? createTlsServer(tlsOptions(options.tls), serve) : createServer(serve);
  const [servers, port] = await listen(make, options);

  let closing: Promise<void> | undefined;
  const close = () =>
    closing ??= Promise.all(servers.map((server) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    })).then(() => {});
  return {
    origin: `${options.tls ? "https" : "http"}://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    requests,
    handle: (next) => handler = next,
    close,
    [Symbol.asyncDispose]: close,
  };
}
