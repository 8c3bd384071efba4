import { type JsonObject, stringMember } from "../../core/json.ts";
import type { Choice } from "../command/runtime.ts";

/** The first line of a tool's description; empty without one. */
export function aboutTool(tool: JsonObject): string {
  const text = stringMember(tool, "description") ?? stringMember(tool, "title") ?? "";
  return text.split(/\r?\n/).map((line) => line.trim()).find((line) => line !== "") ?? "";
}

export function toolChoices(tools: readonly JsonObject[]): Choice[] {
  return tools.map((tool) => {
    const hint = aboutTool(tool);
    return { value: stringMember(tool, "name") ?? "", ...(hint === "" ? {} : { hint }) };
  }).filter(({ value }) => value !== "");
}
