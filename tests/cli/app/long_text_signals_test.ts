import assert from "node:assert/strict";
import { HOSTILE_TEXTS } from "../../../scripts/bench/hostile_texts.ts";
import { startFakeLab } from "../../lab/fake_lab.ts";
import { longArtifact } from "../../report/artifacts.ts";
import { startDnsServer } from "../../lab/dns_server.ts";
import { assertCancelled, start, type Started, until } from "../real_process.ts";

const SLOW_CLOCKS = new URL("slow_clocks.ts", import.meta.url).href;
const TOKEN = "canary-5f0e7d1c9b3a48e2";
const MIB = 1024 * 1024;

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly cursor?: string };
}

/** What an MCP server sends, and what it does once the program has asked for everything. */
interface McpServer {
  result(message: Message): object;
  ended(): void;
}

/** An MCP server of revision 2025-11-25, whose session the program ends when it has what it asked for. */
function serveMcp({ result, ended }: McpServer): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "DELETE") ended();
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const message: Message = await request.json();
    if (message.id === undefined) return new Response(null, { status: 202 });
    const capabilities = { tools: {} };
    const serverInfo = { name: "hostile", version: "1" };
    const sent = message.method === "initialize"
      ? { protocolVersion: "2025-11-25", capabilities, serverInfo }
      : result(message);
    return Response.json(
      { jsonrpc: "2.0", id: message.id, result: sent },
      { headers: { "mcp-session-id": "session-0123456789" } },
    );
  });
}

function hostileText(title: string, length: number): string {
  const make = HOSTILE_TEXTS[title];
  assert.ok(make !== undefined);
  return `${make(length)} ${TOKEN}`;
}

type Check = (run: Started, ended: Awaited<ReturnType<Started["end"]>>) => Promise<void>;

/**
 * Runs a command at a server, and sends the signal when the server has sent everything. A command that
 * had masked its text before the signal shows nothing: the text is twice as long in the next run.
 */
async function endAtTheEnd(
  signal: Deno.Signal,
  args: readonly string[],
  result: (message: Message, factor: number) => object,
  check: Check,
): Promise<void> {
  for (const factor of [1, 2, 4]) {
    let isEarlier = false;
    await endOnce(signal, args, (message) => result(message, factor), async (run, ended) => {
      isEarlier = ended.code === 0 && factor < 4;
      if (!isEarlier) await check(run, ended);
    });
    if (!isEarlier) return;
  }
}

async function endOnce(
  signal: Deno.Signal,
  args: readonly string[],
  result: McpServer["result"],
  check: Check,
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const server = serveMcp({ result, ended: asked.resolve });
  try {
    const url = `http://127.0.0.1:${server.addr.port}/mcp`;
    await using run = await start([
      ...args,
      ...["--url", url, "--protocol-version", "2025-11-25", "--debug-out", "debug.json"],
    ], { env: { MCPASS_ACCESS_TOKEN: TOKEN }, preload: SLOW_CLOCKS });
    await asked.promise;
    await check(run, await run.end(signal));
  } finally {
    await server.shutdown();
  }
}

/** True when a sign-in is stored. */
async function hasEntry(folder: string): Promise<boolean> {
  // The store tries whether it can write, so a file may be gone when it is read.
  const list = (path: string) => Array.fromAsync(Deno.readDir(path)).catch(() => []);
  for (const { name } of await list(folder)) {
    const files = await list(`${folder}/${name}`);
    if (files.some((file) => file.name.endsWith(".json"))) return true;
  }
  return false;
}

