/**
 * Labs around the hand-made authorization server: for servers that misbehave or are of an older shape.
 *
 * @module
 */

import { createFakeAs } from "./fake_as.ts";
import type { FakeAs, FakeAsBehaviour } from "./fake_as.ts";
import type { RecordedRequest } from "./journal.ts";
import { startMcpServer } from "./mcp_server.ts";
import type {
  ChallengeOptions,
  LabMcpServer,
  McpServerOptions,
  Protection,
  ResourceMetadataOptions,
} from "./mcp_server.ts";
import { startScriptedServer } from "./scripted_server.ts";
import type { LabHost, LabTls, ScriptedServer } from "./scripted_server.ts";

/** Options of {@link startFakeLab}: the server's behaviour, flat, and the MCP server's. */
export interface FakeLabOptions extends FakeAsBehaviour {
  /** Whether the MCP server's origin is also the authorization server's; default `separate`. */
  readonly placement?: "separate" | "same_origin";
  /** Path of the issuer; default none. */
  readonly issuerPath?: string;
  /** The MCP server's options, its protection apart. */
  readonly mcp?: Omit<McpServerOptions, "protection">;
  /** The protection; issuer and verifier are filled in. */
  readonly protection?: Omit<Partial<Protection>, "challenge" | "metadata">;
  /** The challenge. */
  readonly challenge?: ChallengeOptions;
  /** The protected resource metadata; `false` for none, anywhere. */
  readonly prm?: ResourceMetadataOptions | false;
  /** Host name of both. */
  readonly host?: LabHost;
  /** Where both listen, if not on loopback. */
  readonly address?: string;
  /** Serves both by https. */
  readonly tls?: LabTls;
}

/** A running lab with a hand-made authorization server. */
export interface FakeLab extends AsyncDisposable {
  /** The MCP endpoint. */
  readonly mcpUrl: string;
  /** Issuer identifier. */
  readonly issuer: string;
  /** The authorization server. */
  readonly as: FakeAs;
  /** What serves its endpoints: add or replace routes at any time. */
  readonly asServer: ScriptedServer;
  /** The MCP server. */
  readonly mcp: LabMcpServer;
  /** Requests to both in order, tagged `as` and `mcp`. */
  readonly requests: RecordedRequest[];
  /** Stops both. Safe to call twice. */
  close(): Promise<void>;
}

const NO_METADATA: ResourceMetadataOptions = { at: [] };

function running(parts: Omit<FakeLab, "close" | typeof Symbol.asyncDispose>): FakeLab {
  const close = async () => {
    await Promise.all([parts.asServer.close(), parts.mcp.close()]);
  };
  return { ...parts, close, [Symbol.asyncDispose]: close };
}

/** Starts a hand-made authorization server and an MCP server that trusts it. */
export async function startFakeLab(options: FakeLabOptions = {}): Promise<FakeLab> {
  const requests: RecordedRequest[] = [];
  const shared = {
    journal: requests,
    ...(options.host && { host: options.host }),
    ...(options.tls && { tls: options.tls }),
    ...(options.address && { address: options.address }),
  };
  const asServer = startScriptedServer({ ...shared, name: "as" });
  const mcp = await startMcpServer({ ...shared, ...options.mcp });
  const home = options.placement === "same_origin" ? mcp : asServer;
  const base = home.origin + (options.issuerPath ?? "").replace(/\/$/, "");
  const as = createFakeAs(
    {
      issuer: home.origin + (options.issuerPath ?? ""),
      authorization: `${base}/authorize`,
      token: `${base}/token`,
      registration: `${base}/register`,
    },
    () => options.protection?.resource ?? mcp.url,
    options,
  );
  Object.assign(home.routes, as.routesAt(home.origin));
  mcp.protect({
    authorizationServers: [as.issuer],
    verify: as.verify,
    ...options.protection,
    challenge: { resourceMetadata: options.prm !== false, ...options.challenge },
    metadata: options.prm === false ? NO_METADATA : options.prm ?? {},
  });
  return running({ mcpUrl: mcp.url, issuer: as.issuer, as, asServer, mcp, requests });
}

/**
 * Starts the shape of a well-known vendor in 2025: metadata only at the MCP server's origin, naming
 * another issuer and token host; no protected resource metadata; public clients by registration; the
 * 2025 wire; `plain` listed beside `S256`; revocations go to the token endpoint.
 */
export async function startSplitIssuerLab(options: FakeLabOptions = {}): Promise<FakeLab> {
  const requests: RecordedRequest[] = [];
  const shared = { journal: requests, ...(options.host && { host: options.host }) };
  const asServer = startScriptedServer({ ...shared, name: "as" });
  const mcp = await startMcpServer({ ...shared, path: "/v1/mcp/", era: "legacy", ...options.mcp });
  const as = createFakeAs(
    {
      issuer: asServer.origin,
      documentsAt: mcp.origin,
      authorization: `${mcp.origin}/v1/authorize`,
      token: `${asServer.origin}/v1/token`,
      registration: `${asServer.origin}/v1/register`,
    },
    () => mcp.url,
    {
      resourceParameter: "optional",
      ...options,
      metadata(document, request) {
        const {
          scopes_supported: _scopes,
          authorization_response_iss_parameter_supported: _iss,
          ...published
        } = document;
        const shape = {
          ...published,
          grant_types_supported: ["authorization_code", "refresh_token"],
          code_challenge_methods_supported: ["plain", "S256"],
        };
        return options.metadata?.(shape, request) ?? shape;
      },
      authorizationResponse(parameters, request) {
        const { iss: _, ...published } = parameters;
        return options.authorizationResponse?.(published, request) ?? published;
      },
    },
  );
  Object.assign(asServer.routes, as.routesAt(asServer.origin));
  Object.assign(mcp.routes, as.routesAt(mcp.origin));
  mcp.protect({
    authorizationServers: [],
    verify: as.verify,
    ...options.protection,
    challenge: { resourceMetadata: false, ...options.challenge },
    metadata: NO_METADATA,
  });
  return running({ mcpUrl: mcp.url, issuer: as.issuer, as, asServer, mcp, requests });
}
