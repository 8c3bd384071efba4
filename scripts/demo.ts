/**
 * `deno task demo`: starts an authorization server and an MCP server on this machine and signs in
 * to them with the real program, so that a new user sees a complete login without an account.
 *
 * Ends with the exit status of the login.
 *
 * @module
 */

import { headerOf, sequence } from "../tests/lab/journal.ts";
import type { RecordedRequest } from "../tests/lab/journal.ts";
import { startLab } from "../tests/lab/shapes.ts";

const MAIN = new URL("../main.ts", import.meta.url).href;

/** The purpose of a request: the first row that matches its line, which ends in `(token)` if it had one. */
const PURPOSES: readonly (readonly [line: RegExp, purpose: string])[] = [
  [/oauth-protected-resource/, "reads which authorization server is responsible"],
  [/oauth-authorization-server/, "reads its endpoints"],
  [/^as POST \/reg/, "registers a client"],
  [/^as GET \/auth/, "asks for consent, gets an authorization code"],
  [/^as POST \/token/, "exchanges the code for a token"],
  [/^mcp POST (?!.*\(token\))/, "has no token yet: 401, with the URL of the metadata"],
  [/tools\/list \(token\)/, "has a token: lists the tools"],
  [/tools\/call \(token\)/, "has a token: calls a tool"],
  [/\(token\)$/, "has a token: opens the MCP session"],
];

function explained(requests: readonly RecordedRequest[]): string {
  const lines = sequence(requests);
  const width = Math.max(...lines.map((line) => line.length));
  return lines.map((line, at) => {
    const request = requests[at];
    const mark = request?.server === "mcp" && headerOf(request, "authorization") ? " (token)" : "";
    const purpose = PURPOSES.find(([pattern]) => pattern.test(line + mark))?.[1] ?? "";
    return `  ${String(at + 1).padStart(2)}  ${line.padEnd(width)}  ${purpose}`;
  }).join("\n");
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** The environment without the variables that would change the login. */
function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MCPASS_")),
  );
}

/** Runs the demo; resolves to the exit status of the login. */
async function demo(): Promise<number> {
  await using lab = await startLab({
    protection: {
      requiredScopes: ["mcp:read"],
      metadata: { scopesSupported: ["mcp:read"] },
    },
  });
  const login = [
    ...["login", lab.mcpUrl, "--auth-mode", "headless"],
    ...["--verify-call-tool", "echo", "--tool-args", '{"message":"hello"}'],
  ];
  say(`Two servers are running on this machine, for this demo only:
  MCP server            ${lab.mcpUrl}
  authorization server  ${lab.issuer}
The MCP server requires a token of the authorization server. mcpass gets the URL of the MCP server
and discovers the rest:

  mcpass ${login.slice(0, -4).join(" ")} \\
    ${login.slice(-4).map((word) => word.startsWith("{") ? `'${word}'` : word).join(" ")}

With "--auth-mode headless" no browser opens: this authorization server asks for no consent.
With "--verify-call-tool" mcpass uses the new token to call the tool "echo".
`);

  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, ...login, "--format", "human"],
    clearEnv: true,
    env: { ...plainEnvironment(), MCPASS_STORE: "none" },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).output();

  say(`
The requests that the two servers received ("mcp" is the MCP server, "as" the authorization server):
${explained(lab.requests)}
`);
  say(
    code === 0
      ? `The demo is complete. To try other kinds of servers: deno task lab
To sign in to your own server, with a browser:

  npx -y deno@2.9.6 run -A main.ts login https://your-server.example/mcp`
      : `The login failed with exit status ${code}. Please report this output as an issue.`,
  );
  return code;
}

if (import.meta.main) {
  // Ctrl-C also ends the login; this process has to stop the servers.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exit(await demo());
}
