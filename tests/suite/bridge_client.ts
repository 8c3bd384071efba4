/**
 * A client of the official SDK on the standard streams of `mcpass bridge`, for the official suite: it
 * uses each feature that the server offers.
 *
 *     deno run -A tests/suite/bridge_client.ts <words of mcpass> <url>
 *
 * @module
 */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { say } from "../../scripts/shell.ts";
import { isObject, type JsonObject, parseJson } from "../../src/core/json.ts";

const STATELESS = "2026-07-28";

const [command = "", ...args] = Deno.args;
const url = args.pop() ?? "";
const version = Deno.env.get("MCP_CONFORMANCE_PROTOCOL_VERSION") ?? "";
const context = parseJson(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");

const client = new Client({ name: "suite", version: "1.0.0" }, {
  capabilities: {
    roots: {},
    sampling: {},
    elicitation: { form: { applyDefaults: true } },
  },
  versionNegotiation: { mode: version === STATELESS ? { pin: STATELESS } : "legacy" },
});
client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: {} }));
client.setRequestHandler("roots/list", () => ({ roots: [] }));
client.setRequestHandler("sampling/createMessage", () => ({
  model: "none",
  role: "assistant",
  content: { type: "text", text: "none" },
}));

/** A value that fits the type of a parameter. */
function sample(schema: unknown): unknown {
  const type = isObject(schema) ? schema["type"] : undefined;
  if (type === "number" || type === "integer") return 5;
  if (type === "boolean") return true;
  return type === "object" ? {} : "text";
}

function sampleArguments(inputSchema: JsonObject): JsonObject {
  const { properties } = inputSchema;
  const entries = Object.entries(isObject(properties) ? properties : {});
  return Object.fromEntries(entries.map(([name, schema]) => [name, sample(schema)]));
}

/** The suite judges the requests; a server of a scenario may answer them with errors. */
async function attempt(request: Promise<unknown>): Promise<void> {
  await request.catch((error) => say(String(error)));
}

async function callTools(): Promise<void> {
  const { tools } = await client.listTools();
  const given = isObject(context) ? context["toolCalls"] : undefined;
  if (Array.isArray(given)) {
    for (const call of given) await attempt(client.callTool(call));
    return;
  }
  // The scenario about JSON Schema compares the schema that one tool has with what another one gets.
  const schema = tools[0]?.inputSchema;
  await Promise.all(tools.map(async ({ name, inputSchema }) => {
    const own = sampleArguments(inputSchema);
    const values = Object.hasOwn(own, "schema") ? { ...own, schema } : own;
    await attempt(client.callTool({ name, arguments: values }));
  }));
}

const transport = new StdioClientTransport({
  command,
  args: [...args, "bridge", url],
  env: Deno.env.toObject(),
});
try {
  await client.connect(transport);
  const offered = client.getServerCapabilities();
  if (offered?.tools !== undefined) await callTools();
  if (offered?.resources !== undefined) {
    const { resources } = await client.listResources();
    for (const { uri } of resources) await attempt(client.readResource({ uri }));
  }
  if (offered?.prompts !== undefined) {
    const { prompts } = await client.listPrompts();
    for (const { name } of prompts) await attempt(client.getPrompt({ name }));
  }
} finally {
  await client.close();
}
