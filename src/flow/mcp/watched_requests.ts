/** Requests that fail with a token in another way than with 401: the token may be the reason. @module */

import { withCommand } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import type { StreamInit } from "../../http/http_client.ts";
import { quoted } from "../../core/text.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { busyRemedy } from "../../oauth/common/error_response.ts";
import { serverWords } from "../../oauth/common/server_words.ts";
import { speaksOfAuthorization } from "../../oauth/mcp/authorization_words.ts";
import { signInRemedy } from "../context/sign_in_needed.ts";
import type { Fetch } from "./authorized_fetch.ts";
import type { Commands } from "./refusal.ts";
import { askWithoutToken } from "./without_token.ts";

/** A POST, and the status of its response. */
interface SentRequest {
  readonly input: string | URL | Request;
  readonly init: StreamInit;
  status?: number;
  busy?: string | undefined;
  /** A successful response that is a page or a text. */
  page?: string;
}

export interface WatchedRequests {
  readonly fetch: Fetch;
  forget(): void;
  /** What to do if the server cannot answer now, which says nothing about a token. */
  busyRemedy(): string | undefined;
  /** The page or the text that the last response is, with its words. */
  page(): string | undefined;
  /** True if the last request may have failed because of its token. */
  mayBeAboutToken(seen: string): boolean;
  /**
   * Asks the server the last request without a token. Nothing is sent again with the token.
   *
   * @param seen What happened to the request with it.
   * @returns The failure if that may be the reason: the server asks for a token.
   */
  suspectToken(seen: string): Promise<Failure | undefined>;
}

/** Undefined if the response may have an MCP message, or none is expected. */
async function pageOf(
  response: Response,
  mask: (text: string) => string,
): Promise<string | undefined> {
  const { status, headers } = response;
  const type = mediaType({ headers });
  if (status !== 200 || !type.startsWith("text/") || type === "text/event-stream") return undefined;
  const body = await response.clone().text();
  const words = serverWords({ status, headers, body, mask });
  return `HTTP 200 ${type} instead of an MCP message` +
    (words === undefined ? "" : `; it says ${quoted(words)}`);
}

export function watchRequests(
  { fetch, streaming, mask, commands: { signIn, refresh }, hasToken }: {
    readonly fetch: Fetch;
    readonly streaming: Fetch;
    readonly mask: (text: string) => string;
    readonly commands: Commands;
    readonly hasToken: boolean;
  },
): WatchedRequests {
  let last: SentRequest | undefined;
  return {
    async fetch(input, init) {
      const sent: SentRequest = { input, init: init ?? {} };
      if (init?.method === "POST") last = sent;
      const response = await fetch(input, init);
      sent.status = response.status;
      sent.busy = busyRemedy(response);
      const page = init?.method === "POST" ? await pageOf(response, mask) : undefined;
      if (page !== undefined) sent.page = page;
      return response;
    },
    forget() {
      last = undefined;
    },
    busyRemedy: () => last?.busy,
    page: () => last?.page,
    mayBeAboutToken(seen) {
      if (last?.busy !== undefined) return false;
      const { status = 0, page } = last ?? {};
      return status >= 300 || page !== undefined || speaksOfAuthorization(seen);
    },
    async suspectToken(seen) {
      if (!hasToken || last === undefined) return undefined;
      const answer = await askWithoutToken(streaming, last.input, last.init);
      if (answer?.asksForToken !== true) return undefined;
      const message = `${seen}; without the token, the server asks for one (HTTP ${answer.status})`;
      const intro = "The server may no longer accept the token. " +
        (String(last.init.body).includes('"method":"tools/call"')
          ? "The tool may have run: see whether it did before you call it again. "
          : "");
      return new Failure("token_may_be_refused", message, {
        remedy: refresh === undefined
          ? signInRemedy(signIn, `${intro}Sign in again`)
          : withCommand(`${intro}Refresh it`, refresh),
        reference: "MCP authorization, Token Handling",
      });
    },
  };
}
