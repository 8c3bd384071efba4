/**
 * What runs inside a network namespace of its own: a name server, one https server under several names,
 * and the executable. Prints what came of each login as JSON.
 *
 * @module
 */

import { assertDocument } from "../cli/document_faults.ts";
import { startDnsServer } from "../lab/dns_server.ts";

/** An address that the executable accepts as a public one; inside the namespace it is this machine's. */
export const ADDRESS = "93.184.216.34";

/** What one login left behind. */
export interface IssuerRun {
  /** Exit status. */
  readonly code: number;
  /** Parsed standard output. */
  // deno-lint-ignore no-explicit-any
  readonly document: any;
  /** Requests that the authorization servers got: method, URL, `Authorization`. */
  readonly requests: readonly string[];
}

const [order = "[]", folder = "", program = ""] = Deno.args;

/** The MCP server's path says which authorization server it names. */
function answer(url: URL): Response {
  const [, name = ""] = url.pathname.match(/^\/(?:\.well-known\/[^/]+\/)?([\w.]+)\/mcp$/) ?? [];
  if (url.pathname.startsWith("/.well-known/oauth-protected-resource") && name !== "") {
    return Response.json({
      resource: `https://${url.hostname}/${name}/mcp`,
      authorization_servers: [`https://${name}`],
    });
  }
  if (
    url.pathname === "/.well-known/oauth-authorization-server" && !url.hostname.startsWith("mcp")
  ) {
    const issuer = url.origin;
    return Response.json({
      ...{ issuer, token_endpoint: `${issuer}/token`, response_types_supported: ["code"] },
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    });
  }
  if (url.pathname === "/token") {
    const headers = { "cache-control": "no-store" };
    return Response.json({ access_token: "issued-token", token_type: "Bearer" }, { headers });
  }
  if (name !== "") {
    return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
  }
  return new Response(null, { status: 404 });
}

async function runOnce(args: readonly string[]): Promise<IssuerRun> {
  const requests: string[] = [];
  await using _dns = await startDnsServer(
    ({ name, type }) => type === "A" && name.endsWith(".test") ? [ADDRESS] : [],
    53,
  );
  await using _server = Deno.serve({
    ...{ hostname: ADDRESS, port: 443, onListen: () => {} },
    cert: await Deno.readTextFile(`${folder}/server.crt`),
    key: await Deno.readTextFile(`${folder}/server.key`),
  }, ({ headers, method, url }) => {
    const at = new URL(url);
    if (!at.hostname.startsWith("mcp.")) {
      requests.push(`${method} ${url} ${headers.get("authorization") ?? ""}`.trim());
    }
    return answer(at);
  });
  const { code, stdout } = await new Deno.Command(program, {
    args: [...args, "--ca-file", `${folder}/ca.crt`, "--format", "json"],
    clearEnv: true,
    env: { HOME: folder, MCPASS_STORE: "none", MCPASS_CLIENT_SECRET: "canary-client-secret" },
    stdin: "null",
  }).output();
  await assertDocument(args, { code, stdout });
  return { code, document: JSON.parse(new TextDecoder().decode(stdout)), requests };
}

if (import.meta.main) {
  const results: IssuerRun[] = [];
  for (const args of JSON.parse(order)) results.push(await runOnce(args));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(results)));
}
