/**
 * The requests of a dynamic-registration login and nothing else: the measure for `oauth login`.
 * It checks nothing and is no example of how to sign in.
 *
 * @module
 */

const VERSION = "2026-07-28";

/** The tokenless first request, with which the server names its metadata. */
const DISCOVER = JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "server/discover",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": VERSION,
      "io.modelcontextprotocol/clientInfo": { name: "bare", version: "0" },
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
});

/** What the token endpoint answered. */
export interface Token {
  /** The access token. */
  readonly access_token: string;
}

/** Signs in to the MCP server at `url`, whose authorization server approves by itself. */
export async function plainLogin(url: string): Promise<Token> {
  const challenged = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      "mcp-method": "server/discover",
    },
    body: DISCOVER,
  });
  await challenged.body?.cancel();
  const challenge = challenged.headers.get("www-authenticate") ?? "";
  const resource = await json(/resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? "");
  const scope = /scope="([^"]+)"/.exec(challenge)?.[1] ?? resource.scopes_supported?.join(" ");
  const issuer = new URL(resource.authorization_servers[0]);
  const path = issuer.pathname === "/" ? "" : issuer.pathname;
  const server = await json(`${issuer.origin}/.well-known/oauth-authorization-server${path}`);

  const redirect = `http://127.0.0.1:${47_000 + Math.floor(Math.random() * 1000)}/callback`;
  const client = await json(server.registration_endpoint, {
    client_name: "bare",
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
  });

  const verifier = random();
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const authorization = new URL(server.authorization_endpoint);
  authorization.search = new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirect,
    ...(scope ? { scope } : {}),
    state: random(),
    code_challenge: base64url(new Uint8Array(hash)),
    code_challenge_method: "S256",
    resource: resource.resource,
  }).toString();
  const code = await consent(authorization.href, redirect);

  return await json(
    server.token_endpoint,
    new URLSearchParams({
      grant_type: "authorization_code",
      client_id: client.client_id,
      redirect_uri: redirect,
      code,
      code_verifier: verifier,
      resource: resource.resource,
    }),
  );
}

async function consent(url: string, redirect: string): Promise<string> {
  let at = url;
  for (let hop = 0; hop < 10; hop++) {
    const response = await fetch(at, { redirect: "manual" });
    await response.body?.cancel();
    at = new URL(response.headers.get("location") ?? "", at).href;
    if (at.startsWith(redirect)) return new URL(at).searchParams.get("code") ?? "";
  }
  throw new Error(`No redirect to "${redirect}"`);
}

// deno-lint-ignore no-explicit-any -- a bare script checks nothing
async function json(url: string, body?: URLSearchParams | object): Promise<any> {
  const form = body instanceof URLSearchParams;
  const response = await fetch(url, {
    ...(body === undefined ? {} : { method: "POST", body: form ? body : JSON.stringify(body) }),
    headers: body === undefined || form ? {} : { "content-type": "application/json" },
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return await response.json();
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Writes one line to standard output. What the other scripts share loads more than this needs. */
export function printLine(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
