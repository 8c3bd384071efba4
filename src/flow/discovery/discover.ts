/**
 * Discovery: from the challenge to protected resource metadata, the issuer, its metadata, and the
 * `resource` to send.
 * @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { isSecureFrom, parseUrl } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
import { AUTH_MODES, repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import { canonicalResource, judgeResource } from "../../oauth/mcp/resource.ts";
import {
  judgeResourceMetadata,
  type ResourceMetadata,
} from "../../oauth/metadata/resource_metadata.ts";
import { initialScopes, withoutSecrets } from "../../oauth/mcp/scope.ts";
import { discoveredIssuer, type ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import {
  type ResourceMetadataCandidate,
  resourceMetadataCandidates,
} from "../../oauth/mcp/well_known.ts";
import type { UnauthenticatedResponse } from "./unauthenticated_response.ts";
import { belongsToIssuer, givenClientId } from "../context/login_plan.ts";
import { failureOf, type LoginContext } from "../context/login_context.ts";
import {
  ACCEPT_JSON,
  findServerMetadata,
  metadataUnavailable,
  type MissingDocument,
  readDocument,
} from "./fetch_metadata.ts";

/** The authorization server and the resource of an MCP server. */
export interface Discovery {
  readonly resourceMetadata: ResourceMetadata | undefined;
  readonly server: ServerMetadata;
  /** `resource` for every request; null to omit it. */
  readonly resource: string | null;
}

/** The scope of a first authorization request. */
export function scopesFor(
  context: LoginContext,
  response: UnauthenticatedResponse,
  { resourceMetadata, server }: Discovery,
): readonly string[] | undefined {
  const { plan, rules, deps: { secrets } } = context;
  const { scopes } = initialScopes({
    given: plan.scopes,
    challenge: withoutSecrets(response.challenge?.scope, secrets),
    resourceMetadata: withoutSecrets(resourceMetadata?.scopesSupported, secrets),
    authorizationServer: server.scopesSupported,
    mayAddOfflineAccess: rules.offlineAccess && !repeatsGrant(plan.authMode),
  });
  return scopes;
}

/** The metadata URLs of a challenge, resolved and checked. */
function challengeCandidates(
  response: UnauthenticatedResponse,
  serverUrl: string,
): { candidates: ResourceMetadataCandidate[]; judgements: Judgement[] } {
  const candidates: ResourceMetadataCandidate[] = [];
  const judgements: Judgement[] = [];
  const warn = (code: Code, message: string) =>
    judgements.push({
      code,
      severity: "warning",
      message,
      remedy: "Server: name the document by an absolute https URL",
      reference: "RFC 9728 §5.1",
    });
  for (const value of response.challenge?.resourceMetadata ?? []) {
    const url = URL.parse(value, response.url);
    if (url === null || !isSecureFrom(url, new URL(serverUrl)) || url.username !== "") {
      warn(
        "challenge_metadata_url_invalid",
        `the challenge names ${
          quoted(value)
        } as resource metadata, which is not an https URL; it is skipped`,
      );
      continue;
    }
    const relative = parseUrl(value) === undefined;
    if (relative) {
      warn(
        "challenge_metadata_url_relative",
        `the challenge names the relative URL ${quoted(value)}; it is resolved to ${
          quoted(url.href)
        }`,
      );
    }
    candidates.push({ url: relative ? url.href : value, source: "challenge" });
  }
  return { candidates, judgements };
}

interface ResourceSearch {
  readonly metadata: ResourceMetadata | undefined;
  readonly url?: string;
  readonly attempts: readonly MissingDocument[];
  /** Why a document was not read that may exist. */
  readonly failure?: Failure;
}

function judgeChallengeWithout(url: string, reason: string): Judgement {
  return {
    code: "challenge_metadata_missing",
    severity: "warning",
    message: `the challenge names ${
      quoted(url)
    } as resource metadata, and there is none: ${reason}`,
    remedy: "Server: serve the document at the URL that the challenge names",
    reference: "RFC 9728 §5.1",
  };
}

/**
 * @throws Failure `authorization_servers_refused`, the codes of a refused resource, `cancelled`.
 */
