/** A connection to an MCP server with the official client library. @module */

import { fromJsonSchema, ProtocolError } from "@modelcontextprotocol/client";
import type { OptionTexts } from "../core/command_text.ts";
import { Failure } from "../core/failure.ts";
import type { Judgement } from "../core/finding.ts";
import { isObject, type JsonObject, stringMember } from "../core/json.ts";
import { DEFAULT_RESPONSE_BYTES, MEBIBYTE } from "../core/response_limit.ts";
import { excerpt, quoted } from "../core/text.ts";
import { judgeDefinitions, judgeToolResult } from "../oauth/mcp/item_definitions.ts";
import type { ProtocolEra } from "../oauth/mcp/revision.ts";
import type { Method } from "./client_session.ts";
import { answerTo, inputRequired, MAX_ROUNDS, nextRound } from "./input_request.ts";
import type { ListKind } from "./list_kind.ts";
import { httpSseTransport, type McpTransport } from "../oauth/mcp/http_sse.ts";
import { createRestartedSession, type RestartedSessionOptions } from "./restarted_session.ts";

interface ConnectOptions extends RestartedSessionOptions {
  /** Limit of one list; by default that of one response. */
  readonly maxBytes?: number | undefined;
}

export interface ServerDescription {
  readonly version: string | undefined;
  readonly era: ProtocolEra;
  readonly transport: McpTransport;
  /** Null if the server does not name itself. */
  readonly serverInfo: JsonObject | null;
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
}

interface ToolOutcome {
  /** `isError` of the result. */
  readonly isError: boolean;
  readonly text: string;
  readonly result: JsonObject;
  /** The result is compared with the output schema if the tool was listed. */
  readonly findings: readonly Judgement[];
}

interface Listed {
  /** All items of all pages, as the server sent them. */
  readonly items: readonly JsonObject[];
  readonly findings: readonly Judgement[];
}

export interface Connection extends ServerDescription {
  readonly findings: readonly Judgement[];
  offers(kind: ListKind): boolean;
  list(kind: ListKind): Promise<Listed>;
  callTool(name: string, args: JsonObject): Promise<ToolOutcome>;
  /** Returns the result as the server sent it; input that the server needs is asked for. */
  request(method: Method, params: JsonObject): Promise<JsonObject>;
  close(): Promise<void>;
}

/** Pages of one list, at most. */
const MAX_PAGES = 200;

const LISTS: Readonly<Record<ListKind, Method>> = {
  tools: "tools/list",
  resources: "resources/list",
  resourceTemplates: "resources/templates/list",
  prompts: "prompts/list",
};

/** The JSON-RPC error for a call without the headers that the tool's definition asks for. */
const HEADER_MISMATCH = -32020;

/** The JSON-RPC error for a client without a capability; that of elicitation depends on a terminal. */
const MISSING_CAPABILITY = -32021;

/** What SDKs put into the result of a tool that asks a client without elicitation. */
const NO_ELICITATION = /\bnot support (?:\w+ )?elicitation\b/i;

/** The JSON-RPC error for a call before the person did something at a URL. */
const URL_ELICITATION_REQUIRED = -32042;

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content.filter(isObject).map((part) => part["text"])
    .filter((text) => typeof text === "string").join("\n");
}

/** @throws Failure `list_too_large`, and what `request` throws. */
async function allItems(
  kind: ListKind,
  request: (method: Method, params: JsonObject) => Promise<JsonObject>,
  maxBytes: number,
): Promise<unknown[]> {
  const tooLarge = (limit: string, hint = "", commandFlags?: OptionTexts) =>
    new Failure("list_too_large", `${LISTS[kind]} has more than ${limit}, a limit of mcpass`, {
      remedy: `Server: end the list: its last page has no "nextCursor"${hint}`,
      commandFlags,
      reference: "MCP pagination",
    });
  const method = LISTS[kind];
  const items: unknown[] = [];
  let cursor: string | undefined;
  let previous = "";
  let characters = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await request(method, cursor === undefined ? {} : { cursor });
    const found = result[kind];
    if (!Array.isArray(found)) {
      throw new Error(`the result of ${method} has no list ${quoted(kind)}`);
    }
    const text = JSON.stringify(result);
    characters += text.length;
    if (characters > maxBytes) {
      throw tooLarge(
        `${maxBytes / MEBIBYTE} MB`,
        "\nIf the list is right, raise the limit",
        { maxResponseSize: "256" },
      );
    }
    // A server that ignores the cursor sends its only page again.
    if (text === previous) return items;
    items.push(...found);
    cursor = stringMember(result, "nextCursor");
    if (cursor === undefined) return items;
    previous = text;
  }
  throw tooLarge(`${MAX_PAGES} pages`);
}

