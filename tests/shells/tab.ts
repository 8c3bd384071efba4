/**
 * Pressing Tab in a real shell.
 *
 * @module
 */

import { ROOT } from "../../scripts/shell.ts";
import { openStore } from "../../src/store/file/open_store.ts";
import { storeToolNames } from "../../src/store/file/tool_names.ts";
import { onTerminal } from "../pty/consent_terminal.ts";
import { entryOf, envOf } from "../store/entries.ts";

const PROGRAM = `${ROOT}dist/mcpass`;

/** How a shell starts without a person's settings, and how it loads the script. */
const SHELLS = {
  bash: { start: "bash --norc --noprofile -i", load: 'eval "$(mcpass completion bash)"' },
  zsh: {
    start: "zsh -f -i",
    load: "bindkey -e; autoload -U compinit; compinit -D -u; source <(mcpass completion zsh)",
  },
  fish: { start: "fish --no-config -i", load: "mcpass completion fish | source" },
};

/** A shell there are tests for. */
export type Shell = keyof typeof SHELLS;

/** Their names. */
export const SHELL_NAMES = Object.keys(SHELLS) as Shell[];

/** What every server lists. */
const TOOLS = [
  { name: "read things; $(id)", title: "Read" },
  { name: "write", title: "Write", inputSchema: { properties: { path: {}, content: {} } } },
];

/** A home where these servers were signed in to, and the files beside it. */
export async function home(
  signedIn: readonly (readonly [serverUrl: string, account: string])[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-shell-" });
  const store = openStore({ mode: "file", env: envOf({ HOME: folder }) });
  for (const [serverUrl, account] of signedIn) {
    await store.write(entryOf({ serverUrl, account }));
    await storeToolNames(envOf({ HOME: folder }), serverUrl, TOOLS, (text) => text);
  }
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink(PROGRAM, `${folder}/bin/mcpass`);
  await Deno.mkdir(`${folder}/desk/my files`, { recursive: true });
  await Deno.writeTextFile(`${folder}/desk/my files/it's $here.pem`, "");
  await Deno.writeTextFile(`${folder}/desk/proxy secret.pem`, "");
  return folder;
}

/**
 * Types a line that holds Tabs at a shell's prompt, and reads the words that the shell then sees.
 */
export async function wordsAfter(shell: Shell, folder: string, line: string): Promise<string[]> {
  const { start, load } = SHELLS[shell];
  const variables = `HOME='${folder}' PATH='${folder}/bin':"$PATH" HISTFILE= PS1='> '`;
  const terminal = onTerminal(`cd '${folder}/desk'; env ${variables} ${start}`);
  await terminal.type(`${load}; printf 'lo%s\\n' aded\r`);
  let seen = (await terminal.until("loaded")).length;
  for (const part of line.split(/(?<=\t)/)) await terminal.type(part);
  // At the beginning of the line, what shows the words instead of running the command.
  await terminal.type("\x01printf '<%s>' \x05 '' e'n'd\r");
  await terminal.until("<end>", seen);
  seen = (await terminal.until("<end>", seen)).length;
  await terminal.type("exit\r");
  const shown = await terminal.end();
  const words = /<mcpass>.*?<><end>/s.exec(shown)?.[0] ?? "";
  return [...words.matchAll(/<(.*?)>/gs)].map(([, word = ""]) => word).slice(1, -2);
}
