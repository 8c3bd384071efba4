/**
 * `deno task bench:bridge [--program <path>]`: start, time of a call and memory of `mcpass bridge`
 * against mcp-remote and a bare `fetch`, at server-everything. It needs Linux, node and npm.
 *
 * @module
 */

import { freePort, startCommand } from "../../tests/servers/program.ts";
import { print, ROOT, run, say } from "../shell.ts";

/** Starts of each program, in turn. */
const STARTS = 11;

/** Calls for each row, in turn. */
const CALLS = 400;

const LONG_CALLS = 10_000;

type Command = readonly [program: string, ...args: string[]];

const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
};

const callText = (id: number) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo",` +
  `"arguments":{"message":"bench"}}}`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** A started stdio server, and who waits for its lines. */
class Bridge {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<unknown, () => void>();

  constructor([program, ...args]: Command) {
    const env = { MCP_REMOTE_CONFIG_DIR: CONFIGURATION, MCPASS_HOME: CONFIGURATION };
    const streams = { stdin: "piped", stdout: "piped", stderr: "null" } as const;
    this.#child = new Deno.Command(program, { args, env, ...streams }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    void this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#waiting.get(JSON.parse(line).id)?.();
    }
    if (this.#waiting.size > 0) throw new Error("a program ended before it answered");
  }

  async send(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${text}\n`));
  }

  async ask(id: number, text: string): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
    await this.send(text);
    await answered;
    this.#waiting.delete(id);
  }

  async initialize(): Promise<void> {
    await this.ask(
      0,
      JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params: INITIALIZE }),
    );
    await this.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  /** Megabytes of the process and its children. */
  async memory(): Promise<number> {
    const { pid } = this.#child;
    const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
    let total = 0;
    for (const one of [String(pid), ...children.split(" ").filter(Boolean)]) {
      const status = await Deno.readTextFile(`/proc/${one}/status`);
      total += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    }
    return total;
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#child.status;
    clearTimeout(timer);
  }
}

/** The same messages with `fetch`. */
async function openBare(url: string) {
  const headers = new Headers({
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  });
  const post = async (body: string) => {
    const response = await fetch(url, { method: "POST", headers, body });
    await response.text();
    return response;
  };
  const first = await post(
    JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params: INITIALIZE }),
  );
  headers.set("mcp-session-id", first.headers.get("mcp-session-id") ?? "");
  headers.set("mcp-protocol-version", INITIALIZE.protocolVersion);
  await post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  return (id: number) => post(callText(id));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function row(title: string, values: string, measured: number, limit: number): void {
  const verdict = measured <= limit ? "met" : "EXCEEDED";
  print(
    `${title.padEnd(44)} ${values.padStart(20)}  ${
      measured.toFixed(2)
    }  limit ${limit}: ${verdict}`,
  );
}

async function startTimes(subject: Command, base: Command): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn < STARTS; turn++) {
    for (const [at, command] of [subject, base].entries()) {
      let bridge: Bridge | undefined;
      times[at]?.push(await timed(() => (bridge = new Bridge(command)).initialize()));
      await bridge?.close();
    }
  }
  const [own, other] = times.map(median) as [number, number];
  row(
    "start to first answer / mcp-remote",
    `${own.toFixed(0)} / ${other.toFixed(0)} ms`,
    own / other,
    0.2,
  );
}

async function addedTime(bridge: Bridge, url: string): Promise<void> {
  const bare = await openBare(url);
  const times: [number[], number[]] = [[], []];
  for (let id = 1; id <= CALLS; id++) {
    times[0].push(await timed(() => bridge.ask(id, callText(id))));
    times[1].push(await timed(() => bare(id)));
  }
  const [own, other] = times.map((values) => median(values.slice(CALLS / 4))) as [number, number];
  row(
    "call, added to a bare fetch, ms",
    `${own.toFixed(2)} / ${other.toFixed(2)} ms`,
    own - other,
    1,
  );
}

async function memory(bridge: Bridge, base: Command): Promise<void> {
  const other = new Bridge(base);
  await other.initialize();
  for (let id = 1; id <= CALLS; id++) await other.ask(id, callText(id));
  const [own, theirs] = [await bridge.memory(), await other.memory()];
  await other.close();
  row("memory / mcp-remote", `${own.toFixed(0)} / ${theirs.toFixed(0)} MB`, own / theirs, 0.7);
}

async function flatness(bridge: Bridge): Promise<void> {
  const tenth = LONG_CALLS / 10;
  const parts: { readonly time: number; readonly megabytes: number }[] = [];
  for (let part = 0; part < 10; part++) {
    const times: number[] = [];
    for (let id = part * tenth; id < (part + 1) * tenth; id++) {
      times.push(await timed(() => bridge.ask(id, callText(id))));
    }
    parts.push({ time: median(times), megabytes: await bridge.memory() });
  }
  const [first, last] = [parts[1], parts.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError("no calls");
  const title = `${LONG_CALLS.toLocaleString("en")} calls, last / second tenth`;
  row(
    `${title}: time`,
    `${last.time.toFixed(2)} / ${first.time.toFixed(2)} ms`,
    last.time / first.time,
    1.25,
  );
  row(
    `${title}: memory`,
    `${last.megabytes.toFixed(0)} / ${first.megabytes.toFixed(0)} MB`,
    last.megabytes / first.megabytes,
    1.1,
  );
}

/** Installs mcp-remote as a user has it: with npm, for node. */
async function installMcpRemote(): Promise<string> {
  const version = /npm:mcp-remote@([\d.]+)/.exec(await Deno.readTextFile(`${ROOT}deno.json`))?.[1];
  const folder = `${ROOT}dist/bench/mcp-remote-${version}`;
  const program = `${folder}/node_modules/mcp-remote/dist/proxy.js`;
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  say(`Installing mcp-remote ${version}`);
  await Deno.mkdir(folder, { recursive: true });
  const installed = await run("npm", [
    ...["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"],
    `mcp-remote@${version}`,
  ]);
  if (!installed.success) throw new Error(installed.stderr);
  return program;
}

const given = Deno.args.indexOf("--program");
const mcpass = given === -1 ? `${ROOT}dist/mcpass` : Deno.args[given + 1] ?? "";
const CONFIGURATION = await Deno.makeTempDir();
const mcpRemote = await installMcpRemote();
const port = freePort();
const program = `${ROOT}tests/servers/everything_program.ts`;
const server = await startCommand(
  Deno.execPath(),
  ["run", "-A", "--quiet", program, "streamableHttp"],
  port,
);
const url = `http://127.0.0.1:${port}/mcp`;
try {
  const own: Command = [mcpass, "bridge", url];
  const other: Command = ["node", mcpRemote, url, "--allow-http", "--silent"];
  await startTimes(own, other);
  const bridge = new Bridge(own);
  await bridge.initialize();
  await addedTime(bridge, url);
  await memory(bridge, other);
  await flatness(bridge);
  await bridge.close();
} finally {
  await server.close?.();
  await Deno.remove(CONFIGURATION, { recursive: true });
}