const nobodyToAsk = (words: string): Failure =>
  inputRequired(
    `the server asks for input, and there is no terminal to ask at; it says ${
      quoted(excerpt(words, 300))
    }`,
  );

async function objectionTo(
  result: JsonObject,
  tool: JsonObject | undefined,
): Promise<string | undefined> {
  const schema = tool?.["outputSchema"];
  const content = result["structuredContent"];
  if (!isObject(schema) || result["isError"] === true) return undefined;
  if (content === undefined) return "structuredContent is missing";
  try {
    const { issues } = await fromJsonSchema(schema)["~standard"].validate(content);
    return issues?.map(({ message }) => message).join("; ");
  } catch {
    return "the outputSchema is not usable";
  }
}

/** @throws Failure `input_required`, and those of {@link createRestartedSession}. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { ask, maxBytes = DEFAULT_RESPONSE_BYTES, serverUrl } = options;
  const session = createRestartedSession(options);
  const definitions = new Map<string, JsonObject>();

  /** Sends a request until the server needs no more input. */
  async function attempt(method: Method, params: JsonObject): Promise<JsonObject> {
    const tool = method === "tools/call" ? definitions.get(String(params["name"])) : undefined;
    let next = params;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const result = await session.use((it) => it.request(method, next, tool));
      if (result["resultType"] !== "input_required") return result;
      next = { ...params, ...await nextRound(result, ask) };
    }
    throw inputRequired(`the server asked for input ${MAX_ROUNDS} times, a limit of mcpass`);
  }

  async function list(kind: ListKind): Promise<Listed> {
    if (!offers(kind)) return { items: [], findings: [] };
    const all = await allItems(kind, request, maxBytes);
    const items = all.filter(isObject);
    if (kind === "tools") { for (const item of items) definitions.set(String(item["name"]), item); }
    return { items, findings: judgeDefinitions(kind, all) };
  }

  /** Does what the error asks for. False if the request need not be repeated. */
  async function resolves(error: unknown, tool: string | undefined): Promise<boolean> {
    if (!(error instanceof ProtocolError)) return false;
    const { code, data } = error;
    if (code === MISSING_CAPABILITY && JSON.stringify(data ?? {}).includes('"elicitation"')) {
      throw nobodyToAsk(error.message);
    }
    if (code === HEADER_MISMATCH && tool !== undefined && !definitions.has(tool)) {
      await list("tools");
      return definitions.has(tool);
    }
    const asked = isObject(data) ? data["elicitations"] : undefined;
    if (code !== URL_ELICITATION_REQUIRED || !Array.isArray(asked)) return false;
    for (const params of asked) {
      const { action } = await answerTo(params, ask);
      if (action !== "accept") return false;
    }
    return asked.length > 0;
  }

  async function request(method: Method, params: JsonObject): Promise<JsonObject> {
    const tool = method === "tools/call" ? String(params["name"]) : undefined;
    return await attempt(method, params).catch(async (error) => {
      if (await resolves(error, tool)) return await attempt(method, params);
      throw error;
    });
  }

  const { client } = await session.use((it) => Promise.resolve(it));
  const capabilities: JsonObject = { ...client.getServerCapabilities() };
  const info = client.getServerVersion();
  const offers = (kind: ListKind) =>
    isObject(capabilities[kind === "resourceTemplates" ? "resources" : kind]);
  return {
    version: client.getNegotiatedProtocolVersion(),
    era: client.getProtocolEra() === "modern" ? "stateless" : "initialize",
    transport: session.transport(),
    findings: session.transport() === "sse" ? [httpSseTransport(serverUrl)] : [],
    serverInfo: info === undefined ? null : { ...info },
    capabilities,
    instructions: client.getInstructions() ?? null,
    offers,
    request,
    list,
    async callTool(name, args) {
      const result = await request("tools/call", { name, arguments: args });
      const isError = result["isError"] === true;
      const text = textOf(result["content"]);
      if (isError && ask === undefined && NO_ELICITATION.test(text)) throw nobodyToAsk(text);
      return {
        isError,
        text,
        result,
        findings: judgeToolResult(name, await objectionTo(result, definitions.get(name))),
      };
    },
    close: () => session.close(),
  };
}