const CALL = ["tools", "call", "--name", "tool"];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  for (const title of ["lines of base64", "backslashes", "base64"]) {
    Deno.test(`${signal} ends a tool call while a long result is masked: ${title}`, async () => {
      await endAtTheEnd(
        signal,
        [...CALL, "--format", "json"],
        (_, factor) => ({ content: [{ type: "text", text: hostileText(title, factor * MIB) }] }),
        async (run, ended) => {
          await assertCancelled(ended, run.home);
          const artifact = await Deno.readTextFile(`${run.home}/debug.json`);
          assert.ok(!artifact.includes(TOKEN) && !ended.stdout.includes(TOKEN));
        },
      );
    });
  }

  Deno.test(`${signal} ends a tool call while text for a person is masked`, async () => {
    await endAtTheEnd(
      signal,
      [...CALL, "--format", "human"],
      (_, factor) => ({
        content: [{ type: "text", text: hostileText("lines of base64", factor * MIB) }],
      }),
      async (run, { code, stdout }) => {
        assert.deepEqual([code, stdout], [130, ""]);
        const artifact = JSON.parse(await Deno.readTextFile(`${run.home}/debug.json`));
        assert.equal(artifact.outcome.exitStatus, 130);
      },
    );
  });

  Deno.test(`${signal} ends a list of tools while its trace is masked`, async () => {
    const pages = 150;
    await endAtTheEnd(
      signal,
      ["tools", "list", "--format", "json"],
      ({ params }, factor) => {
        const _meta = { text: hostileText("lines of base64", factor * MIB / 16) };
        const page = Number(params?.cursor ?? 1);
        return { tools: [], _meta, ...page < pages ? { nextCursor: String(page + 1) } : {} };
      },
      async (run, ended) => {
        await assertCancelled(ended, run.home);
        const text = await Deno.readTextFile(`${run.home}/debug.json`);
        assert.ok(!text.includes(TOKEN));
        const { exchanges, notes } = JSON.parse(text);
        assert.ok(exchanges.length < pages);
        assert.match(notes.at(-1), /^incomplete trace: .* \d+ exchanges? /);
      },
    );
  });

  Deno.test(`${signal} ends a login while its trace is masked; the tokens are not lost`, async () => {
    const text = hostileText("starts of tokens with points", MIB / 16);
    await using lab = await startFakeLab({
      prm: { document: (document) => ({ ...document, text }) },
      metadata: (document) => ({ ...document, text }),
      registrationResponse: ({ body, ...rest }) => ({ ...rest, body: { ...body, text } }),
      token: ({ body, ...rest }) => ({ ...rest, body: { ...body, text } }),
    });
    await using run = await start([
      ...["oauth", "login", "--auth-mode", "headless", "--url", lab.mcpUrl],
      ...["--format", "json", "--debug-out", "debug.json"],
    ]);
    await until(() => hasEntry(`${run.home}/credentials`));
    const ended = await run.end(signal);
    await assertCancelled(ended, run.home);
    assert.match(JSON.parse(ended.stdout).credentials.accessToken, /./);
  });

  Deno.test(`${signal} ends a request while its long response is masked`, async () => {
    const text = hostileText("lines of base64", MIB - 64);
    const sent = Promise.withResolvers<void>();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (_, { completed }) => {
        completed.then(sent.resolve);
        return new Response(text, { headers: { "content-type": "text/plain" } });
      },
    );
    try {
      const url = `http://127.0.0.1:${server.addr.port}/`;
      const secrets = Array.from({ length: 40 }, (_, at) => `X-Key-${at}: ${TOKEN}${at}`);
      await using run = await start([
        ...["oauth", "debug-proxy", "--allow-private", "--url", url, "--format", "json"],
        ...secrets.flatMap((header) => ["--header", header]),
        ...["--debug-out", "debug.json"],
      ]);
      await sent.promise;
      await assertCancelled(await run.end(signal), run.home);
    } finally {
      await server.shutdown();
    }
  });

  Deno.test(`${signal} ends a report on a large artifact`, async () => {
    const artifact = JSON.stringify(longArtifact());
    for (const format of ["html", "json"]) {
      const args = ["oauth", "report", "-", "--format", format];
      await using run = await start(args, { stdin: artifact });
      const { code, stdout } = await run.end(signal);
      assert.equal(code, 130, stdout);
      if (format === "html") assert.equal(stdout, "");
      else assert.equal(JSON.parse(stdout).error.code, "cancelled");
    }
  });

  Deno.test(`${signal} ends a request while its name server is silent`, async () => {
    await using dns = await startDnsServer(() => undefined);
    await using run = await start(
      [
        "oauth",
        "proxy",
        "--url",
        "https://silent.example/",
        "--format",
        "json",
        "--debug-out",
        "debug.json",
      ],
      {
        preload: new URL("name_server.ts", import.meta.url).href,
        env: { TEST_NAME_SERVER: JSON.stringify(dns.nameServer) },
      },
    );
    await until(() => dns.questions.length > 0);
    await assertCancelled(await run.end(signal), run.home);
  });
}
