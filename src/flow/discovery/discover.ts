/**
 * Discovery: from the challenge to protected resource metadata, the issuer, its metadata, and the
 * `resource` to send. @module
 */

import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { AUTH_MODES, repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { canonicalResource } from "../../oauth/mcp/resource.ts";
import type { ResourceMetadata } from "../../oauth/metadata/resource_metadata.ts";
import { initialScopes, withoutSecrets } from "../../oauth/mcp/scope.ts";
import { discoveredIssuer, type ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { openWithoutToken, type UnauthenticatedResponse } from "./unauthenticated_response.ts";
import { challengeExpected } from "./challenge_findings.ts";
import { belongsToIssuer, givenClientId } from "../context/login_plan.ts";
import { createLoginContext, type LoginContext } from "../context/login_context.ts";
import {
  acceptMetadata,
  type AssertUsable,
  findServerMetadata,
  listMissing,
  type MissingDocument,
} from "./fetch_metadata.ts";
import {
  type LaterRefusals,
  resourceMetadataStep,
  type ResourceSearch,
} from "./find_resource_metadata.ts";

export interface Discovery {
  /** The response without a token that the discovery started from. */
  readonly response: UnauthenticatedResponse;
  readonly resourceMetadata: ResourceMetadata | undefined;
  readonly server: ServerMetadata;
  /** `resource` for every request; null to omit it. */
  readonly resource: string | null;
  /** Where the resource metadata is, if a later login may not find it without this URL. */
  readonly resourceMetadataUrl?: string | undefined;
}

/** The scope of a first authorization request. */
export function scopesFor(
  { plan, rules, deps: { secrets } }: LoginContext,
  { response, resourceMetadata, server }: Discovery,
): readonly string[] | undefined {
  return initialScopes({
    given: plan.scopes,
    challenge: withoutSecrets(response.challenge?.scope, secrets),
    resourceMetadata: withoutSecrets(resourceMetadata?.scopesSupported, secrets),
    authorizationServer: server.scopesSupported,
    mayAddOfflineAccess: rules.offlineAccess && !repeatsGrant(plan.authMode),
  });
}

/** The issuers of this login, else of the stored sign-ins of the client in the plan. */
async function knownIssuers({ plan, deps, state }: LoginContext) {
  const { clientId, clientMetadataUrl, serverUrl } = plan;
  if (state.client !== undefined) return [discoveredIssuer(state.client.server)];
  if (!belongsToIssuer(plan)) return [deps.storedClient?.issuer];
  const approach = clientId !== undefined
    ? "preregistered"
    : clientMetadataUrl !== undefined
    ? "cimd"
    : AUTH_MODES[plan.authMode].clientless
    ? "none"
    : "dcr";
  const client = { serverUrl, approach, clientId: givenClientId(plan) } as const;
  return (await deps.issuers?.stored(client) ?? []).map(({ issuer }) => issuer);
}

/** The listed issuers; first those that are known. */
async function putKnownFirst(context: LoginContext, listed: readonly string[]) {
  if (listed.length < 2) return listed;
  const known = await knownIssuers(context);
  const groups = Object.groupBy(listed, (issuer) => known.includes(issuer) ? "known" : "other");
  return [...groups.known ?? [], ...groups.other ?? []];
}

/** @param challenged The issuer whose metadata the challenge names. */
function issuersToTry(
  context: LoginContext,
  metadata: ResourceMetadata | undefined,
  challenged: string | undefined,
) {
  const listed = metadata?.authorizationServers ?? [];
  const { authorizationServer: wanted, serverMetadata } = context.plan;
  if (wanted === undefined) {
    const named = serverMetadata?.issuer ?? challenged;
    return listed.length > 0 || named === undefined ? listed : [named];
  }
  if (listed.includes(wanted)) return [wanted];
  const shown = quoted(wanted);
  if (listed.length === 0) {
    context.judge([{
      code: "authorization_server_given",
      severity: "warning",
      message: `no resource metadata names an authorization server; ${shown} is used because of ` +
        "--authorization-server",
      remedy: "Server: publish protected resource metadata with authorization_servers",
      reference: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    }]);
    return [wanted];
  }
  const others = listed.map((issuer) => quoted(issuer)).join(", ");
  throw new Failure(
    "authorization_server_not_listed",
    `--authorization-server ${shown} is not an authorization server of this resource, which lists ` +
      others,
    {
      remedy: "Compare both, character by character. If the server has moved to another " +
        "authorization server, ask its operator first: a secret that you give is sent to the issuer " +
        "that --authorization-server names",
      reference: "RFC 9728 §7.6",
    },
  );
}

/** The first issuer with acceptable metadata and a way to obtain a client ID. */
async function chooseServer(
  context: LoginContext,
  issuers: readonly string[],
  listedAt: string | undefined,
  usable: AssertUsable,
): Promise<ServerMetadata> {
  const { length } = issuers;
  for (const [index, issuer] of issuers.entries()) {
    const last = index === length - 1;
    try {
      const found = await findServerMetadata(context, issuer, { listedAt });
      const { server } = found;
      if (!last) {
        if (found.refusal !== undefined) throw found.refusal;
        usable(server);
      }
      acceptMetadata(context, found, usable);
      if (length > 1) {
        context.note(`${length} authorization servers are listed; "${server.issuer}" is used`);
      }
      return server;
    } catch (error) {
      const { kind, message, remedy, loginFlags, reference } = toFailure(error);
      if (last || kind === "cancelled") throw error;
      context.judge([{
        code: "authorization_server_skipped",
        severity: "warning",
        message: `the authorization server ${quoted(issuer)} is skipped: ${message}`,
        remedy: remedy ?? "Server: list only authorization servers that work",
        loginFlags,
        reference: reference ?? "RFC 9728 §7.6",
      }]);
    }
  }
  throw new RangeError("no issuers to choose from");
}

function resourceToSend(
  { judge, plan, rules }: LoginContext,
  metadata: ResourceMetadata | undefined,
): string | null {
  const regular = rules.resourceParameter
    ? metadata?.resource ?? canonicalResource(plan.serverUrl)
    : null;
  if (plan.resource === undefined) return regular;
  const sent = plan.resource === "none" ? null : plan.resource;
  if (sent === regular) return sent;
  const due = regular === null ? "" : `; expected ${quoted(regular)}`;
  judge([{
    code: sent === null ? "resource_omitted" : "resource_replaced",
    severity: "warning",
    message: sent === null
      ? `"resource" is omitted because of --resource none${due}`
      : `"resource" is ${quoted(sent)} because of --resource${due}`,
    remedy:
      "Omit the flag: then the token is for this server, if the authorization server supports that",
    reference: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
  }]);
  return sent;
}

/** The finding if the server published metadata though it did not ask for a token. */
function judgeWithoutChallenge(
  { code, detail, message }: Failure,
  hasMetadata: boolean,
): Judgement {
  if (code === "authorization_not_required") {
    return openWithoutToken(
      hasMetadata
        ? "the server publishes resource metadata"
        : "--authorization-server names where to sign in",
    );
  }
  return challengeExpected(
    code === "not_an_mcp_endpoint"
      ? `the server answered a request without a token with ${detail}; expected 401`
      : message,
  );
}

/** Continues like a dry run, so that one login reports all refusals. */
function laterRefusals(context: LoginContext, first: UnauthenticatedResponse): LaterRefusals {
  return async (resource) => {
    const { deps, plan } = context;
    const ahead = createLoginContext(
      { ...plan, resource, dryRun: true },
      { ...deps, emit: () => {}, command: context.command },
    );
    await discover(ahead, first, () => {}).catch(() => {});
    if (deps.signal.aborted) throw cancelledFailure();
    return ahead.state.refusals;
  };
}

/** Adds where metadata was looked for, if the URL did not answer like an MCP endpoint. */
function withAttempts(failure: Failure, attempts: readonly MissingDocument[]): Failure {
  if (failure.code !== "not_an_mcp_endpoint" || attempts.length === 0) return failure;
  const observed = `${failure.observed}; no resource metadata (${listMissing(attempts)})`;
  return new Failure(failure.code, failure.message, { ...failure, observed });
}

/**
 * @param usable Is not called for the last server, unless its metadata is refused.
 */
export async function discover(
  context: LoginContext,
  first: UnauthenticatedResponse,
  usable: AssertUsable,
): Promise<Discovery> {
  const { response, metadata, issuer, url, attempts }: ResourceSearch =
    context.rules.resourceMetadata
      ? await resourceMetadataStep(context, first, laterRefusals(context, first))
      : { response: first, metadata: undefined, attempts: [] };
  if (response.blockedBy !== undefined) {
    // The person knows what only a tool says.
    const isPinned = context.plan.authorizationServer !== undefined && response.isMcp;
    const hasMetadata = metadata !== undefined;
    if (!hasMetadata && !isPinned || response.hasMoved === true) {
      throw withAttempts(response.blockedBy, attempts);
    }
    context.judge([judgeWithoutChallenge(response.blockedBy, hasMetadata)]);
  }
  return await context.step("authorization_server_metadata", async (detail) => {
    const issuers = await putKnownFirst(context, issuersToTry(context, metadata, issuer));
    const server = issuers.length > 0
      ? await chooseServer(context, issuers, url, usable)
      : await (await import("./origin_metadata.ts")).serverAtOrigin(context, attempts, usable);
    detail(server.issuer);
    const resource = resourceToSend(context, metadata);
    const isNamed = context.plan.resourceMetadata !== undefined || response.isLater === true;
    const resourceMetadataUrl = isNamed ? url : undefined;
    return { response, resourceMetadata: metadata, server, resource, resourceMetadataUrl };
  });
}
