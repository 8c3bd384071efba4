/**
 * `deno task demo`: starts an authorization server and an MCP server on this machine and signs in
 * to them with the real program, so that a newcomer sees the main job work without any account.
 *
 * Ends with the exit status of the login.
 *
 * @module
 */

import { headerOf, sequence } from "../tests/lab/journal.ts";
import type { RecordedRequest } from "../tests/lab/journal.ts";
import { startLab } from "../tests/lab/shapes.ts";

const MAIN = new URL("../main.ts", import.meta.url).href;

/** What a request was for: the first row that fits its line, `(token)` at the end of it if it had one. */
const PURPOSES: readonly (readonly [line: RegExp, purpose: string])[] = [
  [/oauth-protected-resource/, "which authorization server is responsible?"],
  [/oauth-authorization-server/, "where are its endpoints?"],
  [/^as POST \/reg/, "registers itself as a client"],
  [/^as GET \/auth/, "asks for consent, gets a code"],
  [/^as POST \/token/, "exchanges the code for a token"],
  [/^mcp POST (?!.*\(token\))/, "has no token yet: refused, and told where to look"],
  [/tools\/list \(token\)/, "has a token: lists the tools"],
  [/tools\/call \(token\)/, "has a token: calls a tool"],
  [/\(token\)$/, "has a token: opens the conversation"],
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

/** The environment without what would change the login. */
function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MCPASS_")),
  );
}

/** Runs the demonstration; resolves to the exit status of the login. */
async function demo(): Promise<number> {
  await using lab = await startLab({
    protection: {
      requiredScopes: ["mcp:read"],
      metadata: { scopesSupported: ["mcp:read"] },
    },
  });
  const login = [
    ...["oauth", "login", "--url", lab.mcpUrl, "--auth-mode", "headless"],
    ...["--verify-call-tool", "echo", "--tool-args", '{"message":"hello"}'],
  ];
  say(`Two servers are running on this machine, for this demonstration only:
  an MCP server            ${lab.mcpUrl}
  an authorization server  ${lab.issuer}
The MCP server answers nobody who has no token from the authorization server.
mcpass has never heard of either. It is given the MCP server's address and nothing else:

  mcpass ${login.slice(0, 6).join(" ")} \\
    ${login.slice(6).map((word) => word.startsWith("{") ? `'${word}'` : word).join(" ")}

"headless" means that no browser opens: this authorization server asks no questions. The
--verify-call-tool at the end uses the new token at once, to call the tool "echo".
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
What the two servers saw, request by request ("mcp" is the MCP server, "as" the other one):
${explained(lab.requests)}
`);
  say(
    code === 0
      ? `That was everything: mcpass was refused, found out from the refusal where tokens come from,
registered itself as a client, got consent, exchanged the code for a token, and used the token.
Now try a server of your own; without --auth-mode headless your browser opens:

  npx -y deno@2.9.6 run -A main.ts oauth login --url https://your-server.example/mcp --verify-tools`
      : `The login failed with exit status ${code}; it should not have, here. Please report what you see above.`,
  );
  return code;
}

if (import.meta.main) {
  // A Ctrl-C reaches the login too, which ends by itself; this process stays to stop the servers
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exit(await demo());
}
