/**
 * `deno run -A scripts/bench/suite.ts [servers]`, with `dist/mcpass`: one run of a suite against audits one after the
 * other, of the same lab servers, and the largest memory of the suite.
 *
 * @module
 */

import { print, ROOT } from "../shell.ts";
import { startLabs } from "./audit_labs.ts";

const LIMITS = { ratio: 0.7, megabytes: 300 };
const COUNT = Number(Deno.args[0] ?? 50);

/** Largest resident memory of a process so far, in MiB. */
async function peakOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Runs mcpass: milliseconds and largest memory. */
async function run(args: readonly string[]): Promise<{ ms: number; megabytes: number }> {
  const started = performance.now();
  const home = await Deno.makeTempDir();
  const child = new Deno.Command(`${ROOT}dist/mcpass`, {
    args: [...args],
    env: { MCPASS_HOME: home, MCPASS_STORE: "file" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  let megabytes = 0;
  const timer = setInterval(async () => {
    megabytes = Math.max(megabytes, await peakOf(child.pid));
  }, 50);
  await child.status;
  clearInterval(timer);
  await Deno.remove(home, { recursive: true });
  return { ms: performance.now() - started, megabytes };
}

const labs = await startLabs(COUNT);
const config = await Deno.makeTempFile({ suffix: ".json" });
const servers = labs.urls.map((url, at) => ({ id: `server-${at}`, url }));
await Deno.writeTextFile(config, JSON.stringify({ version: 1, servers }));
const suite = await run(["oauth", "conformance-suite", "--config", config, "--format", "json"]);
let oneByOne = 0;
for (const url of labs.urls) {
  oneByOne += (await run(["oauth", "conformance", "--url", url, "--format", "json"])).ms;
}
await labs.stop();
await Deno.remove(config);
const ratio = suite.ms / oneByOne;
print(
  `${COUNT} servers: suite ${suite.ms.toFixed(0)} ms, one after the other ` +
    `${oneByOne.toFixed(0)} ms`,
);
print(`ratio ${ratio.toFixed(2)} (limit ${LIMITS.ratio})`);
print(`memory ${suite.megabytes.toFixed(0)} MB (limit ${LIMITS.megabytes})`);
