/** What an official client does at server-everything: each feature once. @module */

import { Client, type Transport } from "@modelcontextprotocol/client";

/** Calls of each tool, except of those that need more; `get-env` writes its object in random order. */
const CALLS: readonly (readonly [tool: string, args: Record<string, unknown>])[] = [
  ["echo", { message: "1.0 \u2028 \u{1f600} \"'\\" }],
  ["get-annotated-message", { messageType: "error", includeImage: true }],
  ["get-annotated-message", { messageType: "success" }],
  ["get-resource-links", { count: 3 }],
  ["get-resource-reference", { resourceType: "Blob", resourceId: 2 }],
  ["get-structured-content", { location: "New York" }],
  ["get-sum", { a: 1e21, b: 0.1 }],
  ["get-tiny-image", {}],
  ["get-roots-list", {}],
  ["trigger-sampling-request", { prompt: "p", maxTokens: 7 }],
  ["trigger-elicitation-request", {}],
  ["trigger-url-elicitation", { url: "https://u.example/", elicitationId: "e1" }],
  ["trigger-url-elicitation", { url: "https://v.example/", elicitationId: "e2", errorPath: true }],
  ["simulate-research-query", { topic: "t" }],
  ["no-such-tool", {}],
  ["get-sum", { a: "not a number" }],
];

/** Methods and params that the client library has no function for, or refuses to send. */
const REQUESTS: readonly (readonly [method: string, params?: Record<string, unknown>])[] = [
  ["ping"],
  ["tools/list"],
  ["prompts/list"],
  ["resources/list"],
  ["resources/templates/list"],
  ["resources/read", { uri: "demo://resource/dynamic/text/1" }],
  ["resources/read", { uri: "demo://resource/dynamic/blob/3" }],
  ["resources/read", { uri: "demo://resource/none" }],
  ["prompts/get", { name: "simple-prompt" }],
  ["prompts/get", { name: "args-prompt", arguments: { city: "Paris", state: "TX" } }],
  ["prompts/get", { name: "args-prompt" }],
  ["prompts/get", {
    name: "resource-prompt",
    arguments: { resourceType: "Text", resourceId: "1" },
  }],
  ["completion/complete", {
    ref: { type: "ref/prompt", name: "completable-prompt" },
    argument: { name: "department", value: "E" },
  }],
  ["logging/setLevel", { level: "debug" }],
  ["resources/subscribe", { uri: "demo://resource/dynamic/text/1" }],
  ["no/such/method", { x: 1 }],
];

function watchedNotifications(client: Client) {
  const counts = new Map<string, number>();
  let changed = Promise.withResolvers<void>();
  client.fallbackNotificationHandler = ({ method }) => {
    counts.set(method, (counts.get(method) ?? 0) + 1);
    changed.resolve();
    changed = Promise.withResolvers();
    return Promise.resolve();
  };
  return async (method: string, count = 1) => {
    while ((counts.get(method) ?? 0) < count) await changed.promise;
  };
}

/** Any result is accepted; an error of the server is a result too. */
async function ask(
  client: Client,
  method: string,
  params: Record<string, unknown> | undefined,
  options: { readonly onprogress?: () => void; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const any = {
    "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
  };
  try {
    await client.request({ method, ...(params && { params }) } as never, any as never, options);
  } catch (error) {
    if (!/Protocol|Abort|Sdk|Url/i.test(`${error instanceof Error && error.constructor.name}`)) {
      throw error;
    }
  }
}

/** Runs all of it, and ends when everything that the server sends has been received. */
export async function runEverything(transport: Transport): Promise<void> {
  const client = new Client({ name: "script", version: "1" }, {
    versionNegotiation: { mode: "legacy" },
    capabilities: {
      roots: { listChanged: true },
      sampling: {},
      elicitation: { form: {}, url: {} },
    },
  });
  const rootsAsked = Promise.withResolvers<void>();
  client.setRequestHandler("roots/list", () => {
    rootsAsked.resolve();
    return { roots: [{ uri: "file:///a", name: "A" }] };
  });
  client.setRequestHandler("sampling/createMessage", () => ({
    model: "m",
    role: "assistant" as const,
    content: { type: "text" as const, text: "answer" },
  }));
  client.setRequestHandler("elicitation/create", () => ({ action: "decline" as const }));
  const notified = watchedNotifications(client);
  await client.connect(transport);
  // The server asks for the roots on the stream of a GET request.
  await rootsAsked.promise;
  await notified("notifications/message");
  for (const [method, params] of REQUESTS) await ask(client, method, params);
  await notified("notifications/message", 2);
  for (const [name, args] of CALLS) {
    await ask(client, "tools/call", { name, arguments: args });
  }
  const progress = () => {};
  const slow = { name: "trigger-long-running-operation", arguments: { duration: 0.03, steps: 3 } };
  await ask(client, "tools/call", slow, { onprogress: progress });
  const ending = new AbortController();
  const never = {
    name: "trigger-long-running-operation",
    arguments: { duration: 600, steps: 600 },
  };
  const cancelled = ask(client, "tools/call", never, { signal: ending.signal });
  ending.abort("enough");
  await cancelled;
  await ask(client, "tools/call", { name: "toggle-subscriber-updates", arguments: {} });
  await notified("notifications/resources/updated");
  await ask(client, "tools/call", { name: "toggle-subscriber-updates", arguments: {} });
  await ask(client, "resources/unsubscribe", { uri: "demo://resource/dynamic/text/1" });
  await notified("notifications/message", 3);
  const data = "data:text/plain,hello";
  const zipped = { name: `${crypto.randomUUID()}.gz`, data, outputType: "resource" };
  await ask(client, "tools/call", { name: "gzip-file-as-resource", arguments: zipped });
  await notified("notifications/resources/list_changed");
  await client.sendRootsListChanged();
  await notified("notifications/message", 4);
  await client.close();
}

/** Session ids, random ids and times differ between two runs. */
export function withoutChance(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uuid>")
    .replace(/\d{1,2}:\d\d:\d\d( [AP]M)?/g, "<time>")
    .replace(/"blob":"UmVzb3Vy[^"]*"/g, '"blob":"<time>"');
}
