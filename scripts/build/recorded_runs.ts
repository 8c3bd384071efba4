/** The commands that decide what is merged and what has bytecode. @module */

import { startLabProcess } from "../lab_process.ts";
import { run } from "../shell.ts";

/** What a program may need to start; other variables (`MCPASS_*`, proxies) would change what it calls. */
const SYSTEM = Object.fromEntries(
  Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(SystemRoot|LD_LIBRARY_PATH)$/i.test(name)
  ),
);

/** Recorded commands that share files with a login: what is shared becomes one merged file. */
export const STARTS: ReadonlySet<string> = new Set(["version", "help", "token"]);

/** Recorded commands that do not decide how the files of the others are merged. */
export const LATER: ReadonlySet<string> = new Set(["status", "tools", "explain"]);

/**
 * Commands that leave no bytecode. `verify` and `tools` load the MCP client: its bytecode is 700 KB, and
 * everything that is embedded is read at each start. V8 stores in bytecode what kinds of strings were
 * compared, and in `store` they depend on random names of files.
 */
export const WITHOUT_BYTECODE: ReadonlySet<string> = new Set(["store", "tools", "verify"]);

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

/**
 * Runs `words` with every command against the lab, one after the other, with one store.
 *
 * @param envOf The variables that the program needs to record a command.
 * @returns The names of the commands.
 * @throws Error when one of them fails.
 */
export async function recordCommands(
  [program = "", ...words]: readonly string[],
  envOf: (command: string) => Readonly<Record<string, string>>,
): Promise<string[]> {
  await using lab = await startLabProcess();
  const home = await Deno.makeTempDir({ prefix: "mcpass-recorded-" });
  try {
    const commands = commandsFor(lab.url);
    for (const [name, args] of Object.entries(commands)) {
      const ran = await run(program, [...words, ...args], {
        clearEnv: true,
        env: { ...SYSTEM, HOME: home, MCPASS_HOME: home, ...envOf(name) },
        timeoutMs: 60_000,
      });
      if (ran.success) continue;
      const reason = ran.timedOut ? "no end within a minute" : ran.stderr;
      throw new Error(`Cannot record "mcpass ${args.join(" ")}":\n${reason}`);
    }
    return Object.keys(commands);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
