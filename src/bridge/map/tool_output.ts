/** Tool output of 2026-07-28 for older clients, which expect an object (MCP tools, *Output Schema*). @module */

import { isObject } from "../../core/json.ts";
import { type Message, messageOf } from "../message/message.ts";
import { setMember, valueText } from "../message/splice.ts";
import { at } from "./mapped_message.ts";

/** References to the root of the schema, which moves. */
const ROOT_REFERENCE = /(?<!\\)"(\$ref|\$dynamicRef)"(\s*):(\s*)"#(?=["/])/g;

function wrappedSchema(schema: string): string {
  const hasOwnRoot = /^"[^#]/.test(valueText(schema, ["$id"]) ?? "");
  const inner = hasOwnRoot
    ? schema
    : schema.replace(ROOT_REFERENCE, '"$1"$2:$3"#/properties/result');
  const dialect = valueText(schema, ["$schema"]);
  const first = dialect === undefined ? "" : `"$schema":${dialect},`;
  return `{${first}"type":"object","properties":{"result":${inner}},"required":["result"]}`;
}

export interface ToolOutput {
  /** Remembers the tools whose output schema is wrapped. */
  list(response: Message): Message;
  call(response: Message, name: unknown): Message;
}

export function createToolOutput(): ToolOutput {
  const wrapped = new Set<unknown>();
  return {
    list(response) {
      const tools = at(response.value, "result", "tools");
      if (!Array.isArray(tools)) return response;
      let { text } = response;
      tools.forEach((tool, index) => {
        const schema = at(tool, "outputSchema");
        wrapped.delete(at(tool, "name"));
        if (!isObject(schema) || schema["type"] === "object") return;
        wrapped.add(at(tool, "name"));
        const path = ["result", "tools", index, "outputSchema"];
        text = setMember(text, path, wrappedSchema(valueText(text, path) ?? ""));
      });
      return text === response.text ? response : messageOf(text);
    },
    call(response, name) {
      const content = at(response.value, "result", "structuredContent");
      const isPlain = content === undefined || isObject(content);
      if (isPlain && (content === undefined || !wrapped.has(name))) return response;
      const path = ["result", "structuredContent"];
      const value = valueText(response.text, path) ?? "";
      let text = setMember(response.text, path, `{"result":${value}}`);
      const blocks = at(response.value, "result", "content");
      const hasText = Array.isArray(blocks) && blocks.some((it) => at(it, "type") === "text");
      if (!isPlain && !hasText) {
        const block = `{"type":"text","text":${JSON.stringify(value)}}`;
        const others = (valueText(text, ["result", "content"]) ?? "[]").trim().slice(1, -1).trim();
        text = setMember(text, ["result", "content"], `[${others}${others && ","}${block}]`);
      }
      return messageOf(text);
    },
  };
}
