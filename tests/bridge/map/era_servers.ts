/** One MCP server on the official SDK in each protocol era, in this process. @module */

import type {
  Server,
  ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface SentRequest {
  readonly method: string;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
  /** Aborted if the client closed the response. */
  readonly signal: AbortSignal;
  /** Set when the head of the response was sent. */
  status?: number;
}

export interface EraServer extends AsyncDisposable {
  readonly fetch: Fetch;
  readonly requests: SentRequest[];
  /** JSON-RPC methods of POST requests in order. */
  methods(): string[];
  toolsChanged(): Promise<void>;
  resourceUpdated(uri: string): Promise<void>;
  /** The SDK's servers of open sessions. */
  sessions(): readonly Server[];
}

const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

const schema = (properties: Record<string, object> = {}) => ({
  type: "object" as const,
  properties,
});

const TOOLS = [
  { name: "echo", inputSchema: schema({ region: { type: "string", "x-mcp-header": "Region" } }) },
  { name: "hidden", inputSchema: schema({ a: { type: "number", "x-mcp-header": "A B" } }) },
  {
    name: "rows",
    inputSchema: schema(),
    outputSchema: {
      type: "array",
      items: { $ref: "#/$defs/n" },
      $defs: { n: { type: "integer" } },
    },
  },
  ...["ask", "ask_url", "sample", "roots", "state", "steps", "log", "hang", "url_error"]
    .map((name) => ({ name, inputSchema: schema() })),
];

type Sdk = typeof import("@modelcontextprotocol/server");

type Tool = (context: ServerContext, args: Record<string, unknown>) => unknown;

const FORM = { message: "Which city?", requestedSchema: schema({ city: { type: "string" } }) };

/** Results of calls; those with questions are asked as the era of the client does. */
function toolsOf(sdk: Sdk, isStateless: boolean): Record<string, Tool> {
  const { inputRequired, inputResponse } = sdk;
  const asking = (request: unknown): Tool => ({ mcpReq }) => {
    if (inputResponse(mcpReq.inputResponses, "q").kind === "missing") {
      return inputRequired({ inputRequests: { q: request as never }, requestState: "s-1" });
    }
    const state = isStateless ? mcpReq.requestState() : "s-1";
    return text(`${JSON.stringify(mcpReq.inputResponses?.["q"])} ${state}`);
  };
  return {
    echo: (_context, args) => text(JSON.stringify(args)),
    hidden: () => text("hidden"),
    rows: () => ({ content: [], structuredContent: [1, 2] }),
    ask: asking(inputRequired.elicit(FORM as never)),
    ask_url: asking(inputRequired.elicitUrl({ message: "Open", url: "https://example.com/pay" })),
    sample: asking(inputRequired.createMessage({
      messages: [{ role: "user", content: { type: "text", text: "hi" } }],
      maxTokens: 9,
    })),
    roots: asking(inputRequired.listRoots()),
    state: ({ mcpReq }) =>
      isStateless && mcpReq.requestState() === undefined
        ? inputRequired({ requestState: "later" })
        : text("done"),
    async steps({ mcpReq }) {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of progressToken === undefined ? [] : [1, 2]) {
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress },
        });
      }
      return text("steps");
    },
    async ask_steps(context, args) {
      const { mcpReq } = context;
      const asked = await asking(inputRequired.elicit(FORM as never))(context, args);
      if (mcpReq.inputResponses !== undefined) {
        const progressToken = mcpReq._meta?.progressToken ?? "none";
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress: 1 },
        });
      }
      return asked;
    },
    async log({ mcpReq }) {
      await mcpReq.log("info", "quiet");
      await mcpReq.log("error", "loud");
      return text("logged");
    },
    async hang({ mcpReq }) {
      await mcpReq.notify({
        method: "notifications/message",
        params: { level: "error", data: "hangs" },
      });
      await new Promise((resolve) => mcpReq.signal.addEventListener("abort", resolve));
      return text("late");
    },
    url_error() {
      throw new sdk.UrlElicitationRequiredError([{
        mode: "url",
        message: "Open",
        url: "https://example.com/pay",
        elicitationId: "e-1",
      }]);
    },
  };
}

