/** Results of MCP requests: lists, and what a server sent. @module */

import * as z from "zod";
import type { Finding } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ServerInfoDocument } from "../commands/server/server_info_command.ts";
import type { ToolsListDocument } from "../commands/tools/tools_list_command.ts";
import { error, failure, findings, foreign, result, text, url } from "./schema.ts";
import { era, transport } from "./server.ts";

export const TOOLS_LIST = result<ToolsListDocument>()("The tools of a server", {
  tools: z.array(foreign).describe("as the server lists them"),
  findings,
});

interface ListDocument {
  readonly findings: readonly Finding[];
}

const listed = z.array(foreign).describe("as the server lists them");

export const RESOURCES_LIST = result<ListDocument & { resources: JsonObject[] }>()(
  "The resources of a server",
  { resources: listed, findings },
);

export const RESOURCES_TEMPLATES = result<ListDocument & { resourceTemplates: JsonObject[] }>()(
  "The resource templates of a server",
  { resourceTemplates: listed, findings },
);

export const PROMPTS_LIST = result<ListDocument & { prompts: JsonObject[] }>()(
  "The prompts of a server",
  { prompts: listed, findings },
);

export const SERVER_INFO = result<ServerInfoDocument & ListDocument>()(
  "What a server says about itself",
  {
    serverUrl: url,
    protocolVersion: text.nullable().describe("MCP revision"),
    era,
    transport,
    serverInfo: foreign.nullable().describe("name and version"),
    capabilities: foreign,
    instructions: text.nullable(),
    findings,
  },
);

/** A result as the server sent it: members of other names are possible. */
function serverResult(about: string, members: z.ZodRawShape): z.ZodType {
  const shape = { ok: z.boolean(), ...members, error: error.optional() };
  return z.union([failure, z.looseObject(shape)]).describe(about);
}

export const TOOLS_CALL = serverResult("The result of the tool as the server sent it", {
  content: z.array(foreign).optional().describe("text, images and other content"),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional().describe("true if the tool failed; then ok is false"),
});

export const RESOURCES_READ = serverResult("The resource as the server sent it", {
  contents: z.array(foreign).optional().describe("text, or blob in base64"),
});

export const PROMPTS_GET = serverResult("The prompt as the server sent it", {
  messages: z.array(foreign).optional(),
});
