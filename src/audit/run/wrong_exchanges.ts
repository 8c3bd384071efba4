/** Exchanges of a code with one wrong value, which are tried on one code. @module */

import type { HttpResponse } from "../../http/http_client.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import type { Audit } from "../context/audit.ts";
import { CheckEnd } from "../context/end_check.ts";
import type { AuditGrants, AuthorizationReply, WrongExchange } from "../context/grants.ts";
import { succeeds } from "../judge/refusal.ts";

export interface WrongExchanges {
  readonly isEmpty: boolean;
  /** Responses to those that were sent with the code of the shared grant. */
  readonly responses: Map<WrongExchange["id"], HttpResponse>;
  send(wrong: WrongExchange, reply: AuthorizationReply): Promise<HttpResponse>;
  /**
   * Tries them on the code until one is accepted. Returns true if the code may still be valid.
   */
  tryAll(reply: AuthorizationReply): Promise<boolean>;
}

/** True if a response has tokens; one to a wrong exchange may have some too. */
export const hasTokens = (response: HttpResponse): boolean =>
  isSuccess(response) && errorResponse(response).members["access_token"] !== undefined;

/** @param all Those of this run, in their order. */
export function createWrongExchanges(
  { clients }: Audit,
  requests: Pick<AuditGrants, "exchange" | "read">,
  all: readonly WrongExchange[],
): WrongExchanges {
  const responses = new Map<WrongExchange["id"], HttpResponse>();

  async function send(
    wrong: WrongExchange,
    reply: AuthorizationReply,
  ): Promise<HttpResponse> {
    const other = wrong.client === "other" ? await clients.other(reply.client) : undefined;
    const response = await requests.exchange(reply, wrong.changes(reply), other);
    if (hasTokens(response)) await requests.read(response, other ?? reply.client, reply);
    return response;
  }

  async function tryAll(reply: AuthorizationReply): Promise<boolean> {
    for (const wrong of all) {
      try {
        const response = await send(wrong, reply);
        responses.set(wrong.id, response);
        if (succeeds(response)) return false;
      } catch (error) {
        // Without a second client, the check of this exchange is skipped later.
        if (!(error instanceof CheckEnd)) throw error;
      }
    }
    return true;
  }

  return {
    isEmpty: all.length === 0,
    responses,
    send,
    tryAll,
  };
}
