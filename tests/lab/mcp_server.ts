/**
 * A real MCP server that checks tokens, audience and scopes, and writes its own challenges.
 *
 * @module
 */

import { challenge } from "./bearer.ts";
import type { ChallengeParameters, Refusal, TokenVerifier } from "./bearer.ts";
import type { DpopCheck, DpopRefusal } from "./dpop_check.ts";
import { headerOf, rpcMethodOf } from "./journal.ts";
import type { RecordedRequest } from "./journal.ts";
import { openWires } from "./mcp_wires.ts";
import type { WireOptions } from "./mcp_wires.ts";
import { startScriptedServer } from "./scripted_server.ts";
import type { Answer, LabServer, LabServerOptions, Routes } from "./scripted_server.ts";

/** How requests without a good token are refused. */
export interface ChallengeOptions {
  /** Default `Bearer`. */
  readonly scheme?: string;
  /** `resource_metadata`: true (default) for the real URL, false for none, or a value of its own. */
  readonly resourceMetadata?: boolean | string;
  /** `scope` in a 401: true for the required scopes, or a value of its own; default none. */
  readonly scope?: boolean | string;
  /** `scope` in a 403; default true: what the operation needs. */
  readonly insufficientScope?: boolean | string;
  /** Challenges before and after it in the same field, e.g. `Basic realm="x"`. */
  readonly before?: readonly string[];
  /** See `before`. */
  readonly after?: readonly string[];
  /** Writes each challenge as a field of its own; default one field. */
  readonly separateFields?: boolean;
  /** Last word: the field values, given what would have been written. */
  readonly fields?: (
    refusal: Refusal,
    parameters: ChallengeParameters,
    fields: readonly string[],
  ) => readonly string[];
}

/** Where the protected resource metadata stands and what it says. */
export interface ResourceMetadataOptions {
  /** Well-known paths that answer; default `["path"]`. `[]` for none. */
  readonly at?: readonly ("path" | "root")[];
  /** A further path that answers, named by the challenge in place of the well-known one. */
  readonly customPath?: string;
  /** Default: nothing. */
  readonly scopesSupported?: readonly string[];
  /** Last word on the document; what is no object is sent as it is. */
  readonly document?: (
    document: Record<string, unknown>,
  ) => Record<string, unknown> | string | Answer;
}

/** Who may do what. */
export interface Protection {
  /** Issuers that the metadata lists. */
  readonly authorizationServers: readonly string[];
  /** Checks a token. */
  readonly verify: TokenVerifier;
  /** Audience a token must have, and `resource` in the metadata; default the MCP URL. */
  readonly resource?: string;
  /** Scopes that every request needs; default none. */
  readonly requiredScopes?: readonly string[];
  /** Further scopes by tool; default `{ "write-thing": ["mcp:write"] }`. */
  readonly toolScopes?: Readonly<Record<string, readonly string[]>>;
  /** Further scopes by JSON-RPC method. */
  readonly methodScopes?: Readonly<Record<string, readonly string[]>>;
  /** JSON-RPC methods that need no token; `notifications/*` covers all notifications. */
  readonly openMethods?: readonly string[];
  /** Takes only tokens with a proof (RFC 9449), checked by this. */
  readonly dpop?: DpopCheck;
  /** The challenge. */
  readonly challenge?: ChallengeOptions;
  /** The metadata. */
  readonly metadata?: ResourceMetadataOptions;
}

type Interception = Answer | Response | undefined;
type Intercept = (request: RecordedRequest) => Interception | Promise<Interception>;

/** Options of {@link startMcpServer}. */
export interface McpServerOptions extends LabServerOptions, WireOptions {
  /** Default `/mcp`. */
  readonly path?: string;
  /** Absent: everything is open. */
  readonly protection?: Protection;
  /** Routes that come before the server's own. */
  readonly routes?: Routes;
  /** Asked first at each request to the MCP path; an answer ends it there. */
  readonly intercept?: Intercept;
}

/** A running MCP server. */
export interface LabMcpServer extends LabServer {
  /** The MCP endpoint. */
  readonly url: string;
  /** URL of the metadata document that the challenge names. */
  readonly resourceMetadataUrl: string;
  /** Routes in force beside the server's own. */
  readonly routes: Routes;
  /** Changes the protection from the next request on. */
  protect(change: Partial<Protection>): void;
  /** Replaces `intercept`. */
  intercept(handler: Intercept): void;
}

const WELL_KNOWN = "/.well-known/oauth-protected-resource";
const DEFAULT_TOOL_SCOPES = { "write-thing": ["mcp:write"] };

function isOpen(method: string | undefined, open: readonly string[]): boolean {
  return method !== undefined &&
    open.some((pattern) =>
      pattern.endsWith("*") ? method.startsWith(pattern.slice(0, -1)) : pattern === method
    );
}

/** A web page that is not of this machine (MCP transports, *Security Warning*). */
function isForeign(origin: string | undefined): boolean {
  return origin !== undefined &&
    !/^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(origin);
}

function neededScopes(request: RecordedRequest, protection: Protection): string[] {
  const method = rpcMethodOf(request);
  const tool = method === "tools/call" ? String(JSON.parse(request.body).params?.name) : "";
  return [
    ...new Set([
      ...protection.requiredScopes ?? [],
      ...protection.methodScopes?.[method ?? ""] ?? [],
      ...(protection.toolScopes ?? DEFAULT_TOOL_SCOPES as Protection["toolScopes"])?.[tool] ?? [],
    ]),
  ];
}

