/** Input that a server asks for while it serves a request (MCP elicitation). @module */

import { Failure } from "../core/failure.ts";
import { isObject, type JsonObject, stringMember } from "../core/json.ts";
import { excerpt, quoted } from "../core/text.ts";

/**
 * Asks a person. Gets the `params` of an `elicitation/create` request and returns its result.
 *
 * @throws Failure `cancelled`, and others that end the request.
 */
export type AskForInput = (params: JsonObject) => Promise<JsonObject>;

/** The method of an elicitation, in a request of the server or in a result. */
export const ELICITATION = "elicitation/create";

/** Rounds of one request, at most. */
export const MAX_ROUNDS = 10;

const REFERENCE = "MCP elicitation; MCP tools, Multi Round-Trip Requests";

/** The failure of a request that needs a person's answer where none can be asked. */
export function inputRequired(found: string): Failure {
  return new Failure("input_required", found, {
    remedy:
      "Use a terminal, where mcpass tools call, resources read and prompts get ask for the input",
    reference: REFERENCE,
  });
}

/** What a server asks, for a message: `"Which city?"`. */
export function questionOf(params: JsonObject): string {
  const url = stringMember(params, "url");
  const asked = quoted(excerpt(stringMember(params, "message") ?? "", 300));
  return url === undefined ? asked : `${asked} (at ${quoted(excerpt(url, 2000))})`;
}

/** @throws Failure `input_required` if nobody can be asked, and as `ask`. */
export async function answerTo(
  params: unknown,
  ask: AskForInput | undefined,
): Promise<JsonObject> {
  const asked = isObject(params) ? params : {};
  if (ask !== undefined) return await ask(asked);
  throw inputRequired(
    `the server asks for input: ${questionOf(asked)}; there is no terminal to ask at`,
  );
}

/** The members of the next request after a result `input_required` (revision 2026-07-28). */
export async function nextRound(
  result: JsonObject,
  ask: AskForInput | undefined,
): Promise<JsonObject> {
  const { inputRequests, requestState } = result;
  const responses: [string, JsonObject][] = [];
  for (const [key, request] of Object.entries(isObject(inputRequests) ? inputRequests : {})) {
    const method = isObject(request) ? stringMember(request, "method") : undefined;
    if (method !== ELICITATION || !isObject(request)) {
      const found = `the server asks for ${
        quoted(excerpt(method ?? "", 60))
      }, which mcpass does not support`;
      throw new Failure("input_required", found, {
        remedy: "Server: ask with elicitation, or respond without further input",
        reference: REFERENCE,
      });
    }
    responses.push([key, await answerTo(request["params"], ask)]);
  }
  return {
    ...(responses.length > 0 && { inputResponses: Object.fromEntries(responses) }),
    ...(typeof requestState === "string" && { requestState }),
  };
}
