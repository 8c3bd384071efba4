/**
 * Discovery: from the challenge to protected resource metadata, the issuer, its metadata, and the
 * `resource` to send. @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { AUTH_MODES, repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { canonicalResource, judgeResource } from "../../oauth/mcp/resource.ts";
import {
  judgeResourceMetadata,
  type ResourceMetadata,
} from "../../oauth/metadata/resource_metadata.ts";
import { initialScopes, withoutSecrets } from "../../oauth/mcp/scope.ts";
import { discoveredIssuer, type ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { resourceMetadataCandidates } from "../../oauth/mcp/well_known.ts";
import type { UnauthenticatedResponse } from "./unauthenticated_response.ts";
import { belongsToIssuer, givenClientId } from "../context/login_plan.ts";
import { failureOf, type LoginContext } from "../context/login_context.ts";
import { challengeCandidates } from "./challenge_findings.ts";
import {
  ACCEPT_JSON,
  findServerMetadata,
  metadataUnavailable,
  type MissingDocument,
  readDocument,
} from "./fetch_metadata.ts";

export interface Discovery {
  /** The response without a token that the discovery started from. */
  readonly response: UnauthenticatedResponse;
  readonly resourceMetadata: ResourceMetadata | undefined;
  readonly server: ServerMetadata;
  /** `resource` for every request; null to omit it. */
  readonly resource: string | null;
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

interface ResourceSearch {
  readonly metadata: ResourceMetadata | undefined;
  readonly url?: string;
  readonly attempts: readonly MissingDocument[];
  /** Why a document was not read that may exist. */
  readonly failure?: Failure | undefined;
}

/** @throws Failure `authorization_servers_refused`, the codes of a refused resource, `cancelled`. */
async function findResourceMetadata(
  context: LoginContext,
  response: UnauthenticatedResponse,
): Promise<ResourceSearch> {
  const { serverUrl, authorizationServer, resource } = context.plan;
  const named = challengeCandidates(context, response.challenge, response.url);
  const attempts: MissingDocument[] = [];
  let isUnavailable = false;
  for (const candidate of [...named, ...resourceMetadataCandidates(serverUrl)]) {
    const { url, source } = candidate;
    if (attempts.some((attempt) => attempt.url === url)) continue;
    const place = { kind: "resource_metadata", identifier: serverUrl, ...candidate } as const;
    const read = await readDocument(context, place, ACCEPT_JSON).catch((error: unknown) => {
      if (error instanceof Failure && error.kind === "operation") return error;
      throw error;
    });
    if (read instanceof Failure) return { metadata: undefined, attempts, failure: read };
    if (read.verdict !== "found") {
      attempts.push({ url, outcome: read.reason });
      isUnavailable ||= read.verdict === "unavailable";
      if (source === "challenge" && read.verdict === "absent") {
        const naming = `the challenge names ${quoted(url)} as resource metadata`;
        context.judge([{
          code: "challenge_metadata_missing",
          severity: "warning",
          message: `${naming}, and there is none: ${read.reason}`,
          remedy: "Server: serve the document at the URL that the challenge names",
          reference: "RFC 9728 §5.1",
        }]);
      }
      continue;
    }
    const { answer, document } = read;
    const pinned = authorizationServer !== undefined;
    const { metadata, judgements } = judgeResourceMetadata(answer, document, { serverUrl, pinned });
    context.recordAttempt?.({ ...place, answer, document, objection: undefined });
    context.judge(judgements);
    // An inspection reports an error, and does not throw it.
    const refused = judgements.find(({ code, severity }) =>
      code === "authorization_servers_refused" && severity === "error"
    );
    if (refused !== undefined) throw failureOf(refused);
    const judgement = judgeResource(metadata.resource, serverUrl, source, resource);
    if (judgement !== undefined) context.judge([judgement]);
    return { metadata, url, attempts };
  }
  const failure = isUnavailable ? metadataUnavailable(attempts) : undefined;
  return { metadata: undefined, attempts, failure };
}

/**
 * {@link findResourceMetadata} as a step. If a document cannot be read, the login ends. Exceptions:
 * the document is not needed because of `--authorization-server`, or the server did not return 401,
 * which is a better reason to end.
 */
