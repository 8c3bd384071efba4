/** Requests to the MCP endpoint, in the protocol of the audited revision. @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { CLIENT_INFO } from "../../flow/discovery/unauthenticated_request.ts";
import { firstRequest } from "../../oauth/mcp/first_request.ts";
import type { HeaderList } from "../../core/exchange.ts";
import type { Audit } from "./audit.ts";

/**
 * Sends the first request of a client: `initialize`, or `tools/list` of the stateless protocol.
 *
 * @param authorization The complete header value; undefined to send none.
 * @param headers Further fields.
 */
export async function sendOpening(
  { rules, plan, send }: Pick<Audit, "rules" | "plan" | "send">,
  authorization?: string,
  headers: HeaderList = [],
): Promise<HttpResponse> {
  const opening = firstRequest(rules.era, rules.id, CLIENT_INFO);
  const own: HeaderList = authorization === undefined ? [] : [["authorization", authorization]];
  return await send({
    purpose: "mcp",
    method: "POST",
    url: plan.serverUrl,
    headers: [...opening.headers, ...own, ...headers],
    body: opening.body,
  });
}

/** {@link sendOpening} with an access token. */
export function sendWithToken(audit: Audit, accessToken: string): Promise<HttpResponse> {
  return sendOpening(audit, `Bearer ${accessToken}`);
}
