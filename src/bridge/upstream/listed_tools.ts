/** What calls need to know of the tools that a stateless server listed. @module */

import { isObject, stringMember } from "../../core/json.ts";
import { type Message, messageOf } from "../message/message.ts";
import { type ParameterHeader, parameterHeaders } from "../message/parameter_headers.ts";
import { filterElements } from "../message/splice.ts";

export interface ListedTool {
  readonly headers: readonly ParameterHeader[];
  /** Two calls have the same effect as one. */
  readonly isRepeatable: boolean;
}

export interface ListedTools {
  get(name: unknown): ListedTool | undefined;
  /** Returns the response to `tools/list` without the tools that a client must not show. */
  add(response: Message): Message;
}

/** @param onHidden Called with the name of each tool that is hidden. */
export function createListedTools(onHidden: (name: string | undefined) => void): ListedTools {
  const tools = new Map<unknown, ListedTool>();

  /** False for a tool with an annotation that is not valid. */
  function remember(tool: unknown): boolean {
    if (!isObject(tool)) return true;
    const name = stringMember(tool, "name");
    const headers = parameterHeaders(tool["inputSchema"]);
    tools.delete(name);
    if (headers === undefined) {
      onHidden(name);
      return false;
    }
    const { readOnlyHint, idempotentHint } = isObject(tool["annotations"])
      ? tool["annotations"]
      : {};
    tools.set(name, { headers, isRepeatable: readOnlyHint === true || idempotentHint === true });
    return true;
  }

  return {
    get: (name) => tools.get(name),
    add(response) {
      const { result } = response.value;
      const listed = isObject(result) ? result["tools"] : undefined;
      if (!Array.isArray(listed)) return response;
      const shown = listed.map(remember);
      if (shown.every(Boolean)) return response;
      const keep = (index: number) => shown[index] === true;
      return messageOf(filterElements(response.text, ["result", "tools"], keep));
    },
  };
}