function makeServer(sdk: Sdk, isStateless: boolean) {
  const server = new sdk.Server({ name: "eras", version: "1.0.0" }, {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true },
      prompts: {},
      logging: {},
      completions: {},
    },
    instructions: "Be brief.",
  });
  const tools = toolsOf(sdk, isStateless);
  server.setRequestHandler("tools/list", () => ({ tools: TOOLS as never }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = Object.hasOwn(tools, params.name) ? tools[params.name] : undefined;
    if (tool === undefined) throw new sdk.ProtocolError(-32602, `unknown tool ${params.name}`);
    return await tool(context, params.arguments ?? {}) as never;
  });
  server.setRequestHandler("prompts/list", () => ({ prompts: [{ name: "hello" }] }));
  server.setRequestHandler("prompts/get", () => ({
    messages: [{ role: "user", content: { type: "text", text: "hello" } }],
  }));
  server.setRequestHandler(
    "resources/list",
    () => ({ resources: [{ name: "a", uri: "lab://a" }] }),
  );
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [] }));
  server.setRequestHandler("resources/read", ({ params }) => {
    if (params.uri !== "lab://a") {
      throw new sdk.ProtocolError(isStateless ? -32602 : -32002, "no such resource");
    }
    return { contents: [{ uri: params.uri, text: "a" }] };
  });
  server.setRequestHandler("completion/complete", () => ({ completion: { values: ["x"] } }));
  if (!isStateless) {
    server.setRequestHandler("resources/subscribe", () => ({}));
    server.setRequestHandler("resources/unsubscribe", () => ({}));
  }
  return server;
}

function recorded(answer: (request: Request) => Promise<Response>) {
  const requests: SentRequest[] = [];
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = request.method === "POST" ? await request.clone().json() : undefined;
    const { method, headers, signal } = request;
    const sent: SentRequest = { method, headers, body, signal };
    requests.push(sent);
    const response = await answer(request);
    sent.status = response.status;
    return response;
  };
  const methods = () =>
    requests.filter(({ method }) => method === "POST").map(({ body }) => body.method ?? "response");
  return { requests, fetch, methods };
}

export async function startStatelessServer(): Promise<EraServer> {
  const sdk = await import("@modelcontextprotocol/server");
  const handler = sdk.createMcpHandler(() => makeServer(sdk, true), {
    legacy: "reject",
    keepAliveMs: 0,
  });
  return {
    ...recorded((request) => handler.fetch(request)),
    toolsChanged: () => Promise.resolve(handler.notify.toolsChanged()),
    resourceUpdated: (uri) => Promise.resolve(handler.notify.resourceUpdated(uri)),
    sessions: () => [],
    [Symbol.asyncDispose]: () => handler.close(),
  };
}

export async function startInitializeServer(): Promise<EraServer> {
  const sdk = await import("@modelcontextprotocol/server");
  type Transport = WebStandardStreamableHTTPServerTransport;
  const sessions = new Map<
    string,
    { transport: Transport; server: ReturnType<typeof makeServer> }
  >();

  async function open(): Promise<Transport> {
    const server = makeServer(sdk, false);
    const transport: Transport = new sdk.WebStandardStreamableHTTPServerTransport({
      keepAliveMs: 0,
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id: string) => void sessions.set(id, { transport, server }),
      onsessionclosed: (id: string) => void sessions.delete(id),
    });
    await server.connect(transport);
    return transport;
  }

  const all = () => [...sessions.values()];
  return {
    ...recorded(async (request) => {
      const id = request.headers.get("mcp-session-id");
      const transport = id === null ? await open() : sessions.get(id)?.transport;
      return await transport?.handleRequest(request) ?? new Response(null, { status: 404 });
    }),
    sessions: () => all().map(({ server }) => server),
    async toolsChanged() {
      for (const { server } of all()) await server.sendToolListChanged();
    },
    async resourceUpdated(uri) {
      for (const { server } of all()) await server.sendResourceUpdated({ uri });
    },
    async [Symbol.asyncDispose]() {
      for (const { transport } of all()) await transport.close();
    },
  };
}
