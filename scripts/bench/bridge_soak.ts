/**
 * `deno run -A scripts/bench/bridge_soak.ts [minutes] [program]`: one bridge with tokens that are valid
 * for 20 seconds and a server with random faults (by default 30 minutes of `dist/mcpass`, on Linux).
 * With the program `source` it runs from source, and prints the heap after a collection too.
 * Prints memory, open handles and stored files every 10 seconds. At the end it compares the last fifth
 * of the requests with the second one, because the first one fills the caches. What a leak raises is the
 * floor: between collections, the memory has several megabyte of messages that nobody uses any more.
 * Fails if a floor or a peak grows, or if a request does not get exactly one response.
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
const isSource = program === "source";
const [command = program, ...args] = isSource
  ? [
    ...[Deno.execPath(), "run", "-A", "--quiet", "--v8-flags=--expose-gc"],
    ...[`--preload=${ROOT}scripts/bench/heap_probe.ts`, `${ROOT}main.ts`],
  ]
  : [program];
const START = Date.now();
const END = START + Number(minutes) * 60_000;

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
const login = await new Deno.Command(command, {
  args: [...args, "login", "--url", server.mcpUrl, "--auth-mode", "headless", "--quiet"],
  env,
  stdout: "null",
}).output();
if (!login.success) throw new Error("the login failed");

const bridge = new Deno.Command(command, {
  args: [...args, "bridge", server.mcpUrl],
  env,
  stdin: "piped",
  stdout: "piped",
  stderr: isSource ? "piped" : "inherit",
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

let heap: number | undefined;

async function readHeap(): Promise<void> {
  for await (const line of linesOf(bridge.stderr)) {
    const bytes = /^heap (\d+)$/.exec(line)?.[1];
    if (bytes !== undefined) heap = Number(bytes) / 1024 / 1024;
  }
}

if (isSource) void readHeap();

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
  readonly requests: number;
  readonly megabytes: number;
  readonly handles: number;
  readonly files: number;
  /** Megabytes; 0 if unknown. */
  readonly heap: number;
}

const samples: Sample[] = [];

async function sample(): Promise<void> {
  // The server records every request, with its body.
  (server.requests as RecordedRequest[]).length = 0;
  const status = await Deno.readTextFile(`/proc/${bridge.pid}/status`);
  const taken = {
    requests: sent,
    megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    handles: (await Array.fromAsync(Deno.readDir(`/proc/${bridge.pid}/fd`))).length,
    files: (await filesBelow(home)).length,
    heap: heap ?? 0,
  };
  samples.push(taken);
  const { megabytes, handles, files } = taken;
  const passed = ((Date.now() - START) / 1000).toFixed(0);
  const calls = `${sent} requests, ${sent - answered} open` +
    (heap === undefined ? "" : `, heap ${heap.toFixed(1)} MB`);
  print(`${passed} s: ${megabytes.toFixed(1)} MB, ${handles} handles, ${files} files, ${calls}`);
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

/** A share of the values, in the order of their size. */
const [FLOOR, PEAK] = [0.1, 1];

/** How much a value may grow from the second fifth to the last one: a share and a constant. */
const GROWTH: readonly (readonly [keyof Sample, at: number, share: number, constant: number])[] = [
  ["megabytes", FLOOR, 0.05, 2],
  ["megabytes", PEAK, 0.25, 2],
  ["heap", FLOOR, 0, 0.5],
  ["handles", FLOOR, 0, 4],
  ["files", FLOOR, 0, 1],
];

function valueIn(fifth: number, of: keyof Sample, at: number): number {
  const values = samples
    .filter(({ requests }) => Math.ceil(5 * requests / sent) === fifth)
    .map((it) => it[of]).sort((a, b) => a - b);
  return values[Math.ceil(at * values.length) - 1] ?? NaN;
}

let isFlat = true;
for (const [name, at, share, constant] of GROWTH) {
  const values = [1, 2, 3, 4, 5].map((fifth) => valueIn(fifth, name, at));
  const limit = (values[1] ?? NaN) * (1 + share) + constant;
  const ok = (values[4] ?? NaN) <= limit;
  isFlat &&= ok;
  const shown = values.map((it) => it.toFixed(1)).join(", ");
  const title = `${name}: ${at === PEAK ? "peaks" : "floors"}`;
  print(`${title} ${shown} (limit ${limit.toFixed(1)}): ${ok ? "flat" : "GROWS"}`);
}
const refreshes = as.requests.filter(({ path }) => path.includes("/token")).length;
print(
  `${live.size} tokens (${refreshes} token requests), ${failed} of ${plain} calls without a fault got an error`,
);
await writer.close();
await Promise.all([reading, bridge.status]);
await Deno.remove(home, { recursive: true });
print(`${sent} requests, ${answered} answered, ${doubled} doubled`);
if (!isFlat || answered !== sent || doubled > 0) Deno.exit(1);
Deno.exit(0);
