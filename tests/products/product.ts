/**
 * A published product as data: what its servers publish, ask for and refuse, and what mcpass does
 * with them. Texts may contain `{mcp}` and `{as}`, the origins of the two servers.
 *
 * @module
 */

import type { Answer } from "../lab/scripted_server.ts";

/** One set-up of a product. */
export interface Product {
  /** The name in the notes of the catalogue; a row may be about several. */
  readonly name: string;
  /** Which set-up, if the product has several rows. */
  readonly setup?: string;
  /** The public report or document that the row is written from. */
  readonly source: string;
  readonly server: ProductServer;
  /** Files that the user has, by the name in `{file:name}`. */
  readonly files?: Readonly<Record<string, object>>;
  /** Command lines in order, with one store. */
  readonly steps: readonly Step[];
}

export interface ProductServer {
  /** Path and query of the MCP URL; default `/mcp`. */
  readonly path?: string;
  /** `WWW-Authenticate` of a 401; absent: no such header. */
  readonly challenge?: string;
  /**
   * The metadata by URL. The endpoints that a document names at `{mcp}` or `{as}` are served. A value
   * with `status` is a response instead of a document.
   */
  readonly documents: Readonly<Record<string, object>>;
  /** The clients that were registered by hand, by client id. */
  readonly clients?: Readonly<Record<string, RegisteredClient>>;
  /** Exceptions from the ordinary behaviour; the first one that applies is used. */
  readonly rules?: readonly Rule[];
  /** `iss` in authorization responses. */
  readonly iss?: string;
  /** Members that the token response has in addition; an object as `access_token` becomes a JWT. */
  readonly token?: Readonly<Record<string, unknown>>;
  /** Members that the token response does not have. */
  readonly tokenWithout?: readonly string[];
  /** A refresh token is issued only if the parameters of the authorization request match. */
  readonly refreshTokenIf?: Conditions;
  /** Members that the registration response has in addition. */
  readonly registration?: Readonly<Record<string, unknown>>;
  /** The response at paths that nothing serves; default a JSON 404. */
  readonly notFound?: Answer;
}

export interface RegisteredClient {
  readonly secret?: string;
  /** Default: `none` without a secret, else `client_secret_basic` and `client_secret_post`. */
  readonly methods?: readonly string[];
  /** What a redirect URI has to match; default: any. */
  readonly redirect?: RegExp;
}

/** Each parameter matches its pattern; an absent one counts as empty. */
export type Conditions = Readonly<Record<string, RegExp>>;

export type RuleEndpoint = "mcp" | "register" | "authorize" | "token" | "device" | "revoke";

export interface Rule {
  readonly at: RuleEndpoint;
  /**
   * The conditions. At `mcp`: `token` (none, valid or invalid), `method` (JSON-RPC), `verb` (HTTP). At
   * `register`: the members, lists as JSON. At `token` and `revoke`: the form, and `auth` (the method
   * of client authentication). Everywhere: `authorization`, and the parameters of the URL.
   */
  readonly when?: Conditions;
  /** How often it applies; default always. */
  readonly times?: number;
  /** The response. With `error` at `authorize`: a redirect back with these parameters. */
  readonly answer: Answer | { readonly error: string; readonly error_description?: string };
}

/**
 * A command line without `mcpass`, with the server's URL added and JSON as output: `login` (headless,
 * with `--verify-tools`), `device` (login with a device code), `dry-run`, `doctor`, `metadata`, `probe`, `token`, `list`, `call`, `refresh`,
 * `logout`, `status`, each with further flags; `{secret:x}` is a file with the secret
 * x, `{file:x}` one of the product's files. Further steps:
 * `expired` (the stored access token is due), `revoked` (the server accepts no access token any more),
 * `forgotten` (nor a refresh token), `reset` (nor a registered client), `printed` (the first mcpass
 * command in the last output).
 */
export type Step = string | {
  readonly run: string;
  /** Exit status; default 0. */
  readonly status?: number;
  /** What the output says, with line breaks and JSON escapes removed. */
  readonly says?: RegExp | readonly RegExp[];
  /** What it does not say. */
  readonly never?: RegExp | readonly RegExp[];
};

/** A protected resource metadata document. */
export const resource = (more: object = {}, path = "/mcp"): object => ({
  resource: `{mcp}${path}`,
  authorization_servers: ["{as}"],
  bearer_methods_supported: ["header"],
  ...more,
});

/** An authorization server metadata document; `base` is the prefix of the endpoints. */
export const issuer = (
  more: object = {},
  { issuer = "{as}", base = issuer }: { issuer?: string; base?: string } = {},
): object => ({
  issuer,
  authorization_endpoint: `${base}/authorize`,
  token_endpoint: `${base}/token`,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
  code_challenge_methods_supported: ["S256"],
  ...more,
});

/** Where the resource metadata of `{mcp}/mcp` is, and the challenge that names it. */
export const RESOURCE_URL = "{mcp}/.well-known/oauth-protected-resource/mcp";
export const CHALLENGE = `Bearer resource_metadata="${RESOURCE_URL}"`;

export const text = (body: string, status = 200): Answer => ({
  status,
  headers: [["content-type", "text/plain"]],
  body,
});

export const page = (body: string, status = 200): Answer => ({
  status,
  headers: [["content-type", "text/html; charset=utf-8"]],
  body: `<!doctype html><html><body>${body}</body></html>`,
});
