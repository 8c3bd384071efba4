/** A connection to an MCP server with the official client library. @module */

// A static import of these names leaves the rest of the client out of the executable.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { unlessAborted } from "../core/abort.ts";
import { Failure } from "../core/failure.ts";
import { isNestedDeeper, isObject, type JsonObject } from "../core/json.ts";
import { printable, withoutPartialSecret } from "../core/text.ts";
import type { Code } from "../findings/mod.ts";
import type { ClientInfo } from "../oauth/mcp/first_request.ts";
import { type ProtocolEra, type RevisionId, REVISIONS } from "../oauth/mcp/revision.ts";
import type { ListKind } from "./list_kind.ts";

interface ConnectOptions {
  readonly serverUrl: string;
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** `auto`: stateless first, `initialize` if the server is older. */
  readonly version: RevisionId | "auto";
  readonly client: ClientInfo;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ServerDescription {
  readonly version: string | undefined;
  readonly era: ProtocolEra;
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
}

export interface Connection extends ServerDescription {
  offers(kind: ListKind): boolean;
  /** All items of a list, all pages, as the server sent them. */
  list(kind: ListKind): Promise<readonly JsonObject[]>;
  callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolOutcome>;
  close(): Promise<void>;
}

const MAX_DEPTH = 256;

/** Limits of one list. */
const MAX_PAGES = 200;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** The client library's options for a revision. */
function negotiation(version: RevisionId | "auto") {
  const row = REVISIONS.find((candidate) => candidate.id === version);
  if (row === undefined) return { versionNegotiation: { mode: "auto" as const } };
  const { id, era } = row;
  if (era === "stateless") return { versionNegotiation: { mode: { pin: id } } };
  const others = REVISIONS.filter((other) => other.era === era && other.id !== id).reverse();
  return {
    versionNegotiation: { mode: "legacy" as const },
    supportedProtocolVersions: [id, ...others.map((other) => other.id)],
  };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content.filter(isObject).map((part) => part["text"])
    .filter((text) => typeof text === "string").join("\n");
}

/** Finds the items as the server sent them, by name and URI; each is used once. */
export function originalItems(
  items: readonly JsonObject[],
  sent: readonly JsonObject[],
): JsonObject[] {
  const key = ({ name, uri }: JsonObject) => JSON.stringify([name, uri]);
  const left = Map.groupBy(sent.toReversed(), key);
  return items.map((item) => left.get(key(item))?.pop() ?? item);
}

/** @throws What the client library throws; {@link describeMcpError} describes it. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { signal, timeoutMs: timeout } = options;
  const client = new Client(options.client, {
    ...negotiation(options.version),
    listMaxPages: MAX_PAGES,
  });
  const transport = new StreamableHTTPClientTransport(new URL(options.serverUrl), {
    fetch: options.fetch,
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
  const close = async (): Promise<void> => {
    if (!signal.aborted && transport.sessionId !== undefined) {
      await unlessAborted(transport.terminateSession(), signal).catch(() => undefined);
    }
    await client.close().catch(() => undefined);
  };
  try {
    // The library sometimes ignores the signal.
    await unlessAborted(client.connect(transport, { timeout, signal }), signal);
  } catch (error) {
    await close();
    throw error;
  }
  const tooLarge = new AbortController();
  const limits = { timeout, signal: AbortSignal.any([signal, tooLarge.signal]) };
  let characters = 0;
  // The library drops unknown members, but the user sees what the server sent.
  const sent: JsonObject[] = [];
  const refuse = (code: Code, found: string, remedy: string, reference?: string) =>
    tooLarge.abort(new Failure(code, `the server sent ${found}`, { remedy, reference }));
  const onMessage = transport.onmessage;
  transport.onmessage = (message, ...rest) => {
    if ("result" in message && isObject(message.result)) {
      if (isNestedDeeper(message.result, MAX_DEPTH)) {
        const found = `JSON nested more than ${MAX_DEPTH} deep`;
        return refuse("mcp_error", found, "Server: send results that are nested less deep");
      }
      sent.push(message.result);
      characters += JSON.stringify(message.result).length;
      if (characters > MAX_CHARACTERS) {
        const found = `more than ${MAX_CHARACTERS} characters and was not done`;
        const remedy = "Server: end its lists; look at nextCursor";
        return refuse("list_too_large", found, remedy, "MCP pagination");
      }
    }
    onMessage?.call(transport, message, ...rest);
  };
  const capabilities: JsonObject = { ...client.getServerCapabilities() };
  const lists: Readonly<Record<ListKind, () => Promise<readonly JsonObject[]>>> = {
    tools: async () => (await client.listTools(undefined, limits)).tools,
    resources: async () => (await client.listResources(undefined, limits)).resources,
    resourceTemplates: async () =>
      (await client.listResourceTemplates(undefined, limits)).resourceTemplates,
    prompts: async () => (await client.listPrompts(undefined, limits)).prompts,
  };
  const offers = (kind: ListKind) =>
    isObject(capabilities[kind === "resourceTemplates" ? "resources" : kind]);
  const list = async (kind: ListKind): Promise<readonly JsonObject[]> => {
    if (!offers(kind)) return [];
    sent.length = 0;
    characters = 0;
    const items = await unlessAborted(lists[kind](), limits.signal);
    return originalItems(items, sent.flatMap((page) => page[kind]).filter(isObject));
  };
  const info = client.getServerVersion();
  return {
    version: client.getNegotiatedProtocolVersion(),
    era: client.getProtocolEra() === "modern" ? "stateless" : "initialize",
    serverInfo: info === undefined ? null : { ...info },
    capabilities,
    instructions: client.getInstructions() ?? null,
    offers,
    list,
    async callTool(name, args) {
      sent.length = 0;
      const result = await client.callTool({ name, arguments: { ...args } }, limits);
      return {
        isError: result.isError === true,
        text: textOf(result.content),
        result: sent.at(-1) ?? { ...result },
      };
    },
    close,
  };
}

/** What to do if the connection failed with a given revision. */
export function otherEraHint(version: RevisionId): string {
  return `The server may speak another wire than that of ${version}: --protocol-version auto finds out`;
}

/** A message of a server can be as long as a body. */
const MAX_ERROR_LENGTH = 16 * 1024;

/** One line about anything the client library throws, safe to show. */
export function describeMcpError(error: unknown): string {
  if (error instanceof Failure) return error.message;
  const parts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && parts.length < 3) {
    parts.push(current.message);
    current = current.cause;
  }
  // A wrapper often repeats the message of its cause.
  const distinct = parts.filter((part, at) =>
    !parts.slice(0, at).some((more) => more.includes(part))
  );
  const text = distinct.join(": ") || String(error);
  const isLong = text.length > MAX_ERROR_LENGTH;
  const short = isLong ? `${withoutPartialSecret(text.slice(0, MAX_ERROR_LENGTH))}…` : text;
  return printable(short.replace(/\s+/g, " ").trim());
}
