/** A JSON-RPC message as text, with the members that decide where it goes. @module */

import { isObject, type JsonObject, parseJson } from "../../core/json.ts";
import { setMember, valueText } from "./splice.ts";

export type MessageKind = "request" | "notification" | "response";

/** The text is passed on; the parsed value is read only, because its numbers may differ. */
export interface Message {
  readonly kind: MessageKind;
  /** One line, without its end. */
  readonly text: string;
  readonly value: JsonObject;
  /** Of a request or notification. */
  readonly method?: string;
  /** Equal for a request and its response. */
  readonly id?: string;
}

/** Equal for equal identifiers; text and numbers differ. */
function idKey(id: unknown): string | undefined {
  return typeof id === "string" || typeof id === "number" ? JSON.stringify(id) : undefined;
}

function kindOf({ method, id }: JsonObject): MessageKind {
  if (typeof method !== "string") return "response";
  return id === undefined ? "notification" : "request";
}

/** Undefined for text that is not a JSON object. */
export function readMessage(text: string): Message | undefined {
  const value = parseJson(text, Infinity);
  if (!isObject(value)) return undefined;
  const { method } = value;
  const id = idKey(value["id"]);
  return {
    kind: kindOf(value),
    text,
    value,
    ...typeof method === "string" && { method },
    ...id !== undefined && { id },
  };
}

/** A message whose text mcpass made. */
export function messageOf(text: string): Message {
  const message = readMessage(text);
  if (message === undefined) throw new TypeError("a message is a JSON object");
  return message;
}

/** A message of mcpass itself. */
export function createMessage(value: JsonObject): Message {
  return messageOf(JSON.stringify({ jsonrpc: "2.0", ...value }));
}

/** The identifier as written: a large number has more digits than its value. */
export function idText(message: Message): string {
  return valueText(message.text, ["id"]) ?? "null";
}

export function withId(message: Message, id: string): Message {
  return messageOf(setMember(message.text, ["id"], id));
}

export function paramsOf({ value }: Message): JsonObject {
  return isObject(value["params"]) ? value["params"] : {};
}

/** The id of the request that a message cancels; undefined for any other message. */
export function cancelledId(message: Message): string | undefined {
  if (message.method !== "notifications/cancelled") return undefined;
  return idKey(paramsOf(message)["requestId"]);
}

export function resultOf({ value }: Message): JsonObject | undefined {
  return isObject(value["result"]) ? value["result"] : undefined;
}

export function errorOf({ value }: Message): JsonObject | undefined {
  return isObject(value["error"]) ? value["error"] : undefined;
}
