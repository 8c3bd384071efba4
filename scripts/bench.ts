/**
 * `deno task bench`: start-up, login and memory of `dist/mcpass` against bare programs that are
 * compiled the same way, as ratios next to their limits. It exits with 0, whatever the ratios are.
 *
 * @module
 */

import { startLabProcess } from "./lab_process.ts";
import { type Growth, growthLine, maskingGrowth } from "./bench/masking.ts";
import { compare, GNU_TIME, type Pair, peakMemory, wallTime, type Words } from "./bench/measure.ts";
import { ASKED_SERVER, storeOf } from "./bench/store.ts";
import { buildProgram } from "./build/program.ts";
import { print, ROOT, run, say } from "./shell.ts";

/** With 20 pairs, the ratio of a row differed by up to 0.1 between runs on an idle machine. */
const PAIRS = 40;
const HISTORY = `${ROOT}bench-history.local.jsonl`;

interface Row {
  readonly title: string;
  readonly subject: Words;
  readonly base: Words;
  readonly unit: "ms" | "MB";
  /** The limit, if there is one. */
  readonly limit?: number;
}

const mcpass = await built("main.ts", "dist/mcpass");
const empty: Words = [await built("scripts/bench/empty.ts", "dist/bench/empty")];
const bareLogin = await built("scripts/bench/bare_login.ts", "dist/bench/bare_login");
const bareVerified = await built(
  "scripts/bench/bare_verified_login.ts",
  "dist/bench/bare_verified_login",
);
const bareTools = await built("scripts/bench/bare_tools_list.ts", "dist/bench/bare_tools_list");
const bareStatus = await built("scripts/bench/bare_status.ts", "dist/bench/bare_status");

// Otherwise the system writes the new files during the first rows.
if (Deno.build.os !== "windows") await run("sync", []);

await using lab = await startLabProcess();
const { url } = lab;

const login: Words = [
  mcpass,
  ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr"],
  ...["--no-store", "--format", "json", "--url", url],
];
const verified: Words = [...login, "--verify-tools"];

const stores = { one: await storeOf(1), many: await storeOf(1000) };
const withStore = (home: string, ...args: string[]): Words => [
  `MCPASS_HOME=${home}`,
  "MCPASS_STORE=file",
  mcpass,
  ...args,
];
const tokenFrom = (home: string) => withStore(home, "oauth", "token", "--url", ASKED_SERVER);

const { stdout: signedIn } = await run(mcpass, login.slice(1));
const accessToken: string = JSON.parse(signedIn).credentials.accessToken;

/** Half of the ratio at commit 1d9fc06, which was 5.4 on an idle machine. */
const STATUS_LIMIT = 2.7;

const ROWS: readonly Row[] = [
  {
    title: "--version / empty",
    subject: [mcpass, "--version"],
    base: empty,
    unit: "ms",
    limit: 1.25,
  },
  {
    title: "oauth login --help / empty",
    subject: [mcpass, "oauth", "login", "--help"],
    base: empty,
    unit: "ms",
    limit: 1.5,
  },
  { title: "login / bare login", subject: login, base: [bareLogin, url], unit: "ms", limit: 1.5 },
  {
    title: "login --verify-tools / bare verified login",
    subject: verified,
    base: [bareVerified, url],
    unit: "ms",
    limit: 1.5,
  },
  {
    title: "oauth token / empty",
    subject: tokenFrom(stores.one),
    base: empty,
    unit: "ms",
    limit: 1.5,
  },
  {
    title: "explain / empty",
    subject: [mcpass, "explain", "pkce_not_advertised"],
    base: empty,
    unit: "ms",
    limit: 1.6,
  },
  {
    title: "tools list / bare tools list",
    subject: [mcpass, "tools", "list", "--url", url, "--access-token", accessToken],
    base: [bareTools, url, accessToken],
    unit: "ms",
    limit: 1.1,
  },
  {
    title: "oauth status, 1,000 sign-ins / bare status",
    subject: withStore(stores.many, "oauth", "status", "--format", "json"),
    base: [bareStatus, stores.many],
    unit: "ms",
    limit: STATUS_LIMIT,
  },
  {
    title: "oauth token, 1,000 sign-ins / one",
    subject: tokenFrom(stores.many),
    base: tokenFrom(stores.one),
    unit: "ms",
    limit: 1.2,
  },
  { title: "login / empty", subject: login, base: empty, unit: "MB", limit: 1.5 },
  { title: "login / bare login", subject: login, base: [bareLogin, url], unit: "MB" },
  {
    title: "login --verify-tools / bare verified login",
    subject: verified,
    base: [bareVerified, url],
    unit: "MB",
    limit: 1.75,
  },
];

/** The size of the executable, as a multiple of an empty one's. */
const SIZE_LIMIT = 1.09;

const results: (Pair & { title: string; unit: string })[] = [];
try {
  const canWeigh = await Deno.stat(GNU_TIME).then(() => true, () => false);
  for (const row of ROWS) {
    if (row.unit === "MB" && !canWeigh) {
      print(`${row.title}: memory not measured, install the Debian package "time"`);
      continue;
    }
    const measure = row.unit === "ms" ? wallTime : peakMemory;
    const pair = await compare(row.subject, row.base, PAIRS, measure);
    results.push({ title: row.title, unit: row.unit, ...pair });
    print(describe(row, pair));
  }
  const [subject, base] = [await megabytes(mcpass), await megabytes(empty[0])];
  const size = { title: "executable / empty", unit: "MB", limit: SIZE_LIMIT } as const;
  const pair = { subject, base, ratio: subject / base };
  results.push({ ...size, ...pair });
  print(describe(size, pair));
} finally {
  for (const home of Object.values(stores)) await Deno.remove(home, { recursive: true });
}
const masking: Growth[] = [];
for (const growth of maskingGrowth()) {
  masking.push(growth);
  print(growthLine(growth));
}
await remember();

function describe(row: Pick<Row, "title" | "unit" | "limit">, pair: Pair): string {
  const limit = row.limit === undefined
    ? "no limit set"
    : `limit ${row.limit}: ${pair.ratio <= row.limit ? "met" : "EXCEEDED"}`;
  const values = `${pair.subject.toFixed(1)} / ${pair.base.toFixed(1)} ${row.unit}`;
  return `${row.title.padEnd(44)} ${values.padStart(18)}  ratio ${pair.ratio.toFixed(2)}  ${limit}`;
}

async function megabytes(path: string): Promise<number> {
  return (await Deno.stat(path)).size / 1e6;
}

async function built(entry: string, output: string): Promise<string> {
  say(`Building ${output}`);
  await buildProgram({
    entry: `${ROOT}${entry}`,
    output: `${ROOT}${output}`,
    name: output.replace(/.*\//, ""),
  });
  // How a file got into the page cache decides up to 2 ms of a start: each program is copied once.
  const copy = `${ROOT}dist/bench/copies/${output.replace(/.*\//, "")}`;
  await Deno.mkdir(`${ROOT}dist/bench/copies`, { recursive: true });
  await Deno.remove(copy).catch(() => {});
  await Deno.copyFile(`${ROOT}${output}`, copy);
  return copy;
}

/** Appends the results to a local file, so that a change can be compared with an earlier state. */
async function remember(): Promise<void> {
  const commit = await run("git", ["describe", "--always", "--dirty"]);
  const line = { at: new Date().toISOString(), commit: commit.stdout.trim(), results, masking };
  await Deno.writeTextFile(HISTORY, `${JSON.stringify(line)}\n`, { append: true });
}
