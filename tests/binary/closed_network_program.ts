/**
 * What runs inside namespaces of its own: an MCP server, its authorization server at another host, a
 * name server, traps at the addresses where nothing may arrive, and the executable. Prints what came
 * of it as JSON.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { readHead, serveRaw, write } from "../http/support.ts";
import { startDnsServer } from "../lab/dns_server.ts";
import type { LabHost } from "../lab/scripted_server.ts";
import { startLab } from "../lab/shapes.ts";

/** Addresses inside the namespace; the first two are taken for public ones. */
export const ADDRESSES = {
  mcp: "93.184.216.34",
  as: "93.184.216.35",
  inside: "10.66.0.1",
  alsoInside: "10.66.0.2",
} as const;

/** The answers of the name server for one name; the last one is repeated. */
export type Answers = readonly (string | "SERVFAIL" | "none")[];

/** One program that is run. */
export interface Step {
  /** Its arguments; `MCP_URL` and `ISSUER` stand for those of the lab. */
  readonly args: readonly string[];
  /** The name server's answers from here on, by name. */
  readonly dns?: Readonly<Record<string, Answers>>;
}

/** What is set up, and what is run. */
export interface Scene {
  /** Lines of /etc/hosts. */
  readonly hosts?: readonly string[];
  /** The MCP server. */
  readonly mcp: { readonly host: LabHost; readonly address: string };
  /** The authorization server. */
  readonly as: { readonly host: LabHost; readonly address: string };
  /** Addresses where every connection is counted. */
  readonly traps: readonly string[];
  /** Variables of the programs; `PROXY` in a value is a proxy that knows both servers' names. */
  readonly env?: Readonly<Record<string, string>>;
  /** Plain http, for loopback. */
  readonly plain?: boolean;
  /** The programs, one after the other, with one store. */
  readonly steps: readonly Step[];
}

/** What one program left behind. */
export interface StepResult {
  /** Exit status. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** Connections that the traps got. */
  readonly trapped: number;
  /** Requests that the servers got, as `as POST /token`. */
  readonly received: readonly string[];
  /** What the proxy was asked for, as `CONNECT as.example:443`. */
  readonly proxied: readonly string[];
  /** Questions that the name server got. */
  readonly questions: readonly string[];
}

const [order = "", program = ""] = Deno.args;

/** A certificate for every name of the lab, and its authority. */
export async function makeCertificate(
  folder: string,
): Promise<{ readonly cert: string; readonly key: string }> {
  const openssl = async (...words: string[]) => {
    const done = await run("openssl", words, { cwd: folder });
    assert.ok(done.success, `openssl ${words.join(" ")}: ${done.stderr}`);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    ...["req", "-x509", ...key, "-days", "30", "-keyout", "ca.key", "-out", "ca.crt"],
    ...["-subj", "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  await openssl(
    ...["req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=test server"],
  );
  const names = ["mcp.example", "as.example"].map((name) => `DNS:${name}`).join(",");
  await Deno.writeTextFile(`${folder}/names`, `subjectAltName = ${names}\n`);
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "30"],
    ...["-extfile", "names", "-out", "server.crt"],
  );
  return {
    cert: await Deno.readTextFile(`${folder}/server.crt`),
    key: await Deno.readTextFile(`${folder}/server.key`),
  };
}

/** A proxy that finds the servers where they are, and connects to nothing else. */
function startProxy({ mcp, as }: Scene) {
  const proxied: string[] = [];
  const server = serveRaw(async (conn) => {
    const [line = ""] = (await readHead(conn)).split(" HTTP/1.1\r\n");
    proxied.push(line);
    const [host = "", port = ""] = line.replace("CONNECT ", "").split(":");
    const { address } = [mcp, as].find((it) => it.host === host) ?? {};
    if (address === undefined) return await write(conn, "HTTP/1.1 403 Forbidden\r\n\r\n");
    const target = await Deno.connect({ hostname: address, port: Number(port) });
    await write(conn, "HTTP/1.1 200 Connection established\r\n\r\n");
    const there = conn.readable.pipeTo(target.writable);
    await Promise.allSettled([there, target.readable.pipeTo(conn.writable)]);
  });
  return Object.assign(server, { proxied });
}

async function play(scene: Scene, folder: string): Promise<StepResult[]> {
  const tls = await makeCertificate(folder);
  let dnsNow: Step["dns"] = {};
  let askedBefore = new Map<string, number>();
  const answerOf = (name: string, nth: number) => {
    const answers = dnsNow?.[name] ?? [];
    return answers[Math.min(nth, answers.length - 1)] ?? "none";
  };
  await using dns = await startDnsServer(({ name, type }) => {
    const nth = askedBefore.get(name + type) ?? 0;
    askedBefore.set(name + type, nth + 1);
    const answer = answerOf(name, nth);
    if (answer === "SERVFAIL") return "SERVFAIL";
    return answer === "none" || answer.includes(":") !== (type === "AAAA") ? [] : [answer];
  }, 53);
  await using lab = await startLab({
    ...(scene.plain ? {} : { tls }),
    as: scene.as,
    mcp: scene.mcp,
  });
  let trapped = 0;
  const ports = [lab.issuer, lab.mcpUrl].map((url) => Number(new URL(url).port));
  await using traps = new AsyncDisposableStack();
  for (const hostname of scene.traps) {
    for (const port of ports) {
      traps.use(serveRaw(() => {
        trapped += 1;
        return Promise.resolve();
      }, Deno.listen({ hostname, port })));
    }
  }
  await using proxy = startProxy(scene);
  const env = Object.entries(scene.env ?? {})
    .map(([name, value]) => [name, value.replace("PROXY", proxy.origin)] as const);
  const results: StepResult[] = [];
  for (const { args, dns: answers } of scene.steps) {
    dnsNow = answers ?? dnsNow;
    askedBefore = new Map();
    proxy.proxied.length = 0;
    const before = { requests: lab.requests.length, questions: dns.questions.length, trapped };
    const filled = args.map((it) =>
      it.replaceAll("MCP_URL", lab.mcpUrl).replaceAll("ISSUER", lab.issuer)
    );
    const ended = await run(program, [...filled, "--ca-file", `${folder}/ca.crt`], {
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: folder,
        MCPASS_STORE: "file",
        ...Object.fromEntries(env),
      },
    });
    results.push({
      code: ended.code,
      stdout: ended.stdout,
      stderr: ended.stderr,
      trapped: trapped - before.trapped,
      received: lab.requests.slice(before.requests).map((it) =>
        `${it.server} ${it.method} ${it.path}`
      ),
      proxied: [...proxy.proxied],
      questions: dns.questions.slice(before.questions).map(({ name, type }) => `${type} ${name}`),
    });
  }
  return results;
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  try {
    const results = await play(JSON.parse(order), folder);
    await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(results)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
