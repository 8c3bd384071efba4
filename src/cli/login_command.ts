/**
 * `mcpass oauth login`.
 *
 * @module
 */

import type { Failure } from "../core/failure.ts";
import type { Command, Given } from "./command.ts";
import { commandLine } from "./command_line.ts";
import { fillGaps } from "./login_gaps.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import type { AskPassphrase } from "./login_keys.ts";
import { unstartedLogin } from "./login_document.ts";
import { settleOptions } from "./login_rules.ts";
import { planLogin } from "./plan_login.ts";
import { runLogin } from "./run_login.ts";
import type { World } from "./world.ts";

/** Options that say how the person is served now, and do not belong into a line to run again. */
const NOT_REPEATED = ["quiet", "verbose", "noInput", "noColor", "format"];

/** Asks what is missing, where somebody can be asked. */
async function complete(
  given: Given<typeof LOGIN_FLAGS>,
  world: World,
): Promise<Given<typeof LOGIN_FLAGS>> {
  const { io } = world;
  if (given.options.noInput || !io.stdinIsTerminal || !io.stderrIsTerminal) {
    return await fillGaps(given, undefined);
  }
  let asked = false;
  const filled = await fillGaps(given, async (question) => {
    asked = true;
    return await (await world.prompter()).ask(question);
  });
  if (asked && !given.options.quiet) {
    const line = commandLine(LOGIN_COMMAND.name, LOGIN_FLAGS, filled.texts, {
      without: NOT_REPEATED,
    });
    io.err(`The same without questions:\n  ${line}\n\n`);
  }
  return filled;
}

/** Asks for the passphrase of an encrypted key, where somebody can be asked. */
export function passphraseFrom(
  { noInput }: Pick<LoginOptions, "noInput">,
  world: World,
): AskPassphrase {
  const { io } = world;
  const nobody = noInput || !io.stdinIsTerminal || !io.stderrIsTerminal;
  const question = {
    message: "Passphrase of the private key",
    secret: true,
    check: (answer: string) => answer === "" ? "the passphrase is empty" : undefined,
  };
  return async () => nobody ? undefined : await (await world.prompter()).ask(question);
}

/** Signs in to an MCP server. */
export const LOGIN_COMMAND: Command<typeof LOGIN_FLAGS> = {
  name: "oauth login",
  summary: "Sign in to an MCP server: discover, register, authorize, exchange, verify",
  examples: [
    ["sign in with a browser", "mcpass oauth login --url https://server.example/mcp"],
    [
      "pin the revision and the registration",
      "mcpass oauth login --url https://server.example/mcp \\\n" +
      "  --protocol-version 2025-11-25 --registration dcr",
    ],
    [
      "for a machine: no browser, the secret from the environment",
      'MCPASS_CLIENT_SECRET="$SECRET" mcpass oauth login \\\n' +
      "  --url https://server.example/mcp --registration preregistered \\\n" +
      '  --auth-mode client_credentials --client-id "$CLIENT_ID"',
    ],
    [
      "check the server, and keep an account of every request",
      "mcpass oauth login --url https://server.example/mcp --verify-tools \\\n" +
      "  --debug-out oauth-debug.json",
    ],
    [
      "the token for a script",
      "TOKEN=$(mcpass oauth login --url https://server.example/mcp \\\n" +
      "  --format json | jq -r .credentials.accessToken)",
    ],
  ],
  flags: LOGIN_FLAGS,
  notes: [
    "Each flag with a value can be set as MCPASS_<FLAG>, such as MCPASS_CLIENT_SECRET; not " +
    "the relaxations. A flag wins over a variable.",
    "What is missing is asked for on a terminal. Exit status: 0 done, 1 failed (also a " +
    "verification), 2 usage, 4 a person has to sign in, 130 cancelled.",
  ],
  async run(given, { world, format }) {
    const settled = settleOptions(given);
    const filled = await complete(settled, world);
    const planned = await planLogin(filled, world.io, passphraseFrom(filled.options, world));
    const { io } = world;
    if (!filled.options.quiet) {
      for (const warning of planned.warnings) io.err(`warning: ${warning}\n`);
    }
    return await runLogin({
      options: filled.options,
      sources: filled.sources,
      planned,
      world,
      format,
      commandLine: (changes) =>
        commandLine(LOGIN_COMMAND.name, LOGIN_FLAGS, filled.texts, {
          ...changes,
          without: [...NOT_REPEATED, ...changes?.without ?? []],
        }),
    });
  },
  failed: (failure: Failure, given) =>
    unstartedLogin(failure, {
      ...given?.options.url === undefined ? {} : { serverUrl: given.options.url },
      ...given?.options.protocolVersion === undefined
        ? {}
        : { protocolVersion: given.options.protocolVersion },
      ...given?.options.authMode === undefined ? {} : { authMode: given.options.authMode },
    }),
};