async function findResourceMetadata(
  context: LoginContext,
  response: UnauthenticatedResponse,
): Promise<ResourceSearch> {
  const { serverUrl, authorizationServer, resource } = context.plan;
  const named = challengeCandidates(response, serverUrl);
  context.judge(named.judgements);
  const attempts: MissingDocument[] = [];
  let isUnavailable = false;
  const wellKnown = resourceMetadataCandidates(serverUrl);
  for (const candidate of [...named.candidates, ...wellKnown]) {
    const { url, source } = candidate;
    if (attempts.some((attempt) => attempt.url === url)) continue;
    const place = { kind: "resource_metadata", identifier: serverUrl, ...candidate } as const;
    const read = await readDocument(context, place, ACCEPT_JSON).catch(operationFailure);
    if (read instanceof Failure) return { metadata: undefined, attempts, failure: read };
    const { answer } = read;
    if (read.verdict !== "found") {
      attempts.push({ url, outcome: read.reason });
      isUnavailable ||= read.verdict === "unavailable";
      if (source === "challenge" && read.verdict === "absent") {
        context.judge([judgeChallengeWithout(url, read.reason)]);
      }
      continue;
    }
    const { document } = read;
    const pinned = authorizationServer !== undefined;
    const { metadata, judgements } = judgeResourceMetadata(answer, document, { serverUrl, pinned });
    context.recordAttempt?.({ ...place, answer, document, objection: undefined });
    context.judge(judgements);
    const refused = judgements.find(({ code, severity }) =>
      code === "authorization_servers_refused" && severity === "error"
    );
    if (refused !== undefined) throw failureOf(refused);
    const judgement = judgeResource(metadata.resource, serverUrl, source, resource);
    context.judge(judgement === undefined ? [] : [judgement]);
    return { metadata, url, attempts };
  }
  return {
    metadata: undefined,
    attempts,
    ...isUnavailable ? { failure: metadataUnavailable(attempts) } : {},
  };
}

/** Returns a failure of the request or of the document, and throws any other error again. */
function operationFailure(error: unknown): Failure {
  if (error instanceof Failure && error.kind === "operation") return error;
  throw error;
}

/**
 * {@link findResourceMetadata} as a step. If a document cannot be read, the login ends. Exceptions:
 * the document is not needed because of `--authorization-server`, or the server did not return 401,
 * which is a better reason to end.
 */
async function resourceMetadataStep(
  context: LoginContext,
  response: UnauthenticatedResponse,
): Promise<ResourceSearch> {
  return await context.step("resource_metadata", async (detail) => {
    const found = await findResourceMetadata(context, response);
    const { failure, metadata } = found;
    if (failure !== undefined) {
      const needed = response.blockedBy === undefined &&
        context.plan.authorizationServer === undefined;
      if (needed) throw failure;
      context.judge([{
        code: failure.code,
        severity: "warning",
        message: failure.message,
        remedy: failure.remedy ?? "Server: publish protected resource metadata for every client",
        reference: failure.reference ?? "RFC 9728 §3.2",
      }]);
    }
    detail(
      metadata === undefined
        ? "none found"
        : `authorization servers: ${metadata.authorizationServers.join(", ") || "none"}`,
    );
    return found;
  });
}

/** The issuers of the stored sign-ins of the client in the plan. */
async function storedIssuers(
  { plan, deps: { issuers } }: LoginContext,
): Promise<readonly string[]> {
  const { clientId, clientMetadataUrl, serverUrl } = plan;
  const approach = clientId !== undefined
    ? "preregistered"
    : clientMetadataUrl !== undefined
    ? "cimd"
    : AUTH_MODES[plan.authMode].clientless
    ? "none"
    : "dcr";
  const known = await issuers?.stored({ serverUrl, approach, clientId: givenClientId(plan) });
  return known?.map(({ issuer }) => issuer) ?? [];
}

/** The listed issuers; first those of this login and of the stored sign-in. */
async function putKnownFirst(
  context: LoginContext,
  listed: readonly string[],
): Promise<readonly string[]> {
  if (listed.length < 2) return listed;
  const { plan, deps: { storedClient } } = context;
  const earlier = context.clientInUse()?.server;
  const known = earlier !== undefined
    ? [discoveredIssuer(earlier)]
    : belongsToIssuer(plan)
    ? await storedIssuers(context)
    : [storedClient?.issuer];
  return [
    ...listed.filter((issuer) => known.includes(issuer)),
    ...listed.filter((issuer) => !known.includes(issuer)),
  ];
}

