/**
 * Sending the tokenless requests that open a login.
 *
 * @module
 */

import { toFailure } from "../../core/failure.ts";
import { VERSION } from "../../core/version.ts";
import type { HttpAnswer } from "../../http/http.ts";
import {
  type ClientInfo,
  firstRequest,
  jsonRpcMessageArrives,
  type McpRequest,
} from "../../oauth/mcp/first_request.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import type { Run } from "../context/run.ts";

/** How this program names itself. */
export const CLIENT_INFO: ClientInfo = { name: "mcpass", version: VERSION };

/** Ends of a handshake without a certificate: servers name the want of one, or just close. */
const WANTS_CERTIFICATE: readonly string[] = [
  "network_tls_certificate_required",
  "network_tls_closed",
];

/** Sends a request; to a server whose handshake wants a certificate, again with the one there is. */
export async function post(run: Run, request: McpRequest, id: number | null): Promise<HttpAnswer> {
  const { plan: { certificate, serverUrl } } = run;
  try {
    return await postOnce(run, request, id);
  } catch (error) {
    if (
      !WANTS_CERTIFICATE.includes(toFailure(error).code) || certificate === undefined ||
      run.certificateAt(serverUrl) !== undefined
    ) {
      throw error;
    }
    run.note("the MCP server wants a client certificate in the TLS handshake: it is presented");
    run.presentToServer();
    return await postOnce(run, request, id);
  }
}

async function postOnce(run: Run, request: McpRequest, id: number | null): Promise<HttpAnswer> {
  const { http, signal } = run.deps;
  return await http.send({
    certificate: run.certificateAt(run.plan.serverUrl),
    purpose: "mcp",
    step: "request_without_token",
    method: "POST",
    url: run.plan.serverUrl,
    headers: request.headers,
    body: request.body,
    ...id === null ? {} : { enough: () => jsonRpcMessageArrives(id) },
    signal,
  });
}

/** Sends the request that shows what a client without a token gets to see on this wire. */
export async function firstPost(run: Run, { wire, id }: Revision = run.rules): Promise<HttpAnswer> {
  return await post(run, firstRequest(wire, id, CLIENT_INFO), 1);
}
