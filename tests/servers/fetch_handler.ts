/** Servers that answer a web `Request`, behind `node:http`. @module */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openWires } from "../lab/mcp_wires.ts";
import type { NodeHandler } from "../lab/node_server.ts";
import type { RunningApp } from "./real_server.ts";

async function webRequest(req: IncomingMessage, origin: string): Promise<Request> {
  const { method = "GET", url = "/" } = req;
  const headers = Object.entries(req.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((it): [string, string] => [name, it])
  );
  const body = method === "GET" || method === "HEAD"
    ? null
    : Buffer.concat(await Array.fromAsync(req));
  return new Request(origin + url, { method, headers, body });
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) res.appendHeader(name, value);
  if (response.body === null) return void res.end();
  res.flushHeaders();
  // The client may leave an event stream.
  await pipeline(Readable.fromWeb(response.body), res).catch(() => {});
}

/** @param origin The origin that the server believes it has. */
export function fetchHandler(
  origin: string,
  answer: (request: Request) => Response | Promise<Response>,
): NodeHandler {
  return (req, res) =>
    void webRequest(req, origin).then(answer)
      .catch((error) => new Response(String(error?.stack), { status: 500 }))
      .then((response) => send(response, res));
}

/** Answers a request, or lets what is behind it answer. */
export type Middleware = (
  request: Request,
  next: (request: Request) => Promise<Response>,
) => Response | Promise<Response>;

/** An application whose MCP server is the laboratory's; `answer` protects it. */
export async function startFetchApp(
  origin: string,
  answer: (mcp: (request: Request) => Promise<Response>) => (request: Request) => Promise<Response>,
): Promise<RunningApp> {
  const wires = await openWires();
  const mcp = async (request: Request) => wires.answer(request, await request.clone().text());
  return { handler: fetchHandler(origin, answer(mcp)), close: wires.close };
}