function issuersToTry(
  context: LoginContext,
  metadata: ResourceMetadata | undefined,
): readonly string[] {
  const listed = metadata?.authorizationServers ?? [];
  const wanted = context.plan.authorizationServer;
  if (wanted === undefined) return listed;
  if (listed.length === 0) {
    context.judge([{
      code: "authorization_server_given",
      severity: "warning",
      message: `no resource metadata names an authorization server; ${quoted(wanted)} is used ` +
        "because of --authorization-server",
      remedy: "Server: publish protected resource metadata with authorization_servers",
      reference: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
    }]);
    return [wanted];
  }
  if (listed.includes(wanted)) return [wanted];
  throw new Failure(
    "authorization_server_not_listed",
    `--authorization-server ${
      quoted(wanted)
    } is not an authorization server of this resource, which ` +
      `lists ${listed.map((issuer) => quoted(issuer)).join(", ")}`,
    {
      remedy: "Compare both, character by character. If the server has moved to another " +
        "authorization server, ask its operator first: a secret that you give is sent to the issuer " +
        "that --authorization-server names",
      reference: "RFC 9728 §7.6",
    },
  );
}

/**
 * The first issuer with acceptable metadata and a way to obtain a client id.
 *
 * @param listedAt URL of the document that lists them.
 */
async function chooseServer(
  context: LoginContext,
  issuers: readonly string[],
  listedAt: string | undefined,
  usable: (server: ServerMetadata) => void,
): Promise<ServerMetadata> {
  for (const [index, issuer] of issuers.entries()) {
    const last = index === issuers.length - 1;
    try {
      const rows = { checks: context.rules, sequence: context.rules };
      const { server, judgements } = await findServerMetadata(context, issuer, rows, listedAt);
      if (!last) usable(server);
      context.judge(judgements);
      if (issuers.length > 1) {
        context.note(
          `${issuers.length} authorization servers are listed; "${server.issuer}" is used`,
        );
      }
      return server;
    } catch (error) {
      const failure = toFailure(error);
      if (last || failure.kind === "cancelled") throw error;
      context.judge([{
        code: "authorization_server_skipped",
        severity: "warning",
        message: `the authorization server ${quoted(issuer)} is skipped: ${failure.message}`,
        remedy: failure.remedy ?? "Server: list only authorization servers that work",
        reference: failure.reference ?? "RFC 9728 §7.6",
      }]);
    }
  }
  throw new RangeError("no issuers to choose from");
}

function resourceToSend(
  context: LoginContext,
  metadata: ResourceMetadata | undefined,
): string | null {
  const { plan, rules } = context;
  const regular = rules.resourceParameter
    ? metadata?.resource ?? canonicalResource(plan.serverUrl)
    : null;
  if (plan.resource === undefined) return regular;
  const sent = plan.resource === "none" ? null : plan.resource;
  if (sent === regular) return sent;
  context.judge([{
    code: sent === null ? "resource_omitted" : "resource_replaced",
    severity: "warning",
    message: sent === null
      ? `"resource" is left out because of --resource none; ${quoted(regular ?? "")} was due`
      : `"resource" is ${quoted(sent)} because of --resource` +
        (regular === null ? "" : `; ${quoted(regular)} was due`),
    remedy: "Without the flag the token is bound to this server, if the authorization server can",
    reference: "RFC 8707 §2; MCP authorization, Resource Parameter Implementation",
  }]);
  return sent;
}

/**
 * Discovers the authorization server of an MCP server.
 *
 * @param usable Throws if a server offers no way to obtain a client id; not called for the last
 * server.
 */
export async function discover(
  context: LoginContext,
  response: UnauthenticatedResponse,
  usable: (server: ServerMetadata) => void,
): Promise<Discovery> {
  const search: ResourceSearch = context.rules.resourceMetadata
    ? await resourceMetadataStep(context, response)
    : { metadata: undefined, attempts: [] };
  if (response.blockedBy !== undefined) {
    if (search.metadata === undefined) throw response.blockedBy;
    const open = response.blockedBy.code === "authorization_not_required";
    context.judge([{
      code: open ? "open_without_token" : "challenge_expected",
      severity: open ? "info" : "warning",
      message: open
        ? "the first requests need no token, though the server publishes resource metadata"
        : response.blockedBy.message,
      remedy: open
        ? "Nothing, if only some operations are protected"
        : "Server: answer 401 with a challenge to requests that need a token",
      reference: "MCP authorization, Error Handling",
    }]);
  }
  return await context.step("authorization_server_metadata", async (detail) => {
    const issuers = await putKnownFirst(context, issuersToTry(context, search.metadata));
    const server = issuers.length > 0
      ? await chooseServer(context, issuers, search.url, usable)
      : await (await import("./origin_metadata.ts")).serverAtOrigin(context, search.attempts);
    detail(server.issuer);
    return {
      resourceMetadata: search.metadata,
      server,
      resource: resourceToSend(context, search.metadata),
    };
  });
}