function chosen(option: boolean | string | undefined, value: string): string | undefined {
  if (typeof option === "string") return option;
  return option && value !== "" ? value : undefined;
}

/** Starts an MCP server on a free loopback port. */
export async function startMcpServer(options: McpServerOptions = {}): Promise<LabMcpServer> {
  const path = options.path ?? "/mcp";
  const wires = await openWires(options);
  let protection = options.protection;
  let intercept = options.intercept;
  const http = startScriptedServer({ ...options, name: options.name ?? "mcp", routes: {} });
  const url = http.origin + path;

  const pathWellKnown = WELL_KNOWN + (path === "/" ? "" : path);
  const metadataPath = () => {
    const { at = ["path"], customPath } = protection?.metadata ?? {};
    return customPath ?? (at.includes("path") || at.length === 0 ? pathWellKnown : WELL_KNOWN);
  };

  const scheme = () => protection?.dpop ? "DPoP" : "Bearer";

  function resourceMetadata(): Answer {
    const { scopesSupported, document } = protection?.metadata ?? {};
    const honest = {
      resource: protection?.resource ?? url,
      authorization_servers: protection?.authorizationServers ?? [],
      ...(scopesSupported && { scopes_supported: scopesSupported }),
      bearer_methods_supported: ["header"],
      ...(protection?.dpop && { dpop_bound_access_tokens_required: true }),
    };
    const said = document?.(honest) ?? honest;
    if (typeof said === "string") return { body: said };
    return "body" in said || "status" in said ? said as Answer : { body: said };
  }

  function refuse(
    status: number,
    refusal: Refusal,
    needed: string[],
    why: string,
    proof?: DpopRefusal,
  ): Answer {
    const said = protection?.challenge ?? {};
    const scope = refusal === "insufficient"
      ? chosen(said.insufficientScope ?? true, needed.join(" "))
      : chosen(said.scope, needed.join(" "));
    const error = proof?.error ??
      { missing: undefined, invalid: "invalid_token", insufficient: "insufficient_scope" }[
        refusal
      ];
    const parameters = {
      error,
      error_description: error && why,
      scope,
      resource_metadata: chosen(said.resourceMetadata ?? true, http.origin + metadataPath()),
    };
    const all = [
      ...said.before ?? [],
      challenge(said.scheme ?? scheme(), parameters),
      ...said.after ?? [],
    ];
    const fields = said.separateFields ? all : [all.join(", ")];
    const written = said.fields?.(refusal, parameters, fields) ?? fields;
    return {
      status,
      headers: [
        ...written.map((value) => ["WWW-Authenticate", value] as const),
        ...(proof?.nonce === undefined ? [] : [["DPoP-Nonce", proof.nonce] as const]),
      ],
      body: { error: error ?? "unauthorized", error_description: why },
    };
  }

  async function judge(request: RecordedRequest): Promise<Answer | undefined> {
    if (protection === undefined || isOpen(rpcMethodOf(request), protection.openMethods ?? [])) {
      return undefined;
    }
    const needed = neededScopes(request, protection);
    const [given = "", token = "", ...more] = headerOf(request, "authorization")?.split(" ") ?? [];
    if (given.toLowerCase() !== (protection.challenge?.scheme ?? scheme()).toLowerCase()) {
      return refuse(401, "missing", needed, "a token is needed");
    }
    if (more.length > 0) return refuse(401, "invalid", needed, "more than one token");
    const proof = await protection.dpop?.(request, url, token);
    if (proof !== undefined) return refuse(401, "invalid", needed, proof.why, proof);
    const claims = await protection.verify(token, protection.resource ?? url);
    if (typeof claims === "string") return refuse(401, "invalid", needed, claims);
    if (isForeign(headerOf(request, "origin"))) return { status: 403, body: "foreign origin" };
    return needed.every((scope) => claims.scopes.includes(scope))
      ? undefined
      : refuse(403, "insufficient", needed, `needs ${needed.join(" ")}`);
  }

  http.routes["*"] = async (request, { gone }) => {
    const { at = ["path"], customPath } = protection?.metadata ?? {};
    const metadataPaths = [
      ...(at.includes("path") ? [pathWellKnown] : []),
      ...(at.includes("root") ? [WELL_KNOWN] : []),
      ...(customPath ? [customPath] : []),
    ];
    if (protection && request.method === "GET" && metadataPaths.includes(request.path)) {
      return resourceMetadata();
    }
    if (request.path !== path) return { status: 404, body: "not found" };
    const refusal = await intercept?.(request) ?? await judge(request);
    if (refusal) return refusal;
    const headers = new Headers(request.headers.map(([name, value]) => [name, value]));
    return await wires.answer(
      new Request(http.origin + request.target, {
        method: request.method,
        headers,
        signal: gone,
        ...(request.method === "POST" && { body: request.body }),
      }),
      request.body,
    );
  };
  Object.assign(http.routes, options.routes);

  const close = async () => {
    await wires.close();
    await http.close();
  };
  return {
    ...http,
    url,
    get resourceMetadataUrl() {
      return http.origin + metadataPath();
    },
    protect: (change) => {
      protection = {
        authorizationServers: [],
        verify: () => "no verifier",
        ...protection,
        ...change,
      };
    },
    intercept: (handler) => intercept = handler,
    close,
    [Symbol.asyncDispose]: close,
  };
}
