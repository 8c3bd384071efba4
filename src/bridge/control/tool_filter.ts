/** Tools that the client may see and call. @module */

import { matchesGlob } from "../../core/glob.ts";
import { isObject, member, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { bridgeErrorResponse } from "../message/bridge_error.ts";
import { type Message, messageOf } from "../message/message.ts";
import { filterElements } from "../message/splice.ts";
import type { Stage } from "../relay/relay.ts";

export interface ToolGlobs {
  /** Empty: all. */
  readonly allow: readonly string[];
  /** Takes precedence over `allow`. */
  readonly deny: readonly string[];
}

function isPermitted({ allow, deny }: ToolGlobs, name: string): boolean {
  const matches = (globs: readonly string[]) => globs.some((glob) => matchesGlob(glob, name));
  return (allow.length === 0 || matches(allow)) && !matches(deny);
}

function nameOf(tool: unknown): string {
  return isObject(tool) ? stringMember(tool, "name") ?? "" : "";
}

/** The message without the tools that are not permitted. */
export function permittedTools(message: Message, globs: ToolGlobs): Message {
  const { result } = message.value;
  const tools = isObject(result) ? member(result, "tools") : undefined;
  if (!Array.isArray(tools)) return message;
  const isKept = (tool: unknown) => isPermitted(globs, nameOf(tool));
  if (tools.every(isKept)) return message;
  const text = filterElements(message.text, ["result", "tools"], (index) => isKept(tools[index]));
  return messageOf(text);
}

/** True for a call of a tool that is not permitted. */
export function isDenied({ method, value: { params } }: Message, globs: ToolGlobs): boolean {
  const name = isObject(params) ? stringMember(params, "name") ?? "" : "";
  return method === "tools/call" && !isPermitted(globs, name);
}

export function deniedResponse(request: Message): Message {
  const { params } = request.value;
  const name = isObject(params) ? stringMember(params, "name") ?? "" : "";
  const advice = `the tool ${quoted(name, 60)} is not permitted by --allow-tool and ` +
    "--deny-tool of mcpass bridge";
  return bridgeErrorResponse(request, "tool_denied", advice);
}

/** Removes other tools from lists, and answers calls of them with `tool_denied`. */
export function filterTools(globs: ToolGlobs): Stage {
  /** How many lists with this id are awaited: a client may use one twice. */
  const lists = new Map<string, number>();
  return {
    async fromClient(message, { toServer, toClient }) {
      const { id, method } = message;
      if (method === "tools/list" && id !== undefined) lists.set(id, (lists.get(id) ?? 0) + 1);
      if (!isDenied(message, globs)) return await toServer(message);
      if (message.kind === "request") await toClient(deniedResponse(message));
    },
    async fromServer(message, { toClient }) {
      const { id = "" } = message;
      const awaited = message.kind === "response" ? lists.get(id) ?? 0 : 0;
      const isList = awaited > 0;
      if (awaited > 1) lists.set(id, awaited - 1);
      else if (isList) lists.delete(id);
      await toClient(isList ? permittedTools(message, globs) : message);
    },
  };
}
