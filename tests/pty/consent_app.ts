/** One interactive consent on the terminal it is started in; says on stdout how it ended. */

import process from "node:process";
import { EXIT_STATUS, toFailure } from "../../src/core/failure.ts";
import { openInteractiveConsent } from "../../src/consent/interactive_consent.ts";

const consent = await openInteractiveConsent({
  serverUrl: "https://mcp.example/mcp",
  io: {
    out: () => {},
    err: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    stdinIsTerminal: Deno.stdin.isTerminal(),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    columns: () => Deno.consoleSize().columns,
    readStdin: () => Promise.resolve(""),
  },
  env: { get: (name) => Deno.env.get(name), toObject: () => Deno.env.toObject() },
  noInput: false,
  printUrl: true,
  command: { line: "mcpass" },
});
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
try {
  say(`<redirect ${consent.redirectUri}>`);
  const { via, parameters } = await consent.obtain({
    authorizationUrl: "https://as.example/authorize?state=s1",
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    judge: (pairs) =>
      pairs.some(([name, value]) => name === "state" && value === "s1") ? "accept" : "ignore",
  });
  const lengths = parameters.map(([name, value]) => `${name}:${value.length}`);
  say(`<via ${via} ${lengths.join(" ")}>`);
  consent.showOutcome("success");
  if (Deno.args.includes("--ask-after")) {
    const { text } = await import("@clack/prompts");
    say(`<answer ${String(await text({ message: "And now?", output: process.stderr }))}>`);
  }
} catch (error) {
  const failure = toFailure(error);
  say(`<failure ${failure.code}>`);
  Deno.exitCode = EXIT_STATUS[failure.kind];
}
await consent.close();
Deno.exit();
