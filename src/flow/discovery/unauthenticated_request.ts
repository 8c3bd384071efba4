import { toFailure } from "../../core/failure.ts";
import { VERSION } from "../../core/version.ts";
import type { HttpRequest, HttpResponse } from "../../http/http_client.ts";
import {
  type ClientInfo,
  firstRequest,
  jsonRpcMessageArrives,
  type McpRequest,
} from "../../oauth/mcp/first_request.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import type { LoginContext } from "../context/login_context.ts";

export const CLIENT_INFO: ClientInfo = { name: "mcpass", version: VERSION };

/** How a handshake ends without a required client certificate: with an alert, or just closed. */
const REQUIRES_CERTIFICATE: readonly string[] = [
  "network_tls_certificate_required",
  "network_tls_closed",
];

/** `method` is POST by default. */
type ServerRequest = Partial<McpRequest> & {
  readonly method?: "GET" | "DELETE";
  readonly signal?: AbortSignal;
  readonly enough?: HttpRequest["enough"];
};

/**
 * Sends a request to the MCP server. If TLS requires a client certificate and there is one, sends
 * the request again with it.
 *
 * @param id The JSON-RPC id of the response that ends the reading of an event stream; null to read
 * all.
 */
export async function sendToServer(
  context: LoginContext,
  request: ServerRequest,
  id: number | null,
): Promise<HttpResponse> {
  const { deps: { http }, plan: { certificate, serverUrl: url }, state } = context;
  const arrives = id === null ? undefined : () => jsonRpcMessageArrives(id);
  const send = () =>
    http.send({
      certificate: context.certificateAt(url),
      purpose: "mcp",
      step: "request_without_token",
      method: "POST",
      url,
      enough: arrives,
      ...request,
    });
  try {
    return await send();
  } catch (error) {
    const isRequired = REQUIRES_CERTIFICATE.includes(toFailure(error).code);
    if (!isRequired || certificate === undefined || state.presentsCertificate) throw error;
  }
  context.note(
    "the MCP server requires a client certificate in the TLS handshake: mcpass presents it",
  );
  state.presentsCertificate = true;
  return await send();
}

export async function sendFirstRequest(
  context: LoginContext,
  { era, id }: Revision = context.rules,
): Promise<HttpResponse> {
  return await sendToServer(context, firstRequest(era, id, CLIENT_INFO), 1);
}
