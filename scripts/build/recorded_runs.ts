/** The commands that decide what is merged and what has bytecode. @module */

import { startLabProcess } from "../lab_process.ts";
import { runOrThrow } from "../shell.ts";

/** Recorded commands that decide what is merged; each file costs them time. */
export const STARTS: ReadonlySet<string> = new Set(["version", "help", "login", "token"]);

/** Commands whose large files are compressed: they load the MCP client. */
export const PACKED: ReadonlySet<string> = new Set(["store", "tools", "verify"]);

/** Commands that leave no bytecode, for reasons that are in `docs/build.md`. */
export const WITHOUT_BYTECODE: ReadonlySet<string> = new Set([...PACKED, "explain"]);

function commandsFor(url: string): Readonly<Record<string, string>> {
  const login = `oauth login --url ${url} --auth-mode headless --registration dcr --format json`;
  return {
    version: "--version",
    help: "oauth login --help",
    store: `${login} --store file`,
    login: `${login} --no-store`,
    token: `oauth token --url ${url} --store file`,
    verify: `${login} --no-store --verify-tools`,
    status: "oauth status --store file",
    tools: `tools list --url ${url} --store file`,
    explain: "explain pkce_not_advertised",
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
    for (const [name, line] of Object.entries(commands)) {
      const args = [...words, ...line.split(" ")];
      await runOrThrow(`Cannot record "mcpass ${line}"`, program, args, {
        clearEnv: true,
        env: { HOME: home, MCPASS_HOME: home, ...envOf(name) },
        timeoutMs: 60_000,
      });
    }
    return Object.keys(commands);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
