/** Messages in a text: one, or the batch of 2025-03-26. @module */

import { parseJson } from "../../core/json.ts";
import { type Message, readMessage } from "./message.ts";
import { valueText } from "./splice.ts";

/** Line ends are only between the tokens of JSON, never in a string. */
export function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, " ") : text;
}

export function isBatch(text: string): boolean {
  return text.trimStart().startsWith("[");
}

/** The messages of a batch; undefined if the text is not an array of objects. */
export function readBatch(text: string): readonly Message[] | undefined {
  const values = parseJson(text, Infinity);
  if (!Array.isArray(values)) return undefined;
  const messages = values.map((_, index) => readMessage(valueText(text, [index]) ?? ""));
  return messages.every((message) => message !== undefined) ? messages : undefined;
}

/** Undefined for text without a message. */
export function readMessages(text: string): readonly Message[] | undefined {
  const line = oneLine(text);
  if (isBatch(line)) return readBatch(line);
  const message = readMessage(line);
  return message && [message];
}
