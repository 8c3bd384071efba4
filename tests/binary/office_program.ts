/**
 * A desk in an office, in network namespaces: this program and its servers are outside; the executable
 * runs at the desk, behind a gateway at {@link GATEWAY}. Does one login there and prints what came of it
 * as JSON.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";
import { startDnsServer } from "../lab/dns_server.ts";
import { startLab } from "../lab/shapes.ts";
import { startSquid } from "./squid.ts";

/** Addresses of the server; everybody takes them for public ones. */
export const PUBLIC = { 4: "93.184.216.34", 6: "2606:2800:220:1::1" } as const;

/** Public addresses where nothing answers, not even with a refusal. */
export const DEAD = { 4: "198.51.9.9", 6: "2606:2800:220:1::dead" } as const;

/** The office's side of the way out; port 3128 is the proxy's, 53 the name server's. */
export const GATEWAY = { 4: "10.20.30.1", 6: "fd20:30::1" } as const;
const DESK = { 4: "10.20.30.2", 6: "fd20:30::2" } as const;

/** One login in the office. */
export interface OfficeRun {
  /** The version of IP that the server has. */
  readonly ip: 4 | 6;
  /** The proxy, if there is one. */
  readonly proxy?: {
    /** What it asks for. */
    readonly login?: { readonly user: string; readonly password: string };
  };
  /** Whether the desk reaches what is outside other than through the proxy. */
  readonly routed: boolean;
  /** Addresses that the desk's name server gives for the server's name. */
  readonly names: readonly string[];
  /** Variables of the executable; `PROXY` in a value is the proxy's `host:port`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments; `PROXY` and `CA` stand for the proxy and for its authority's file. */
  readonly args?: readonly string[];
}

/** What came of it. */
export interface OfficeResult {
  /** Exit status. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** The log of the proxy. */
  readonly proxied: readonly string[];
  /** Questions that the desk's name server got. */
  readonly questions: readonly string[];
  /** Requests that the servers got. */
  readonly received: number;
}

const [order = "{}", fixtures = "", program = ""] = Deno.args;

async function ip(...words: string[]): Promise<void> {
  const done = await run("ip", words);
  assert.ok(done.success, `ip ${words.join(" ")}: ${done.stderr}`);
}

/** The desk: a process that holds its namespaces, with a name server of its own. */
async function openDesk(routed: boolean): Promise<{ readonly pid: number } & AsyncDisposable> {
  const resolvConf = await Deno.makeTempFile();
  await Deno.writeTextFile(resolvConf, `nameserver ${GATEWAY[4]}\noptions attempts:1\n`);
  const script = 'mount --bind "$0" /etc/resolv.conf && echo ready && exec cat';
  const holder = new Deno.Command("unshare", {
    args: ["--net", "--mount", "sh", "-c", script, resolvConf],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "ready\n");
  reader.releaseLock();
  const pid = holder.pid;
  const inside = (...words: string[]) =>
    run("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", ...words]);
  await ip("link", "add", "office", "type", "veth", "peer", "name", "desk", "netns", String(pid));
  await ip("link", "set", "office", "up");
  for (const version of [4, 6] as const) {
    const size = version === 4 ? "24" : "64";
    const now = version === 4 ? [] : ["nodad"];
    await ip("addr", "add", `${GATEWAY[version]}/${size}`, "dev", "office", ...now);
    await inside("addr", "add", `${DESK[version]}/${size}`, "dev", "desk", ...now);
  }
  await inside("link", "set", "lo", "up");
  await inside("link", "set", "desk", "up");
  if (routed) {
    await inside("route", "add", "default", "via", GATEWAY[4]);
    await inside("-6", "route", "add", "default", "via", GATEWAY[6]);
  }
  return {
    pid,
    async [Symbol.asyncDispose]() {
      await holder.stdin.close();
      await holder.status;
      await holder.stdout.cancel();
      await Deno.remove(resolvConf);
    },
  };
}

async function logIn(setup: OfficeRun): Promise<OfficeResult> {
  await ip("link", "set", "lo", "up");
  await ip("addr", "add", `${PUBLIC[4]}/32`, "dev", "lo");
  await ip("addr", "add", `${PUBLIC[6]}/128`, "dev", "lo", "nodad");
  await using desk = await openDesk(setup.routed);
  await using dns = await startDnsServer(
    ({ name, type }) =>
      name !== "mcp.example"
        ? []
        : setup.names.filter((address) => address.includes(":") === (type === "AAAA")),
    53,
    GATEWAY[4],
  );
  await using lab = await startLab({
    host: "mcp.example",
    address: PUBLIC[setup.ip],
    tls: {
      cert: await Deno.readTextFile(`${fixtures}/server.crt`),
      key: await Deno.readTextFile(`${fixtures}/server.key`),
    },
  });
  await using squid = setup.proxy === undefined ? undefined : await startSquid({
    ...setup.proxy,
    address: GATEWAY[4],
    upstreamCa: `${fixtures}/ca.crt`,
    hosts: `${PUBLIC[setup.ip]} mcp.example\n`,
  });
  const filled = (text: string) =>
    text.replaceAll("PROXY", squid?.address ?? "").replaceAll("OFFICE_CA", squid?.caFile ?? "")
      .replaceAll("SERVER_CA", `${fixtures}/ca.crt`);
  const ended = await run("nsenter", [
    ...[`--net=/proc/${desk.pid}/ns/net`, `--mount=/proc/${desk.pid}/ns/mnt`, program],
    ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--no-store"],
    ...["--verify-tools", "--format", "json", "--url", lab.mcpUrl],
    ...(setup.args ?? []).map(filled),
  ], {
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      ...Object.fromEntries(
        Object.entries(setup.env ?? {}).map(([name, value]) => [name, filled(value)]),
      ),
    },
  });
  return {
    code: ended.code,
    stdout: ended.stdout,
    stderr: ended.stderr,
    proxied: await squid?.requests() ?? [],
    questions: dns.questions.map(({ name, type }) => `${type} ${name}`),
    received: lab.requests.length,
  };
}

if (import.meta.main) {
  const result = await logIn(JSON.parse(order));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(result)));
}
