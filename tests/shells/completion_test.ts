import assert from "node:assert/strict";
import { home, SHELL_NAMES, wordsAfter } from "./tab.ts";

const CASES: readonly (readonly [what: string, line: string, words: readonly string[]])[] = [
  ["commands", "mcpass oauth stat\t", ["oauth", "status"]],
  ["flags", "mcpass oauth login --protocol\t", ["oauth", "login", "--protocol-version"]],
  [
    "the values of a flag",
    "mcpass oauth login --registration pre\t",
    ["oauth", "login", "--registration", "preregistered"],
  ],
  [
    "servers that were signed in to, past the colon",
    "mcpass oauth token --url https://on\t",
    ["oauth", "token", "--url", "https://one.example:8443/mcp"],
  ],
  [
    "servers after the equals sign",
    "mcpass oauth token --url=https://on\t",
    ["oauth", "token", "--url=https://one.example:8443/mcp"],
  ],
  [
    "a server whose URL would be a command",
    "mcpass oauth token --url https://tw\t",
    ["oauth", "token", "--url", "https://two.example/mcp?a=1&b=$(id)"],
  ],
  [
    "the accounts of the server that was typed",
    "mcpass oauth token --url https://one.example:8443/mcp --account wo\t",
    ["oauth", "token", "--url", "https://one.example:8443/mcp", "--account", "work mail"],
  ],
  [
    "the tools that a server listed",
    "mcpass tools call --url https://one.example:8443/mcp --tool-name read\t",
    ["tools", "call", "--url", "https://one.example:8443/mcp", "--tool-name", "read things; $(id)"],
  ],
  [
    "an argument of a tool, which a value follows without a space",
    "mcpass tools call https://one.example:8443/mcp write con\tx",
    ["tools", "call", "https://one.example:8443/mcp", "write", "content=x"],
  ],
  [
    "a member of the document",
    "mcpass login --field credentials.acc\t",
    ["login", "--field", "credentials.accessToken"],
  ],
  [
    "a value with a quote in it, of which the first part is typed",
    "mcpass oauth token --url https://one.example:8443/mcp --account it\\'s\\ a\t",
    ["oauth", "token", "--url", "https://one.example:8443/mcp", "--account", "it's an alias"],
  ],
  [
    "such a value in double quotes",
    'mcpass oauth token --url "https://one.example:8443/mcp" --account "it\t',
    ["oauth", "token", "--url", "https://one.example:8443/mcp", "--account", "it's an alias"],
  ],
  [
    "files",
    "mcpass version --ca-file prox\t",
    ["version", "--ca-file", "proxy secret.pem"],
  ],
  [
    "files in a folder with a space, one part after the other",
    "mcpass version --ca-file my\\ \t\t",
    ["version", "--ca-file", "my files/it's $here.pem"],
  ],
  [
    "files in quotes",
    'mcpass version --ca-file "proxy s\t',
    ["version", "--ca-file", "proxy secret.pem"],
  ],
  [
    "files after the equals sign",
    "mcpass version --ca-file=prox\t",
    ["version", "--ca-file=proxy secret.pem"],
  ],
  ["files to report on", "mcpass oauth report prox\t", ["oauth", "report", "proxy secret.pem"]],
  ["shells", "mcpass completion pow\t", ["completion", "powershell"]],
];

for (const shell of SHELL_NAMES) {
  for (const [what, line, words] of CASES) {
    Deno.test(`${shell} completes ${what}`, async () => {
      const folder = await home([
        ["https://one.example:8443/mcp", "work mail"],
        ["https://one.example:8443/mcp", "it's an alias"],
        ["https://two.example/mcp?a=1&b=$(id)", "world"],
      ]);
      try {
        assert.deepEqual(await wordsAfter(shell, folder, line), words);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
