/**
 * Runs command lines of the README in a network namespace, where the servers that they name are the
 * lab's at a public address. Prints what became of each as JSON.
 *
 * @module
 */

import { run } from "../../scripts/shell.ts";
import { startDnsServer } from "../lab/dns_server.ts";
import { startLab } from "../lab/shapes.ts";

/** A public address; inside the namespace it is this machine's. */
export const ADDRESS = "93.184.216.34";

const CLIENT = { clientId: "nightly-job", clientSecret: "a secret of the lab" };

/** The result of a line. */
export interface LineResult {
  /** The line as it is in the README. */
  readonly line: string;
  /** Exit status. */
  readonly code: number;
  /** What was written to both streams. */
  readonly output: string;
}

const [order = "[]", fixtures = "", program = "", home = ""] = Deno.args;

async function runLines(lines: readonly string[]): Promise<LineResult[]> {
  await using _dns = await startDnsServer(
    ({ name, type }) => type === "A" && name === "mcp.example" ? [ADDRESS] : [],
    53,
  );
  await using lab = await startLab({
    as: { clients: [{ ...CLIENT, grantTypes: ["client_credentials"], redirectUris: [] }] },
    host: "mcp.example",
    address: ADDRESS,
    tls: {
      cert: await Deno.readTextFile(`${fixtures}/server.crt`),
      key: await Deno.readTextFile(`${fixtures}/server.key`),
    },
  });
  /** The only changes to a line: where the servers are. */
  const servers: readonly (readonly [inReadme: string, here: string])[] = [
    ["https://your-server.example/mcp", lab.mcpUrl],
    ["https://auth.example.com", lab.issuer],
  ];
  await Deno.mkdir(`${home}/dist`);
  await Deno.symlink(program, `${home}/dist/mcpass`);
  const results: LineResult[] = [];
  for (const line of lines) {
    const here = servers.reduce((text, [from, to]) => text.replaceAll(from, to), line);
    const { code, stdout, stderr } = await run("sh", ["-c", here], {
      cwd: home,
      clearEnv: true,
      env: {
        HOME: home,
        PATH: `${home}/dist:/usr/bin:/bin`,
        // Nobody is here to consent, the lab has its own authority, and the name is of another host.
        MCPASS_AUTH_MODE: "headless",
        MCPASS_CA_FILE: `${fixtures}/ca.crt`,
        CURL_CA_BUNDLE: `${fixtures}/ca.crt`,
        MCPASS_NAME: "your-server",
        SECRET: CLIENT.clientSecret,
      },
    });
    results.push({ line, code, output: stdout + stderr });
  }
  return results;
}

if (import.meta.main) {
  const results = await runLines(JSON.parse(order));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(results)));
}
