import assert from "node:assert/strict";
import { openHome } from "../real_run.ts";

/** Commands as the runner of GitHub finds them. */
const commandsOf = (text: string): string[] =>
  text.split(/\r\n|[\n\r]/).filter((line) =>
    line.trimStart().startsWith("::") || line.includes("##[")
  );

const WORDS = "::error::commanded ##[error]commanded ::add-mask::a ".repeat(20);

/** An MCP server that writes commands wherever its text is shown. */
function startHostileServer() {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { origin, pathname } = new URL(request.url);
    if (pathname.startsWith("/.well-known/oauth-protected-resource")) {
      return Response.json({ resource: `${origin}/mcp`, authorization_servers: [origin] });
    }
    if (pathname.startsWith("/.well-known/")) {
      return Response.json({
        issuer: `${origin}/${WORDS}`,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        scopes_supported: [WORDS],
      });
    }
    const challenge = `Bearer error="invalid_token", error_description="${WORDS}"`;
    const headers = { "www-authenticate": challenge };
    return Response.json({ error: "x", error_description: WORDS }, { status: 401, headers });
  });
}

const COMMANDS = [
  ["server", "probe"],
  ["server", "doctor"],
  ["oauth", "metadata"],
  ["oauth", "conformance", "--safe", "--verbose", "--fail-on", "never"],
  ["oauth", "login", "--no-store", "--verbose", "--no-input"],
  ["tools", "list", "--verbose"],
];

Deno.test("in the log of a GitHub workflow no text of a server is a command", async () => {
  const server = startHostileServer();
  const { port } = server.addr;
  await using home = await openHome();
  let seen = 0;
  for (const args of COMMANDS) {
    for (const format of ["human", "json"]) {
      const words = [...args, "--url", `http://127.0.0.1:${port}/mcp`, "--format", format];
      if (format === "human") {
        const usual = await home.run(words);
        seen += commandsOf(usual.stdout + usual.stderr).length;
      }
      const { stdout, stderr } = await home.run(words, { env: { GITHUB_ACTIONS: "true" } });
      assert.deepEqual(commandsOf(`${stdout}\n${stderr}`), [], words.join(" "));
      if (format === "json") JSON.parse(stdout);
    }
  }
  assert.ok(seen > 0, "without the variable, commands are shown");
  await server.shutdown();
});
