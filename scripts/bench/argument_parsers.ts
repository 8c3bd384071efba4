/**
 * `deno task bench:parsers`: what a command line parser from npm costs at start-up, and what it does
 * with four difficult command lines, next to the parser in `src/cli/args`. Needs the Debian package
 * "valgrind" and an npm registry.
 *
 * Each parser reads the same options: `--url <url>`, `--client-secret <secret>`, `--account <label>`
 * and a boolean `--store`. Costs are instructions above an empty script, both run by `deno run`.
 *
 * @module
 */

import { print, ROOT, run } from "../shell.ts";

const ARGS = ["oauth", "login", "--url", "https://mcp.example/mcp", "--client-secret", "s3cret"];

/** Each script prints what it understood as JSON. */
const PARSERS: Readonly<Record<string, string>> = {
  commander: `
    import { Command } from "npm:commander@14.0.2";
    const program = new Command().exitOverride();
    program.command("oauth").command("login").option("--url <url>").option("--account <label>")
      .option("--client-secret <secret>").option("--no-store")
      .action((options) => console.log(JSON.stringify(options)));
    program.parse(Deno.args, { from: "user" });`,
  cac: `
    import { cac } from "npm:cac@6.7.14";
    const cli = cac("mcpass");
    cli.command("oauth login").option("--url <url>", "").option("--account <label>", "")
      .option("--client-secret <secret>", "").option("--no-store", "")
      .action((options) => console.log(JSON.stringify(options)));
    cli.parse(["deno", "mcpass", Deno.args.slice(0, 2).join(" "), ...Deno.args.slice(2)]);`,
  citty: `
    import { defineCommand, runMain } from "npm:citty@0.1.6";
    const string = { type: "string" };
    const login = defineCommand({
      args: { url: string, account: string, "client-secret": string, store: { type: "boolean", default: true } },
      run: ({ args }) => console.log(JSON.stringify(args)),
    });
    const oauth = defineCommand({ subCommands: { login } });
    runMain(defineCommand({ subCommands: { oauth } }), { rawArgs: Deno.args });`,
  gunshi: `
    import { cli, define } from "npm:gunshi@0.26.3";
    const string = { type: "string" };
    const login = define({
      name: "login",
      args: { url: string, account: string, "client-secret": string, store: { type: "boolean", negatable: true } },
      run: ({ values }) => console.log(JSON.stringify(values)),
    });
    await cli(Deno.args.slice(1), define({ name: "oauth", run() {} }), { subCommands: { login }, renderHeader: null });`,
  stricli: `
    import { buildApplication, buildCommand, buildRouteMap, run } from "npm:@stricli/core@1.2.4";
    const parse = String;
    const optional = { kind: "parsed", parse, optional: true, brief: "" };
    const login = buildCommand({
      parameters: { flags: { url: optional, account: optional, clientSecret: optional, store: { kind: "boolean", optional: true, brief: "" } } },
      docs: { brief: "" },
      func: (flags) => console.log(JSON.stringify(flags)),
    });
    const routes = (name, target) => buildRouteMap({ routes: { [name]: target }, docs: { brief: "" } });
    const app = buildApplication(routes("oauth", routes("login", login)), { name: "mcpass", scanner: { caseStyle: "allow-kebab-for-camel" } });
    await run(app, Deno.args, { process });`,
  "src/cli/args": `
    import { parseCommand } from "${ROOT}src/cli/args/parse_command.ts";
    import { flagGroup, toggle, value } from "${ROOT}src/cli/command/flag.ts";
    const text = (value) => ({ value });
    const flags = flagGroup("", {
      url: value("<url>", "", text),
      account: value("<label>", "", text),
      clientSecret: value("<secret>", "", text, { secret: true }),
      noStore: toggle(""),
    });
    const env = { get: () => undefined, toObject: () => ({}) };
    const { options } = parseCommand({ name: "oauth login", flags }, Deno.args.slice(2), env);
    console.log(JSON.stringify(options));`,
};

const SECRET = "hunter2-hunter2";

/** Difficult command lines, and whether what was printed is what a good parser prints. */
const CASES: readonly (readonly [
  what: string,
  words: readonly string[],
  isGood: (said: string, succeeded: boolean) => boolean,
])[] = [
  ["refuses an unknown option", ["--no-such-option"], (_, succeeded) => !succeeded],
  ["reads --no-store", ["--no-store"], (said) => /"store":\s*false|"noStore":\s*true/.test(said)],
  ["reads 00123 as text", ["--account", "00123"], (said) => said.includes('"00123"')],
  ["echoes no mistyped secret", [`--client-secre=${SECRET}`], (said) => !said.includes(SECRET)],
];

async function runScript(path: string, words: readonly string[]) {
  const ended = await run(Deno.execPath(), ["run", "-A", "--quiet", path, ...ARGS, ...words]);
  return { succeeded: ended.success, said: ended.stdout + ended.stderr };
}

/** Millions of instructions of a script, of all threads. */
async function instructions(path: string): Promise<number> {
  const ended = await run("valgrind", [
    "--tool=callgrind",
    "--callgrind-out-file=/dev/null",
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    path,
    ...ARGS,
  ]);
  const [, count] = /Collected : (\d+)/.exec(ended.stderr) ?? [];
  if (count === undefined) {
    throw new Error(`valgrind reported no instruction count:\n${ended.stderr}`);
  }
  return Number(count) / 1e6;
}

const folder = await Deno.makeTempDir({ prefix: "mcpass-parsers-" });
try {
  /** One file, so that only code is compared, not the search for modules. */
  const bundled = async (name: string, script: string) => {
    const path = `${folder}/${name.replaceAll("/", "_")}`;
    await Deno.writeTextFile(`${path}.ts`, script);
    const flags = ["--quiet", "--no-config", "--platform", "deno", "--minify"];
    const made = await run(Deno.execPath(), [
      "bundle",
      ...flags,
      "--output",
      `${path}.js`,
      `${path}.ts`,
    ]);
    if (!made.success) throw new Error(`Cannot bundle "${name}":\n${made.stderr}`);
    return `${path}.js`;
  };
  const empty = await instructions(await bundled("empty", "console.log(Deno.args.length);"));
  print(`empty script: ${empty.toFixed(0)} million instructions`);
  for (const [name, script] of Object.entries(PARSERS)) {
    const path = await bundled(name, script);
    const cost = await instructions(path) - empty;
    const kilobytes = (await Deno.stat(path)).size / 1000;
    const faults: string[] = [];
    for (const [what, words, isGood] of CASES) {
      const { succeeded, said } = await runScript(path, words);
      if (!isGood(said, succeeded)) faults.push(what);
    }
    print(
      `${name.padEnd(14)} +${cost.toFixed(1).padStart(5)} million  ${kilobytes.toFixed(0)} KB  ` +
        (faults.length === 0 ? "passes every case" : `fails: ${faults.join("; ")}`),
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
