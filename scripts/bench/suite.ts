/**
 * `deno run -A scripts/bench/suite.ts [servers]`, with `dist/mcpass`: one run of a suite against audits one after the
 * other, of the same lab servers, and the largest memory of the suite.
 *
 * @module
 */

import { print, ROOT } from "../shell.ts";

const LIMITS = { ratio: 0.7, megabytes: 300 };
const COUNT = Number(Deno.args[0] ?? 50);
const LAB = `
import { startAuditLab } from ${JSON.stringify(`${ROOT}tests/lab/audit/audit_lab.ts`)};
const labs = await Promise.all(Array.from({ length: ${COUNT} }, () => startAuditLab()));
console.log(JSON.stringify(labs.map(({ mcpUrl }) => mcpUrl)));
await new Promise(() => {});
`;

async function startLabs(): Promise<{ urls: string[]; stop(): Promise<void> }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, LAB);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", `${ROOT}deno.json`, file],
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return {
    urls: JSON.parse(text),
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(file);
    },
  };
}

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

const labs = await startLabs();
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
