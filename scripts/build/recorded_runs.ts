/**
 * The commands that decide what is merged and what has bytecode.
 *
 * @module
 */

import { startLabProcess } from "../lab_process.ts";
import { run } from "../shell.ts";

/** How long one command may take; each takes about a second. */
const LIMIT_MS = 60_000;

/**
 * Variables that a program may need to start, and on Windows to reach the network. Nothing else is
 * passed on: a login reads variables (`MCPASS_*`, proxies), and other calls would be other bytes.
 */
const SYSTEM = Object.fromEntries(
  Object.entries(Deno.env.toObject())
    .filter(([name]) => ["SYSTEMROOT", "LD_LIBRARY_PATH"].includes(name.toUpperCase())),
);

/**
 * Recorded commands whose files are merged among themselves only: more groups would make a login load
 * more files.
 */
export const SECONDARY: ReadonlySet<string> = new Set(["status", "tools", "explain"]);

function commandsFor(url: string): Readonly<Record<string, readonly string[]>> {
  const server = ["--url", url];
  const login = [
    ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--format", "json"],
    ...server,
  ];
  return {
    version: ["--version"],
    help: ["oauth", "login", "--help"],
    store: [...login, "--store", "file"],
    login: [...login, "--no-store"],
    token: ["oauth", "token", "--store", "file", ...server],
    verify: [...login, "--no-store", "--verify-tools"],
    status: ["oauth", "status", "--store", "file"],
    tools: ["tools", "list", "--store", "file", ...server],
    explain: ["explain", "pkce_not_advertised"],
  };
}

/** A program that records, and the variables it needs to record a command. */
export interface Recorder {
  /** The program. */
  readonly program: string;
  /** Arguments before those of the command. */
  readonly args: readonly string[];
  /** Its variables, by the name of the command. */
  readonly env: (command: string) => Readonly<Record<string, string>>;
}

/**
 * Commands whose calls are not recorded as bytecode. `verify` and `tools` load the MCP client: its
 * bytecode is 700 KB, and everything that is embedded is read into memory at each start. V8 stores in
 * bytecode what kinds of strings were compared, and in `store` they depend on random names of files.
 */
const WITHOUT_BYTECODE: readonly string[] = ["store", "tools", "verify"];

export function hasBytecode(command: string): boolean {
  return !WITHOUT_BYTECODE.includes(command);
}

/**
 * Runs every command against the lab, one after the other, with one store.
 *
 * @returns The names of the commands.
 * @throws Error when one of them fails.
 */
export async function recordCommands({ program, args, env }: Recorder): Promise<string[]> {
  await using lab = await startLabProcess();
  const home = await Deno.makeTempDir({ prefix: "mcpass-recorded-" });
  try {
    const commands = commandsFor(lab.url);
    for (const [name, words] of Object.entries(commands)) {
      const ran = await run(program, [...args, ...words], {
        clearEnv: true,
        env: { ...SYSTEM, HOME: home, MCPASS_HOME: home, ...env(name) },
        timeoutMs: LIMIT_MS,
      });
      if (ran.success) continue;
      const reason = ran.timedOut ? `no end within ${LIMIT_MS / 1000} s` : ran.stderr;
      throw new Error(`Cannot record "mcpass ${words.join(" ")}":\n${reason}`);
    }
    return Object.keys(commands);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
