/**
 * Machines of a fleet: each has a network namespace, a host name and a home of its own, and reaches
 * the servers of the test as {@link SERVICE_HOST}. Needs root.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ROOT, run } from "../../scripts/shell.ts";
import { CA_FILE } from "./postgres_server.ts";

/** The name of the tests' servers; it is in their certificate. */
export const SERVICE_HOST = "mcp.example";

/** The executable. */
export const MCPASS = `${ROOT}dist/mcpass`;

/** The end of a program. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs on a machine. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
}

export interface Machine {
  readonly name: string;
  readonly home: string;
  /** Starts `dist/mcpass` with these variables, its home, and the tests' authority. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** Runs it to its end. */
  mcpass(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

export interface Fleet extends AsyncDisposable {
  /** Where servers have to listen to be reached by all machines. */
  readonly address: string;
  readonly machines: readonly Machine[];
}

async function must(program: string, ...words: string[]): Promise<void> {
  const done = await run(program, words);
  assert.ok(done.success, `${program} ${words.join(" ")}: ${done.stderr}`);
}

/** Two numbers that make the addresses and the names of the interfaces: no other test has them. */
function freeNetwork(): { readonly prefix: string; readonly tag: string } {
  const number = Deno.pid % 250;
  const used = new Set(Deno.networkInterfaces().map(({ address }) => address));
  for (let second = 0; second < 2; second++) {
    const prefix = `198.${18 + second}.${number}`;
    if (!used.has(`${prefix}.1`)) return { prefix, tag: `f${second}n${number}` };
  }
  throw new Error("no free network for the fleet");
}

/** A process that holds the namespaces of a machine until its standard input is closed. */
async function holdNamespaces(name: string, hosts: string) {
  const script = 'hostname "$1" && mount --bind "$0" /etc/hosts && echo ready && exec cat';
  const holder = new Deno.Command("unshare", {
    args: ["--net", "--mount", "--uts", "sh", "-c", script, hosts, name],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "ready\n");
  reader.releaseLock();
  return {
    pid: holder.pid,
    async [Symbol.asyncDispose]() {
      await holder.stdin.close();
      await holder.status;
      await holder.stdout.cancel();
    },
  };
}

function machineOf(
  name: string,
  home: string,
  holder: number,
): Machine {
  const spaces = ["net", "mnt", "uts"].map((kind) =>
    `--${kind === "mnt" ? "mount" : kind}=/proc/${holder}/ns/${kind}`
  );
  const start: Machine["start"] = (args, more = {}) => {
    const child = new Deno.Command("nsenter", {
      args: [...spaces, "--wd=/", "--", MCPASS, ...args],
      clearEnv: true,
      env: {
        ...{ PATH: Deno.env.get("PATH") ?? "", NO_COLOR: "1" },
        ...{ MCPASS_HOME: home, MCPASS_CA_FILE: CA_FILE },
        ...more,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const decoder = new TextDecoder();
    return {
      pid: child.pid,
      ended: child.output().then(({ code, stdout, stderr }) => ({
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      })),
      kill: (signal) => child.kill(signal),
    };
  };
  return { name, home, start, mcpass: (args, more) => start(args, more).ended };
}

/** A link from this namespace to the machine's, and routes in both directions. */
async function connect(link: string, address: string, own: string, holder: number): Promise<void> {
  await must(
    "ip",
    "link",
    "add",
    link,
    "type",
    "veth",
    "peer",
    "name",
    "net0",
    "netns",
    `${holder}`,
  );
  await must("ip", "link", "set", link, "up");
  await must("ip", "route", "add", `${own}/32`, "dev", link);
  const inside = [
    ...["link set lo up", "link set net0 up", `addr add ${own}/32 dev net0`],
    `route add ${address}/32 dev net0`,
  ].map((words) => `ip ${words}`).join(" && ");
  await must("nsenter", `--net=/proc/${holder}/ns/net`, "sh", "-c", inside);
}

/** Makes machines with these names. Their homes are empty; they trust the tests' authority. */
export async function startFleet(names: readonly string[]): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "mcpass-fleet-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { prefix, tag } = freeNetwork();
  const address = `${prefix}.1`;
  const hosts = `${folder}/hosts`;
  await Deno.writeTextFile(hosts, `127.0.0.1 localhost\n${address} ${SERVICE_HOST}\n`);
  const machines: Machine[] = [];
  for (const [at, name] of names.entries()) {
    const { pid } = stack.use(await holdNamespaces(name, hosts));
    const link = `${tag}m${at}`;
    await connect(link, address, `${prefix}.${10 + at}`, pid);
    // The other machines' packets for this address arrive on their own links.
    if (at === 0) await must("ip", "addr", "add", `${address}/32`, "dev", link);
    const home = `${folder}/${name}`;
    await Deno.mkdir(home, { mode: 0o700 });
    machines.push(machineOf(name, home, pid));
  }
  const running = stack.move();
  return { address, machines, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
