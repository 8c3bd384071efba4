/**
 * A strict authorization server and MCP server with a switch for each check of `oauth conformance`.
 *
 * @module
 */

import type { RecordedRequest } from "../journal.ts";
import { NO_ENDPOINT, openAuthorizationServer } from "./authorization_server.ts";
import type { Endpoint } from "./authorization_server.ts";
import { openCors } from "./cors.ts";
import { labKeys } from "./keys.ts";
import { startOrigin } from "./lab_servers.ts";
import type { LabOrigin } from "./lab_servers.ts";
import { openEndpoint, STEP_UP_TOOL } from "./mcp_endpoint.ts";
import { resourceAt, siteAt } from "./names.ts";
import { openResourceMetadata } from "./resource_metadata.ts";
import type { LabResponse } from "./responses.ts";
import { STEP_UP_SCOPES } from "./state.ts";
import type { AuditClient, AuditLabOptions, AuditState, Site } from "./state.ts";
import { SWITCHES } from "./switches.ts";
import { cacheable, secured } from "./transport.ts";

export { SWITCHES } from "./switches.ts";
export type { AuditLabOptions, LabFeatures, LabProtocol } from "./state.ts";

/** A confidential client that the lab knows from the start. */
export interface LabClientCredentials {
  readonly id: string;
  readonly secret: string;
}

export interface AuditLab extends AsyncDisposable {
  /** The MCP endpoint. */
  readonly mcpUrl: string;
  /** A second protected resource of the same authorization server. */
  readonly otherResourceUrl: string;
  /** Issuer identifier, as the resource metadata names it. */
  readonly issuer: string;
  /** A client with client_secret_basic, for the code grant and client credentials. */
  readonly client: LabClientCredentials;
  /** A tool that needs more scope than a first sign-in has. */
  readonly stepUp: { readonly tool: string; readonly arguments: object; readonly scope: string };
  /** With https: the certificate of the authority behind both servers, PEM. */
  readonly authority: string | undefined;
  /** Requests to both servers in order, tagged `as` and `mcp`. */
  readonly requests: readonly RecordedRequest[];
  /** Ids of the clients that were registered and not deleted. */
  registeredClients(): string[];
  /** Access and refresh tokens that would be accepted now. */
  liveTokens(): string[];
  /** URLs of client ID metadata documents, one for each fetch. */
  documentFetches(): string[];
  /** Stops both. Safe to call twice. */
  close(): Promise<void>;
}

function configuredClient(): AuditClient & { readonly secret: string } {
  return {
    id: "lab-confidential",
    secret: "lab-confidential-secret",
    method: "client_secret_basic",
    redirectUris: ["http://127.0.0.1/callback", "http://localhost/callback"],
    applicationType: "native",
    grantTypes: ["authorization_code", "refresh_token", "client_credentials"],
    dpopBound: false,
    source: "configured",
    metadata: {},
  };
}

async function makeState(
  options: AuditLabOptions,
  origins: { readonly as: string; readonly mcp: string },
): Promise<AuditState> {
  const broken = new Set(options.broken);
  const unknown = [...broken].filter((id) => !SWITCHES.includes(id));
  if (unknown.length > 0) throw new Error(`no switch for: ${unknown.join(", ")}`);
  const client = configuredClient();
  return {
    options,
    broken,
    now: options.now ?? Date.now,
    keys: await labKeys(),
    mcpOrigin: origins.mcp,
    resource: resourceAt(origins.mcp, "/mcp", broken),
    otherResource: resourceAt(origins.mcp, "/other", new Set()),
    authorizationServer: siteAt(origins.as, options.issuerPath ?? "", broken),
    ownSite: siteAt(origins.mcp, "", broken),
    clients: new Map([[client.id, client]]),
    deleted: new Set(),
    codes: new Map(),
    access: new Map(),
    refresh: new Map(),
    certificates: new WeakMap(),
    documentFetches: [],
  };
}

/** Gives both servers their routes. */
function mount(state: AuditState, as: LabOrigin, mcp: LabOrigin): void {
  const cors = openCors(state);
  const documents = openResourceMetadata(state);
  const endpoints = openAuthorizationServer(state);
  const mcpEndpoint = openEndpoint(state);

  async function answer(
    request: RecordedRequest,
    site: Site,
    endpoint: Endpoint,
  ): Promise<LabResponse> {
    const response = cors.preflight(request, endpoint.kind) ??
      await endpoint.answer(request, site);
    const readable = cors.readable(request, endpoint.kind, response);
    return secured(state, endpoint.kind === "document" ? cacheable(state, readable) : readable);
  }

  function mcpServerEndpoint(request: RecordedRequest): Endpoint | undefined {
    const resource = [state.resource, state.otherResource]
      .find(({ path }) => request.path === path || request.path === `${path}/`);
    if (resource !== undefined) {
      return { kind: "mcp", answer: () => mcpEndpoint(request, resource) };
    }
    const document = documents(request);
    return document && { kind: "document", answer: () => document };
  }

  function serve(
    { handle }: LabOrigin,
    site: Site,
    find: (request: RecordedRequest) => Endpoint | undefined,
  ): void {
    handle((request, certificate) => {
      if (certificate !== undefined) state.certificates.set(request, certificate);
      return answer(request, site, find(request) ?? endpoints(request, site) ?? NO_ENDPOINT);
    });
  }

  serve(as, state.authorizationServer, () => undefined);
  serve(mcp, state.ownSite, mcpServerEndpoint);
}

export async function startAuditLab(options: AuditLabOptions = {}): Promise<AuditLab> {
  const requests: RecordedRequest[] = [];
  const as = await startOrigin(options, "as", requests);
  const mcp = await startOrigin(options, "mcp", requests);
  const close = async () => {
    await Promise.all([as.close(), mcp.close()]);
  };
  try {
    const state = await makeState(options, {
      as: as.origin,
      mcp: mcp.origin,
    });
    mount(state, as, mcp);
    return running(state, requests, as.authority, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function running(
  state: AuditState,
  requests: readonly RecordedRequest[],
  authority: string | undefined,
  close: () => Promise<void>,
): AuditLab {
  const { id, secret } = configuredClient();
  return {
    mcpUrl: state.resource.url,
    otherResourceUrl: state.otherResource.url,
    issuer: state.authorizationServer.identifier,
    client: { id, secret },
    stepUp: { tool: STEP_UP_TOOL, arguments: {}, scope: STEP_UP_SCOPES.join(" ") },
    requests,
    authority,
    registeredClients: () =>
      [...state.clients.values()].filter((client) =>
        client.source === "registered" && !state.deleted.has(client.id)
      ).map((client) => client.id),
    liveTokens: () =>
      [
        ...[...state.access].filter(([, it]) => !it.revoked && it.expiresAt > state.now()),
        ...[...state.refresh].filter(([, it]) => !it.revoked && !it.spent),
      ].map(([token]) => token),
    documentFetches: () => [...state.documentFetches],
    close,
    [Symbol.asyncDispose]: close,
  };
}
