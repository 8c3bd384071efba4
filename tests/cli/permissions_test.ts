import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { startLab } from "../lab/shapes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the permission set of deno.json allows: everything of a kind, or the values of a list. */
const ALLOWED: Readonly<Record<string, unknown>> = config.permissions.default;

interface Use {
  readonly permission: string;
  readonly value: string;
}

/** A command line and the exit status it ends with. */
type Row = readonly [status: number, ...args: string[]];

/** Runs commands as the executable runs, in one home, and returns what they used. */
async function uses(home: string, commands: readonly Row[]): Promise<Use[]> {
  const log = `${home}/audit.jsonl`;
  for (const [status, ...args] of commands) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-P", "--quiet", "--no-prompt", `${ROOT}main.ts`, ...args],
      cwd: ROOT,
      clearEnv: true,
      env: {
        HOME: home,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        PATH: Deno.env.get("PATH") ?? "",
        DENO_AUDIT_PERMISSIONS: log,
      },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const said = decoder.decode(stdout) + decoder.decode(stderr);
    assert.equal(code, status, `${args.join(" ")}: ${said}`);
    assert.doesNotMatch(said, /NotCapable|Requires \w+ access/);
  }
  return (await Deno.readTextFile(log)).trim().split("\n").map((line) => JSON.parse(line));
}

function outside(found: readonly Use[]): string[] {
  return found.filter(({ permission, value }) => {
    const allowed = ALLOWED[permission];
    return !(allowed === true || (Array.isArray(allowed) && allowed.includes(value)));
  }).map(({ permission, value }) => `${permission} ${value}`);
}

Deno.test("no command uses a permission outside of the set that is compiled in", async () => {
  await using lab = await startLab();
  const home = await Deno.makeTempDir({ prefix: "mcpass-audit-" });
  const url = ["--url", lab.mcpUrl];
  const headless = ["--auth-mode", "headless", "--registration", "dcr", "--store", "file"];
  try {
    const found = await uses(home, [
      [0, "--help"],
      [0, "version"],
      [0, "completion", "bash"],
      [0, "__complete", "--", "oauth", "token", "--url", ""],
      [
        0,
        ...["oauth", "login", ...url, ...headless, "--verify-tools"],
        ...["--debug-out", `${home}/debug.json`, "--credentials-out", `${home}/out.json`],
      ],
      [0, "oauth", "metadata", ...url],
      [0, "oauth", "status", "--check"],
      [0, "oauth", "token", ...url],
      [0, "oauth", "refresh", ...url],
      [0, "tools", "list", ...url],
      [0, "server", "probe", ...url],
      [0, "server", "doctor", ...url],
      // The lab issues tokens that it cannot revoke.
      [1, "oauth", "logout", ...url],
    ]);
    assert.deepEqual(outside(found), []);
    const kinds = new Set(found.map(({ permission }) => permission));
    for (const kind of ["net", "env", "read", "write", "sys"]) assert.ok(kinds.has(kind), kind);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("the set holds no foreign code and no system information but the user's number", () => {
  assert.deepEqual(Object.keys(ALLOWED).sort(), ["env", "net", "read", "run", "sys", "write"]);
  assert.deepEqual(ALLOWED.sys, ["uid"]);
  assert.deepEqual(
    outside([{ permission: "ffi", value: "x" }, { permission: "sys", value: "y" }]),
    [
      "ffi x",
      "sys y",
    ],
  );
});
