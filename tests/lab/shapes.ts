/**
 * Ready-made labs: an authorization server and an MCP server that belong together.
 *
 * @module
 */

import { startAuthorizationServer } from "./authorization_server.ts";
import type { AuthorizationServerOptions, LabAuthorizationServer } from "./authorization_server.ts";
import type { RecordedRequest } from "./journal.ts";
import { startMcpServer } from "./mcp_server.ts";
import type { LabMcpServer, McpServerOptions, Protection } from "./mcp_server.ts";
import type { LabHost, LabTls } from "./scripted_server.ts";

export { startFakeLab, startSplitIssuerLab } from "./fake_lab.ts";
export type { FakeLab, FakeLabOptions } from "./fake_lab.ts";

/** Options of {@link startLab}. */
export interface LabOptions {
  /** The authorization server's. */
  readonly as?: AuthorizationServerOptions;
  /** The MCP server's, its protection apart. */
  readonly mcp?: Omit<McpServerOptions, "protection">;
  /** The protection; issuer and verifier are filled in. */
  readonly protection?: Partial<Protection>;
  /** Host name of both. */
  readonly host?: LabHost;
  /** Where both listen, if not on loopback. */
  readonly address?: string;
  /** Serves both by https. */
  readonly tls?: LabTls;
}

/** A running lab. */
export interface Lab extends AsyncDisposable {
  /** The MCP endpoint. */
  readonly mcpUrl: string;
  /** Issuer identifier. */
  readonly issuer: string;
  /** The authorization server. */
  readonly as: LabAuthorizationServer;
  /** The MCP server. */
  readonly mcp: LabMcpServer;
  /** Requests to both in order, tagged `as` and `mcp`. */
  readonly requests: RecordedRequest[];
  /** Stops both. Safe to call twice. */
  close(): Promise<void>;
}

/** Starts an authorization server and an MCP server that trusts it. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const requests: RecordedRequest[] = [];
  const shared = {
    journal: requests,
    ...(options.host && { host: options.host }),
    ...(options.address && { address: options.address }),
    ...(options.tls && { tls: options.tls }),
  };
  const [as, mcp] = await Promise.all([
    startAuthorizationServer({ ...shared, ...options.as }),
    startMcpServer({ ...shared, ...options.mcp }),
  ]);
  mcp.protect({
    authorizationServers: [as.issuer],
    verify: as.verify,
    ...options.protection,
  });
  as.addResource(options.protection?.resource ?? mcp.url);

  const close = async () => {
    await Promise.all([as.close(), mcp.close()]);
  };
  return {
    mcpUrl: mcp.url,
    issuer: as.issuer,
    as,
    mcp,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}
