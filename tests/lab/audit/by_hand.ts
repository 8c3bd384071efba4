/**
 * Single requests to the audit lab, for tests of the lab itself.
 *
 * @module
 */

import type { AuditLab } from "./audit_lab.ts";
import { sha256 } from "./state.ts";

/** Redirect URI of every client here. */
export const REDIRECT_URI = "http://127.0.0.1:7/callback";
/** Verifier of every code here. */
export const VERIFIER = "v".repeat(43);

type Parameters = Readonly<Record<string, string | undefined>>;

/** A response as tests compare it. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  /** Body as JSON, or an empty object. */
  // deno-lint-ignore no-explicit-any
  readonly body: any;
  readonly text: string;
  /** Parameters of the redirect; undefined where there is none. */
  readonly redirect: URLSearchParams | undefined;
}

function defined(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

async function see(response: Response): Promise<Seen> {
  const text = await response.text();
  const body = (() => {
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  })();
  const location = response.headers.get("location");
  const redirect = location === null ? undefined : new URL(location).searchParams;
  return { status: response.status, headers: response.headers, body, text, redirect };
}

export async function send(url: string, init: RequestInit = {}): Promise<Seen> {
  return await see(await fetch(url, { redirect: "manual", ...init }));
}

/** Registers a public client, or one with the changes. */
export function register(lab: AuditLab, changes: object = {}): Promise<Seen> {
  return send(`${lab.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "By hand",
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
      ...changes,
    }),
  });
}

/** Asks for a code; undefined leaves a parameter out. */
export async function authorize(
  lab: AuditLab,
  client: string,
  changes: Parameters = {},
): Promise<Seen> {
  const parameters = {
    response_type: "code",
    client_id: client,
    redirect_uri: REDIRECT_URI,
    resource: lab.mcpUrl,
    scope: "mcp:read mcp:notify",
    state: "state+1",
    code_challenge: await sha256(VERIFIER),
    code_challenge_method: "S256",
    ...changes,
  };
  return await send(`${lab.issuer}/authorize?${new URLSearchParams(defined(parameters))}`);
}

export function post(url: string, parameters: Parameters, headers: Parameters = {}): Promise<Seen> {
  return send(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...defined(headers) },
    body: String(new URLSearchParams(defined(parameters))),
  });
}

/** A client with a code and what it needs to exchange it. */
export class Hand {
  readonly #lab: AuditLab;
  readonly client: string;

  private constructor(lab: AuditLab, client: string) {
    this.#lab = lab;
    this.client = client;
  }

  static async register(lab: AuditLab, changes: object = {}): Promise<Hand> {
    return new Hand(lab, (await register(lab, changes)).body.client_id);
  }

  /** A fresh code. */
  async code(changes: Parameters = {}): Promise<string> {
    return (await authorize(this.#lab, this.client, changes)).redirect?.get("code") ?? "";
  }

  exchange(code: string, changes: Parameters = {}, headers: Parameters = {}): Promise<Seen> {
    return post(`${this.#lab.issuer}/token`, {
      grant_type: "authorization_code",
      code,
      client_id: this.client,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      resource: this.#lab.mcpUrl,
      ...changes,
    }, headers);
  }

  refresh(token: string, changes: Parameters = {}): Promise<Seen> {
    return post(`${this.#lab.issuer}/token`, {
      grant_type: "refresh_token",
      refresh_token: token,
      client_id: this.client,
      ...changes,
    });
  }

  async signIn(changes: Parameters = {}): Promise<{ access: string; refresh: string }> {
    const { body } = await this.exchange(await this.code(changes), {
      ...changes.resource !== undefined && { resource: changes.resource },
    });
    return { access: body.access_token, refresh: body.refresh_token };
  }
}

/** Calls the MCP server without a session. */
export function call(
  lab: AuditLab,
  token: string | undefined,
  changes: { method?: string; params?: object; headers?: Parameters } = {},
): Promise<Seen> {
  const { method = "tools/list", params = {}, headers = {} } = changes;
  const { name } = params as { name?: string };
  return send(lab.mcpUrl, {
    method: "POST",
    headers: defined({
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      "mcp-name": name,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      ...headers,
    }),
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
}
