import assert from "node:assert/strict";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { openHome } from "../real_run.ts";

/** A free port that nobody listens at any more. */
function closedPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** The words of a whole command line, where it is more than `--url`. */
const WORDS: Readonly<Record<string, (url: string) => readonly string[]>> = {
  login: (url) => ["--url", url, "--auth-mode", "headless"],
  "oauth login": (url) => ["--url", url, "--auth-mode", "headless"],
  "tools list": (url) => ["--url", url, "--access-token", "a-token-0123456789"],
  "tools call": (url) => ["--url", url, "--access-token", "a-token-0123456789", "--tool-name", "a"],
  "oauth proxy": () => ["--url", "https://nowhere.invalid/"],
  "oauth debug-proxy": () => ["--url", "https://nowhere.invalid/"],
  "oauth client": (url) => ["show", "--url", url],
  "oauth client-metadata generate": () => ["--client-metadata-url", "https://app.example/c.json"],
  "oauth client-metadata check": (url) => [url],
  "oauth client-metadata serve": () => ["no-such-file.json"],
  "oauth report": () => ["no-such-file.json"],
  credential: (url) => ["headers", "--url", url],
  "oauth wait": (url) => ["--url", url, "--timeout", "1"],
  explain: () => ["no_such_code"],
  version: () => [],
};

const SITUATIONS = [
  ["an unknown option", ["--no-such-option"], undefined],
  ["a server that is not there", [], undefined],
  ["Ctrl-C before anything came", [], AbortSignal.abort()],
] as const;

for (const { name, load } of COMMANDS) {
  for (const [what, more, signal] of SITUATIONS) {
    Deno.test(`mcpass ${name} with ${what}: one JSON document, or nothing where its output is a value`, async () => {
      await using home = await openHome();
      const { flags } = await load();
      const whole = "format" in flags;
      const url = `http://127.0.0.1:${closedPort()}/mcp`;
      const words = (WORDS[name] ?? ((url: string) => ["--url", url]))(url);
      const format = whole ? ["--format", "json"] : [];
      const args = [...name.split(" "), ...words, ...more, ...format];
      const ran = await home.run(args, signal === undefined ? {} : { signal });
      if (ran.status !== 0) assert.notEqual(ran.stderr, "");
      if (!whole) return assert.equal(ran.stdout, "");
      const document = JSON.parse(ran.stdout);
      if (more.length === 0) return assert.equal(typeof document, "object");
      assert.deepEqual([ran.status, document.error.code], [2, "unknown_option"]);
    });
  }
}
