/**
 * Bytecode for what a login calls, so that no start has to compile it.
 *
 * V8 takes bytecode from its own version only, for its own flags and for a text of the same length, and
 * compiles the text otherwise. That it is the very text is up to the build: nothing may write the
 * bundle's files after this. It can be made only by running the program.
 *
 * @module
 */

import { ignoreMissing, run } from "../shell.ts";
import { startLabProcess } from "../lab_process.ts";
import { PARTS } from "./bundle.ts";
import { packFiles } from "./pack.ts";

/** The entry of the program that writes the bytecode. */
const RECORDER = "record.js";

/** Compiles nothing in other threads, whose work would stand in the bytecode half done. */
const STEADY = "--v8-flags=--predictable";

/** How long the recorded login may take; it takes a second. */
const LIMIT_MS = 60_000;

/**
 * What a program may need of the environment to start, and on Windows to reach the network. Nothing else
 * is passed on: a login reads variables (`MCPASS_*`, proxies), and other calls would be other bytes.
 */
const SYSTEM = Object.fromEntries(
  Object.entries(Deno.env.toObject())
    .filter(([name]) => ["SYSTEMROOT", "LD_LIBRARY_PATH"].includes(name.toUpperCase())),
);

/**
 * Puts bytecode beside the files of the bundle that a login with a look at the tools loads, and names
 * these files in the bundle's entry. `compile` makes the program `recorder` of a file of the bundle.
 *
 * Throws when the login fails.
 */
export async function addCodeCache(
  bundle: string,
  recorder: string,
  compile: (file: string, flag: string) => Promise<void>,
): Promise<void> {
  const parts = `${bundle}/${PARTS}`;
  try {
    await Deno.copyFile(new URL(RECORDER, import.meta.url), `${bundle}/${RECORDER}`);
    await compile(RECORDER, STEADY);
    await record(recorder, parts);
  } finally {
    for (const file of [recorder, `${bundle}/${RECORDER}`]) {
      await Deno.remove(file).catch(ignoreMissing);
    }
  }
  const files = await Array.fromAsync(Deno.readDir(parts), ({ name }) => name);
  const caches = files.filter((name) => name.endsWith(".cache")).sort();
  const isPacked = (cache: string) => files.includes(cache.replace(/cache$/, "deflate"));
  await packFiles(parts, caches.filter(isPacked));
  const entry = `${bundle}/main.js`;
  const code = await Deno.readTextFile(entry);
  const cached = caches.map((name) => `./${name.replace(/\.cache$/, "")}`);
  await Deno.writeTextFile(entry, code.replace("@cached@", cached.join(" ")));
}

async function record(recorder: string, parts: string): Promise<void> {
  await using lab = await startLabProcess();
  const login = [
    ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--no-store"],
    ...["--format", "json", "--verify-tools", "--url", lab.url],
  ];
  for (const env of [{}, { REPEAT_CODE_CACHE: "1" }]) {
    const ran = await run(recorder, login, {
      clearEnv: true,
      env: { ...SYSTEM, CODE_CACHE: parts, ...env },
      timeoutMs: LIMIT_MS,
    });
    if (ran.success) continue;
    const reason = ran.timedOut ? `no end within ${LIMIT_MS / 1000} s` : ran.stderr;
    throw new Error(`Cannot record the bytecode of a login:\n${reason}`);
  }
}