async function resourceMetadataStep(context: LoginContext, response: UnauthenticatedResponse) {
  return await context.step("resource_metadata", async (detail) => {
    const found = await findResourceMetadata(context, response);
    const { failure, metadata } = found;
    if (failure !== undefined) {
      const isPinned = context.plan.authorizationServer !== undefined;
      if (response.blockedBy === undefined && !isPinned) throw failure;
      const {
        code,
        message,
        remedy = "Server: publish protected resource metadata for every client",
        reference = "RFC 9728 §3.2",
      } = failure;
      context.judge([{ code, severity: "warning", message, remedy, reference }]);
    }
    const servers = metadata?.authorizationServers.join(", ") || "none";
    detail(metadata === undefined ? "none found" : `authorization servers: ${servers}`);
    return found;
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

function issuersToTry(context: LoginContext, metadata: ResourceMetadata | undefined) {
  const listed = metadata?.authorizationServers ?? [];
  const wanted = context.plan.authorizationServer;
  if (wanted === undefined) return listed;
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

/** The first issuer with acceptable metadata and a way to obtain a client id. */
async function chooseServer(
  context: LoginContext,
  issuers: readonly string[],
  listedAt: string | undefined,
  usable: (server: ServerMetadata) => void,
): Promise<ServerMetadata> {
  const { length } = issuers;
  for (const [index, issuer] of issuers.entries()) {
    const last = index === length - 1;
    try {
      const { server, judgements } = await findServerMetadata(context, issuer, { listedAt });
      if (!last) usable(server);
      context.judge(judgements);
      if (length > 1) {
        context.note(`${length} authorization servers are listed; "${server.issuer}" is used`);
      }
      return server;
    } catch (error) {
      const { kind, message, remedy, reference } = toFailure(error);
      if (last || kind === "cancelled") throw error;
      context.judge([{
        code: "authorization_server_skipped",
        severity: "warning",
        message: `the authorization server ${quoted(issuer)} is skipped: ${message}`,
        remedy: remedy ?? "Server: list only authorization servers that work",
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
  const due = regular === null ? "" : `; ${quoted(regular)} was due`;
  judge([{
    code: sent === null ? "resource_omitted" : "resource_replaced",
    severity: "warning",
    message: sent === null
      ? `"resource" is left out because of --resource none${due}`
      : `"resource" is ${quoted(sent)} because of --resource${due}`,
    remedy: "Without the flag the token is bound to this server, if the authorization server can",
    reference: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
  }]);
  return sent;
}

/** The finding if the server published metadata though it did not answer 401. */
function judgeWithoutChallenge({ code, message }: Failure): Judgement {
  const reference = "MCP authorization, Error Handling";
  return code === "authorization_not_required"
    ? {
      code: "open_without_token",
      severity: "info",
      message: "the first requests need no token, though the server publishes resource metadata",
      remedy: "Nothing, if only some operations are protected",
      reference,
    }
    : {
      code: "challenge_expected",
      severity: "warning",
      message,
      remedy: "Server: answer 401 with a challenge to requests that need a token",
      reference,
    };
}

/**
 * @param usable Throws if a server offers no way to obtain a client id; not called for the last
 * server.
 */
export async function discover(
  context: LoginContext,
  response: UnauthenticatedResponse,
  usable: (server: ServerMetadata) => void,
): Promise<Discovery> {
  const { metadata, url, attempts }: ResourceSearch = context.rules.resourceMetadata
    ? await resourceMetadataStep(context, response)
    : { metadata: undefined, attempts: [] };
  if (response.blockedBy !== undefined) {
    if (metadata === undefined) throw response.blockedBy;
    context.judge([judgeWithoutChallenge(response.blockedBy)]);
  }
  return await context.step("authorization_server_metadata", async (detail) => {
    const issuers = await putKnownFirst(context, issuersToTry(context, metadata));
    const server = issuers.length > 0
      ? await chooseServer(context, issuers, url, usable)
      : await (await import("./origin_metadata.ts")).serverAtOrigin(context, attempts);
    detail(server.issuer);
    const resource = resourceToSend(context, metadata);
    return { response, resourceMetadata: metadata, server, resource };
  });
}
