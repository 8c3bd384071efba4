import assert from "node:assert/strict";
import { openStore } from "../../src/store/file/open_store.ts";
import { storeToolNames } from "../../src/store/file/tool_names.ts";
import { left, PROGRAM } from "../anywhere/program.ts";
import { entryOf, envOf } from "../store/entries.ts";

/** What Tab offers at the end of a line, one a line. */
function script(line: string): string {
  const quoted = `'${line.replaceAll("'", "''")}'`;
  return [
    "$ErrorActionPreference = 'Stop'",
    "mcpass completion powershell | Out-String | Invoke-Expression",
    `$line = ${quoted}`,
    "[System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)" +
    ".CompletionMatches | ForEach-Object { $_.CompletionText }",
  ].join("\n");
}

const CASES: readonly (readonly [what: string, line: string, offered: readonly string[]])[] = [
  ["commands", "mcpass oauth stat", ["status"]],
  ["flags", "mcpass oauth login --protocol", ["--protocol-version"]],
  ["values", "mcpass oauth login --registration pre", ["preregistered"]],
  ["servers", "mcpass oauth token --url https://on", ["https://one.example:8443/mcp"]],
  [
    "accounts, quoted where they have to be",
    "mcpass oauth token --url https://one.example:8443/mcp --account wo",
    ["'work mail'"],
  ],
  [
    "names of tools, whose typographic quotes end no text",
    "mcpass tools call --url https://one.example:8443/mcp --tool-name x",
    ["'x\u2019\u2019; calc; \u2018\u2018'"],
  ],
  ["shells", "mcpass completion pow", ["powershell"]],
  ["a word that is not begun", "mcpass completion ", ["bash", "zsh", "fish", "powershell"]],
];

for (const [what, line, offered] of CASES) {
  Deno.test(`PowerShell completes ${what}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "mcpass-powershell-" });
    try {
      const store = openStore({ mode: "file", env: envOf({ MCPASS_HOME: folder }) });
      await store.write(
        entryOf({ serverUrl: "https://one.example:8443/mcp", account: "work mail" }),
      );
      await storeToolNames(
        envOf({ MCPASS_HOME: folder }),
        "https://one.example:8443/mcp",
        [{ name: "x\u2019; calc; \u2018" }],
        (text) => text,
      );
      const separator = Deno.build.os === "windows" ? ";" : ":";
      const bin = PROGRAM.replace(/[\\/][^\\/]*$/, "");
      const ended = await left(
        "pwsh",
        ["-NoProfile", "-NonInteractive", "-Command", script(line)],
        {
          MCPASS_HOME: folder,
          PATH: `${bin}${separator}${Deno.env.get("PATH") ?? ""}`,
        },
      );
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(ended.stdout.trim().split(/\r?\n/), offered);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
