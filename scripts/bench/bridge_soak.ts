/**
 * `deno run -A scripts/bench/bridge_soak.ts [minutes] [program]`: one bridge with tokens that are valid
 * for 20 seconds and a server with random faults (by default 30 minutes of `dist/mcpass`, on Linux).
 * Prints memory, open files and stored files at the start and at the end; each request has to get
 * exactly one response. The last line is `N requests, N answered, N doubled`.
 *
 * @module
 */

import { linesOf } from "../../tests/bridge/stream_transport.ts";
import {
  type Fault,
  resultText,
  startFaultServer,
  streamOf,
} from "../../tests/bridge/fault_server.ts";
import { event, JSON_TYPE } from "../../tests/bridge/fault_server.ts";
import { startAuthorizationServer } from "../../tests/lab/authorization_server.ts";
import { headerOf, type RecordedRequest } from "../../tests/lab/journal.ts";
import type { Answer } from "../../tests/lab/scripted_server.ts";
import { filesBelow, print, ROOT } from "../shell.ts";

const [minutes = "30", program = `${ROOT}dist/mcpass`] = Deno.args;
const END = Date.now() + Number(minutes) * 60_000;

const TOKEN_SECONDS = 20;
const SAMPLE_MS = 10_000;
const PARALLEL = 4;

/** Some calls of each tool fail; the others are answered. */
const sometimes = (share: number, fault: Fault): Fault => (call) => {
  if (Math.random() < share) return fault(call);
  return { headers: [JSON_TYPE], body: resultText(call.id) };
};

const FAULTS: Readonly<Record<string, Fault>> = {
  cut: sometimes(0.3, async ({ id, raw }) => {
    await raw.head(200, [["content-type", "text/event-stream"]]);
    await raw.write(event(resultText(id)).slice(0, 30));
  }),
  ended: sometimes(0.3, () => streamOf()),
  page: sometimes(
    0.3,
    () => ({ status: 500, headers: [["content-type", "text/html"]], body: "<p>" }),
  ),
  accepted: sometimes(0.3, () => ({ status: 202 })),
  busy: sometimes(0.02, () => ({ status: 429, headers: [["retry-after", "1"]] })),
  forgotten: sometimes(0.05, ({ server }) => {
    server.forget();
    return { status: 404 };
  }),
  stream: ({ id }) => streamOf(event(resultText(id))),
};

const TOOLS = [...Object.keys(FAULTS), "plain", "large", "plain"];

await using as = await startAuthorizationServer({ accessTokenTtl: TOKEN_SECONDS });
await using server = startFaultServer({ faults: FAULTS, intercept: protect });
as.addResource(server.mcpUrl);
const live = new Set<string>();

/** Requires a token that has not expired. */
function protect(request: RecordedRequest): Answer | undefined {
  if (request.path.includes("/.well-known/oauth-protected-resource")) {
    const body = { resource: server.mcpUrl, authorization_servers: [as.issuer] };
    return { headers: [JSON_TYPE], body: JSON.stringify(body) };
  }
  if (request.path.includes("/.well-known/")) return { status: 404 };
  const token = headerOf(request, "authorization")?.replace("Bearer ", "") ?? "";
  const claims = token.split(".").at(1);
  const isLive = claims !== undefined && expiry(claims) > Date.now() / 1000;
  if (isLive) {
    live.add(token);
    return undefined;
  }
  const challenge =
    `Bearer resource_metadata="${server.origin}/.well-known/oauth-protected-resource/mcp"`;
  return { status: 401, headers: [["www-authenticate", challenge] as const] };
}

function expiry(claims: string): number {
  return JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })),
  ).exp;
}

const home = await Deno.makeTempDir();
const env = { MCPASS_HOME: home, MCPASS_STORE: "file" };
const login = await new Deno.Command(program, {
  args: ["login", "--url", server.mcpUrl, "--auth-mode", "headless", "--quiet"],
  env,
  stdout: "null",
}).output();
if (!login.success) throw new Error("the login failed");

const bridge = new Deno.Command(program, {
  args: ["bridge", server.mcpUrl],
  env,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const writer = bridge.stdin.getWriter();
const open = new Map<number, (isResult: boolean) => void>();
let [sent, answered, doubled] = [0, 0, 0];
/** Calls of tools without a fault, and those that got an error. */
let [plain, failed] = [0, 0];

const reading = (async () => {
  for await (const line of linesOf(bridge.stdout)) {
    const { id, method, result } = JSON.parse(line);
    if (method !== undefined) continue;
    const resolve = open.get(id);
    if (resolve === undefined) doubled += 1;
    else answered += 1;
    open.delete(id);
    resolve?.(result !== undefined);
  }
})();

async function send(message: object): Promise<void> {
  await writer.write(
    new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
  );
}

/** True if the response is a result. */
async function request(method: string, params: object): Promise<boolean> {
  const id = ++sent;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  open.set(id, resolve);
  await send({ id, method, params });
  return await promise;
}

async function call(): Promise<void> {
  while (Date.now() < END) {
    const name = TOOLS[Math.floor(Math.random() * TOOLS.length)];
    const text = name === "large" ? "x".repeat(1_000_000) : "";
    const isResult = await request("tools/call", { name, arguments: { text } });
    if (name === "plain") [plain, failed] = [plain + 1, failed + (isResult ? 0 : 1)];
    await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
  }
}

interface Sample {
  readonly megabytes: number;
  readonly handles: number;
  readonly files: number;
}

const samples: Sample[] = [];

async function sample(): Promise<void> {
  // The server records every request, with its body.
  (server.requests as RecordedRequest[]).length = 0;
  const status = await Deno.readTextFile(`/proc/${bridge.pid}/status`);
  samples.push({
    megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    handles: (await Array.fromAsync(Deno.readDir(`/proc/${bridge.pid}/fd`))).length,
    files: (await filesBelow(home)).length,
  });
}

await request("initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "soak", version: "1" },
});
await send({ method: "notifications/initialized" });
const sampling = setInterval(sample, SAMPLE_MS);
await Promise.all(Array.from({ length: PARALLEL }, call));
clearInterval(sampling);
await sample();

const quarter = Math.max(1, Math.floor(samples.length / 4));
const middle = (part: readonly Sample[], of: keyof Sample) =>
  part.map((it) => it[of]).sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
for (const name of ["megabytes", "handles", "files"] as const) {
  const [first, last] = [
    middle(samples.slice(0, quarter), name),
    middle(samples.slice(-quarter), name),
  ];
  print(`${name}: ${first.toFixed(0)} in the first quarter, ${last.toFixed(0)} in the last`);
}
const refreshes = as.requests.filter(({ path }) => path.includes("/token")).length;
print(
  `${live.size} tokens (${refreshes} token requests), ${failed} of ${plain} calls without a fault got an error`,
);
await writer.close();
await Promise.all([reading, bridge.status]);
await Deno.remove(home, { recursive: true });
print(`${sent} requests, ${answered} answered, ${doubled} doubled`);
Deno.exit(0);
