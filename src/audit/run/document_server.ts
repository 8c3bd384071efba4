/** The server with the client ID metadata documents of an audit. @module */

import { isLoopbackHost } from "../../core/url.ts";
import type { AuditDocuments, PrivateAddress } from "../context/client_documents.ts";
import { skipCheck } from "../context/end_check.ts";

export interface DocumentServer {
  /** Starts the server at the first call. @throws CheckEnd `needs_config`. */
  open(): AuditDocuments;
  close(): Promise<void>;
}

/** The address at which the authorization server can fetch the documents. */
export interface DocumentAddress {
  /** URL that leads to {@link DocumentAddress.port}; undefined: loopback. */
  readonly base?: string | undefined;
  /** Port to listen on; by default a free one. */
  readonly port?: number | undefined;
}

type Content = (url: string) => Response;

export function createDocumentServer(
  authorizationServer: () => string,
  { base: publicBase, port = 0 }: DocumentAddress,
): DocumentServer {
  const contents = new Map<string, Content>();
  const fetches = new Map<string, number>();
  const servers: Deno.HttpServer[] = [];
  let opened: AuditDocuments | undefined;
  let canary: Deno.Listener | undefined;

  function handle(request: Request): Response {
    const { pathname } = new URL(request.url);
    fetches.set(pathname, (fetches.get(pathname) ?? 0) + 1);
    return contents.get(pathname)?.(request.url) ?? new Response(null, { status: 404 });
  }

  function listen(hostname: string, at: number): number {
    const server = Deno.serve({ hostname, port: at, onListen: () => {} }, handle);
    servers.push(server);
    return (server.addr as Deno.NetAddr).port;
  }

  function start(): AuditDocuments {
    const issuer = URL.parse(authorizationServer());
    if (publicBase === undefined && (issuer === null || !isLoopbackHost(issuer.hostname))) {
      throw skipCheck(
        "needs_config",
        "the authorization server cannot fetch documents from this machine without a public URL",
        "--cimd-base",
      );
    }
    const listening = listen("127.0.0.1", port);
    const base = publicBase?.replace(/\/$/, "") ?? `http://127.0.0.1:${listening}`;
    return {
      base,
      canary: publicBase === undefined ? openCanary() : undefined,
      publish(content, path = `/${crypto.randomUUID()}/client.json`, at = base) {
        const url = at + path;
        const { pathname } = new URL(url);
        contents.set(pathname, () => {
          const made = content(url);
          return made instanceof Response ? made : Response.json(made);
        });
        return { url, fetches: () => fetches.get(pathname) ?? 0 };
      },
    };
  }

  function openCanary(): PrivateAddress | undefined {
    try {
      canary = Deno.listen({ hostname: "::1", port: 0 });
    } catch {
      return undefined;
    }
    let connections = 0;
    const count = async (listener: Deno.Listener) => {
      for await (const connection of listener) {
        connections += 1;
        connection.close();
      }
    };
    count(canary).catch(() => {});
    const { port: at } = canary.addr as Deno.NetAddr;
    return { url: `https://[::1]:${at}/client.json`, connections: () => connections };
  }

  return {
    open: () => opened ??= start(),
    async close() {
      canary?.close();
      await Promise.all(servers.map((server) => server.shutdown()));
    },
  };
}
