/** FastMCP for TypeScript, whose OAuth proxy signs in at another authorization server. @module */

import { startProgram } from "./program.ts";
import {
  type RealServer,
  type RunningApp,
  type StartOptions,
  startRealServer,
} from "./real_server.ts";
import { TYPESCRIPT_SDK } from "./typescript_sdk.ts";

/** A client of the proxy at the authorization server. */
async function register(upstream: string, redirectUri: string): Promise<[string, string]> {
  const response = await fetch(`${upstream}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "client_secret_post",
    }),
  });
  const { client_id, client_secret } = await response.json();
  return [client_id, client_secret];
}

async function startFastmcp({ origin, tokenSeconds }: StartOptions): Promise<RunningApp> {
  const [sdk] = TYPESCRIPT_SDK;
  if (sdk === undefined) throw new TypeError("no authorization server");
  await using started = new AsyncDisposableStack();
  const upstream = started.use(await startRealServer(sdk, { tokenSeconds }));
  const { origin: issuer } = new URL(upstream.mcpUrl);
  const client = await register(issuer, `${origin}/oauth/callback`);
  const program = await startProgram("./fastmcp_program.ts", [origin, issuer, ...client]);
  started.defer(() => program.close?.());
  const running = started.move();
  return { handler: program.handler, close: () => running.disposeAsync() };
}

export const FASTMCP: readonly RealServer[] = [{
  name: "FastMCP for TypeScript",
  start: startFastmcp,
  person: (browser, page) => browser.submit(page, { action: "approve" }),
  warnings: ["resource_is_parent"],
  without: ["revocation"],
}];
