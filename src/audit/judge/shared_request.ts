/** Requests whose response several checks judge. @module */

import type { HttpResponse } from "../../http/http_client.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";

const responsesOf = new WeakMap<Audit["send"], Map<string, Promise<HttpResponse>>>();

/**
 * Sends a request once in an audit, whichever check asks first; the response is evidence of each.
 *
 * @throws Failure `network_*`.
 */
export async function sendShared(
  { send, cite }: Pick<Audit, "send" | "cite">,
  request: AuditRequest,
): Promise<HttpResponse> {
  const responses = responsesOf.get(send) ?? new Map<string, Promise<HttpResponse>>();
  responsesOf.set(send, responses);
  const key = JSON.stringify(request);
  const response = responses.get(key) ?? send(request);
  responses.set(key, response);
  cite(await response);
  return await response;
}
