/** Texts that both directions of the mapping make. @module */

import { isObject, type JsonObject, member } from "../../core/json.ts";
import { BridgeFault } from "../message/bridge_fault.ts";
import { createMessage, idText, type Message, messageOf, withId } from "../message/message.ts";
import { setMember } from "../message/splice.ts";

export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const UNSUPPORTED_VERSION = -32022;

export const ELICITATION = "elicitation/create";

/** What a server may ask a client, and the capability that a client declares for it. */
export const QUESTIONS: ReadonlyMap<string | undefined, string> = new Map([
  [ELICITATION, "elicitation"],
  ["sampling/createMessage", "sampling"],
  ["roots/list", "roots"],
]);

/** Requests whose result may ask for input (MCP 2026-07-28, *Supported Requests*). */
export const MAY_ASK: ReadonlySet<string | undefined> = new Set([
  "tools/call",
  "prompts/get",
  "resources/read",
]);

/** The value at a path of names, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((it, name) => isObject(it) ? member(it, name) : undefined, value);
}

/** A text with members in front of its own. */
export function withMembers(text: string, members: readonly (readonly [string, string])[]): string {
  return members.reduceRight((it, [name, value]) => setMember(it, [name], value), text);
}

export function requestText(id: string, method: string, params: string): Message {
  return messageOf(
    `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${params}}`,
  );
}

export function resultFor(request: Message, result: string): Message {
  return messageOf(`{"jsonrpc":"2.0","id":${idText(request)},"result":${result}}`);
}

export function errorFor(
  request: Message,
  code: number,
  message: string,
  data?: JsonObject,
): Message {
  const error = { code, message, ...data && { data } };
  return withId(createMessage({ id: null, error }), idText(request));
}

export const methodNotFound = (request: Message): Message =>
  errorFor(request, METHOD_NOT_FOUND, `Method not found: ${request.method}`);

export const unmappable = (message: string, data: JsonObject = {}): BridgeFault =>
  new BridgeFault("bridge_unmappable", message, data);

/** @param id The identifier of the request as JSON text. */
export const cancellation = (id: string): Message =>
  messageOf(
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`,
  );
