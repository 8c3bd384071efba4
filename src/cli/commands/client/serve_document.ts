/** Serving one document on loopback, for a test. @module */

import { requestTarget, serveLoopback } from "../../../consent/loopback_server.ts";
import { Failure } from "../../../core/failure.ts";

export interface ServedDocument extends AsyncDisposable {
  readonly port: number;
}

export interface DocumentSource {
  /** 0 for a free port. */
  readonly port: number;
  readonly path: string;
  /** Host of the document's public URL, which a tunnel or proxy forwards; undefined without one. */
  readonly host: string | undefined;
  /** Makes the document when the port is known. */
  body(port: number): Promise<string>;
  answered(request: string, status: number): void;
}

const ERRORS: Readonly<Record<number, string>> = {
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
};

export async function serveDocument(source: DocumentSource): Promise<ServedDocument> {
  const server = await serveLoopback({
    port: source.port,
    requiresIpv6: false,
    handler: async (request) => respond(request, await document),
    failure: (hostname, cause) =>
      new Failure("port_unavailable", `port ${source.port} could not be opened at ${hostname}`, {
        remedy: "End the program that has it, give another --port, or leave --port out",
        cause,
      }),
  });
  // A web page could reach this server under a name of its own (DNS rebinding).
  const names = ["127.0.0.1", "[::1]", "localhost"].map((name) => `${name}:${server.port}`);
  const document = source.body(server.port);

  function respond(request: Request, text: string): Response {
    const { host, path, query } = requestTarget(request) ?? { host: "", path: "?", query: "" };
    let status = 200;
    if (host !== source.host && !names.includes(host)) status = 421;
    else if (path !== source.path) status = 404;
    else if (request.method !== "GET" && request.method !== "HEAD") status = 405;
    source.answered(`${request.method} ${path}${query && `?${query}`}`, status);
    const headers = {
      "content-type": "application/json",
      "cache-control": "no-store",
      connection: "close",
      ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    };
    const body = status === 200 ? text : `{"error":"${ERRORS[status]}"}\n`;
    return new Response(body, { status, headers });
  }

  await document;
  return { port: server.port, [Symbol.asyncDispose]: () => server.close() };
}
