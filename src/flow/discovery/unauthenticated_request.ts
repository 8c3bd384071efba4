/**
 * Sending the tokenless requests that open a login.
 *
 * @module
 */

import { toFailure } from "../../core/failure.ts";
import { VERSION } from "../../core/version.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  type ClientInfo,
  firstRequest,
  jsonRpcMessageArrives,
  type McpRequest,
} from "../../oauth/mcp/first_request.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import type { LoginContext } from "../context/login_context.ts";

/** How this program names itself. */
export const CLIENT_INFO: ClientInfo = { name: "mcpass", version: VERSION };

/** How a handshake ends where the client's certificate is missing: with an alert, or just closed. */
const REQUIRES_CERTIFICATE: readonly string[] = [
  "network_tls_certificate_required",
  "network_tls_closed",
];

/** What may be asked of the MCP server; `method` is POST by default. */
type ServerRequest = Partial<McpRequest> & { readonly method?: "GET" | "DELETE" };

/**
 * Sends a request to the MCP server. If its TLS handshake requires a client certificate and there is
 * one, sends the request again with it.
 *
 * @param id Of the JSON-RPC message that ends the reading of an event stream; null for any end.
 */
export async function sendToServer(
  context: LoginContext,
  request: ServerRequest,
  id: number | null,
): Promise<HttpResponse> {
  const { plan: { certificate, serverUrl } } = context;
  try {
    return await askOnce(context, request, id);
  } catch (error) {
    if (
      !REQUIRES_CERTIFICATE.includes(toFailure(error).code) || certificate === undefined ||
      context.certificateAt(serverUrl) !== undefined
    ) {
      throw error;
    }
    context.note(
      "the MCP server requires a client certificate in the TLS handshake: it is presented",
    );
    context.presentToServer();
    return await askOnce(context, request, id);
  }
}

async function askOnce(
  context: LoginContext,
  request: ServerRequest,
  id: number | null,
): Promise<HttpResponse> {
  const { http, signal } = context.deps;
  const arrives = id === null ? undefined : () => jsonRpcMessageArrives(id);
  const enough = request.method === "GET" ? () => () => true : arrives;
  return await http.send({
    certificate: context.certificateAt(context.plan.serverUrl),
    purpose: "mcp",
    step: "request_without_token",
    method: "POST",
    url: context.plan.serverUrl,
    ...request,
    ...enough === undefined ? {} : { enough },
    signal,
  });
}

/** Sends the request that shows what a client without a token sees in this protocol era. */
export async function sendFirstRequest(
  context: LoginContext,
  { era, id }: Revision = context.rules,
): Promise<HttpResponse> {
  return await sendToServer(context, firstRequest(era, id, CLIENT_INFO), 1);
}
