/** The content of a result, as text for a terminal (MCP tools, prompts and resources). @module */

import { isObject, type JsonObject, stringMember } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { printable } from "../../core/text.ts";

/** The lines of a text from a server. */
export function toLines(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").replaceAll("\t", "  ").split("\n")
    .map((line) => printable(line));
}

export function describeSize(base64: unknown): string {
  if (typeof base64 !== "string") return "no data";
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return counted(Math.floor((base64.length - padding) * 3 / 4), "byte");
}

/** Text is shown unchanged; other content is only named. */
export function contentLines(part: unknown): string[] {
  if (!isObject(part)) return toLines(JSON.stringify(part));
  const { text, data, resource } = part;
  const type = stringMember(part, "type") ?? "content";
  if (type === "text" && typeof text === "string") return toLines(text);
  if (type === "image" || type === "audio") {
    const mime = stringMember(part, "mimeType") ?? "unknown type";
    return [printable(`[${type}: ${mime}, ${describeSize(data)}; --format json has it]`)];
  }
  const named = (object: JsonObject) =>
    printable(`[resource: ${stringMember(object, "uri") ?? ""}]`);
  if (type === "resource_link") return [named(part)];
  if (type === "resource" && isObject(resource)) {
    const inner = resource["text"];
    return [named(resource), ...typeof inner === "string" ? toLines(inner) : []];
  }
  return toLines(JSON.stringify(part, null, 2));
}
