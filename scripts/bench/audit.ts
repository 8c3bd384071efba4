/**
 * `deno run -A scripts/bench/audit.ts`, with `dist/mcpass` and `/usr/bin/time`: processor time, memory
 * and requests of an audit of a lab that consents automatically, and of one without side effects.
 *
 * @module
 */

import { print, ROOT } from "../shell.ts";
import { startLabs } from "./audit_labs.ts";

const MAX_SECONDS = 3;

async function measure(name: string, args: readonly string[]): Promise<number> {
  const home = await Deno.makeTempDir();
  const { stdout, stderr } = await new Deno.Command("/usr/bin/time", {
    args: ["-q", "-f", "%U %S %M", `${ROOT}dist/mcpass`, "oauth", "conformance", ...args],
    env: { MCPASS_HOME: home, MCPASS_STORE: "file" },
  }).output();
  await Deno.remove(home, { recursive: true });
  const [user = 0, system = 0, kilobytes = 0] = (new TextDecoder().decode(stderr)
    .trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  const { requests, checks } = JSON.parse(new TextDecoder().decode(stdout));
  const seconds = user + system;
  print(
    `${name}: ${seconds.toFixed(2)} s CPU, ${(kilobytes / 1024).toFixed(0)} MB, ` +
      `${requests} requests, ${checks.length} checks`,
  );
  return seconds;
}

const labs = await startLabs(1);
const [url = ""] = labs.urls;
const usual = ["--url", url, "--format", "json"];
const seconds = await measure("complete", usual);
await measure("--safe", [...usual, "--safe"]);
await labs.stop();
print(`limit: ${MAX_SECONDS} s CPU`);
if (seconds > MAX_SECONDS) Deno.exitCode = 1;
