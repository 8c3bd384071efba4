/**
 * What runs inside a network namespace of its own: name server, public server, a trap on loopback,
 * and the executable under its own name servers. Prints what came of it as JSON.
 *
 * @module
 */

import { assertDocument } from "../cli/document_faults.ts";
import { type DnsAnswers, startDnsServer } from "../lab/dns_server.ts";
import { readHead, serveRaw, write } from "../http/support.ts";

/** An address that everybody takes for a public one; inside the namespace it is this machine's. */
export const PUBLIC = "93.184.216.34";

/** What one run of the executable left behind. */
export interface NamespaceRun {
  /** Exit status. */
  readonly code: number;
  /** Parsed standard output, or null. */
  // deno-lint-ignore no-explicit-any
  readonly document: any;
  /** Standard error. */
  readonly stderr: string;
  /** Questions that the name server got, as `A name`. */
  readonly questions: readonly string[];
  /** Connections that the trap on loopback got. */
  readonly trapped: number;
  /** Requests that the public server got, by request line. */
  readonly requests: readonly string[];
  /** Most bytes of memory that the process used, as far as it was seen. */
  readonly peakBytes: number;
}

const [, fixtures = "", program = ""] = Deno.args;

const ANSWERS: DnsAnswers = ({ name, type }, nth) => {
  if (type !== "A") return [];
  if (name === "mcp.example") return [nth === 0 ? PUBLIC : "127.0.0.1"];
  return name === "private.test" ? [nth === 0 ? "127.0.0.1" : PUBLIC] : [];
};

const PAGES: Readonly<Record<string, string>> = {
  "/": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n" +
    `{"ok":true}`,
  "/redirect":
    "HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/secret\r\ncontent-length: 0\r\n\r\n",
  "/endless": "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n",
};

async function peakOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

async function runOnce(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<NamespaceRun> {
  await using dns = await startDnsServer(ANSWERS, 53);
  const requests: string[] = [];
  let trapped = 0;
  await using _trap = serveRaw(() => {
    trapped++;
    return Promise.resolve();
  }, Deno.listen({ hostname: "127.0.0.1", port: 443 }));
  const listener = Deno.listenTls({
    hostname: PUBLIC,
    port: 443,
    cert: await Deno.readTextFile(`${fixtures}/server.crt`),
    key: await Deno.readTextFile(`${fixtures}/server.key`),
  });
  await using _server = serveRaw(async (conn) => {
    const [line = ""] = (await readHead(conn)).split("\r\n");
    requests.push(line);
    const path = line.split(" ")[1] ?? "";
    await write(conn, PAGES[path] ?? "");
    const chunk = new Uint8Array(256 * 1024);
    while (path === "/endless") await write(conn, chunk);
  }, listener);
  const child = new Deno.Command(program, {
    args: [...args, "--ca-file", `${fixtures}/ca.crt`, "--format", "json"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...variables },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let running = true;
  let peakBytes = 0;
  const watching = (async () => {
    while (running) {
      peakBytes = Math.max(peakBytes, await peakOf(child.pid));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const { code, stdout, stderr } = await child.output();
  running = false;
  await watching;
  await assertDocument(args, { code, stdout });
  const text = new TextDecoder().decode(stdout);
  return {
    code,
    document: text === "" ? null : JSON.parse(text),
    stderr: new TextDecoder().decode(stderr),
    questions: dns.questions.map(({ name, type }) => `${type} ${name}`).sort(),
    trapped,
    requests,
    peakBytes,
  };
}

if (import.meta.main) {
  const runs = JSON.parse(Deno.args[0] ?? "[]");
  const results: NamespaceRun[] = [];
  for (const { args, variables } of runs) results.push(await runOnce(args, variables ?? {}));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(results)));
}
