/**
 * Reads every stored sign-in and prints what `oauth status` shows of it; the argument is the folder of
 * the store. It checks nothing: neither permissions nor members.
 *
 * @module
 */

import { printLine } from "./plain_oauth.ts";

const [home = ""] = Deno.args;
const root = `${home}/credentials`;
const entries = [];
for (const server of Deno.readDirSync(root)) {
  for (const { name } of Deno.readDirSync(`${root}/${server.name}`)) {
    if (!name.endsWith(".json")) continue;
    const { entry } = JSON.parse(Deno.readTextFileSync(`${root}/${server.name}/${name}`));
    const { serverUrl, account, issuer, tokens } = entry;
    entries.push({ serverUrl, account, issuer, expiresAt: tokens?.expiresAt ?? null });
  }
}
printLine(JSON.stringify({ entries }));
