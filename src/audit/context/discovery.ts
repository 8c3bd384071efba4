/** What the inspection of a server found, which login, probe and doctor use too. @module */

import type { Finding } from "../../core/finding.ts";
import { type JsonObject, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { EraResponse } from "../../flow/inspect/era_probe.ts";
import type { Probe, ProbeResult } from "../../flow/inspect/probe_server.ts";
import type { MetadataAttempt } from "../../flow/context/login_context.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  type BearerChallenge,
  type Challenge,
  chooseChallenge,
  isOAuthChallenge,
  parseChallenges,
} from "../../oauth/mcp/challenge.ts";
import { canonicalResource } from "../../oauth/mcp/resource.ts";
import { LATEST, LATEST_INITIALIZE, type Revision, revision } from "../../oauth/mcp/revision.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import { judgeIssuerBinding } from "../../oauth/metadata/issuer_binding.ts";
import { judgeServerMetadata, type ServerMetadata } from "../../oauth/metadata/server_metadata.ts";

export interface Discovery {
  readonly rules: Revision;
  /** The URL that is audited: the given one, or where it redirects to with or without a slash. */
  readonly serverUrl: string;
  /** The redirect to `serverUrl`; undefined if the given URL answers. */
  readonly redirect: HttpResponse | undefined;
  readonly probe: ProbeResult;
  /** The findings of the inspection: rules that a login has too. */
  readonly findings: readonly Finding[];
  /** The responses to requests without a token, of both protocol eras. */
  readonly responses: readonly EraResponse[];
  /** The response in the era of the audited revision. */
  readonly opening: EraResponse | undefined;
  /** The first response that asks for a token; undefined if none does. */
  readonly challenged: HttpResponse | undefined;
  /** Those of all schemes in `challenged`. */
  readonly challenges: readonly Challenge[];
  /** The one that clients follow. */
  readonly challenge: BearerChallenge | undefined;
  /** True if no request needs a token, and nothing says where to sign in. */
  readonly isOpen: boolean;
  /** Every URL where metadata was expected. */
  readonly attempts: readonly MetadataAttempt[];
  readonly resource: MetadataAttempt | undefined;
  /** Empty without a document. */
  readonly resourceDocument: JsonObject;
  readonly server: MetadataAttempt | undefined;
  /** Empty without a document. */
  readonly serverDocument: JsonObject;
  /** Also those of a document that a login would refuse; undefined without a document. */
  readonly metadata: ServerMetadata | undefined;
  /**
   * Why no secret or token of the operator may be sent to the authorization server. Undefined if the
   * operator named it, or if it is on the site of the MCP server.
   */
  readonly credentialObjection: string | undefined;
  /** `resource` as clients send it; undefined if the revision has none. */
  readonly resourceParameter: string | undefined;
}

/** The newest revision that the server supports, as far as that is visible without a token. */
export function auditedRevision(responses: readonly EraResponse[]): Revision {
  const spoken = (era: string) =>
    responses.find(({ summary }) => summary.era === era)?.summary.spoken !== false;
  return spoken("stateless") ? LATEST : LATEST_INITIALIZE;
}

/** The parts of the discovery that depend on the protocol of the revision. */
export function openingOf(
  responses: readonly EraResponse[],
  rules: Revision,
): Pick<Discovery, "rules" | "opening"> {
  return { rules, opening: responses.find(({ summary }) => summary.era === rules.era) };
}

/** Without the findings that are due to the slash that the audit added or removed. */
function withoutSlashFindings(
  findings: readonly Finding[],
  document: JsonObject,
  given: string,
): readonly Finding[] {
  return stringMember(document, "resource") === canonicalResource(given)
    ? findings.filter(({ code }) => code !== "resource_trailing_slash")
    : findings;
}

/** The first response that asks for a token, that of the audited era before others. */
function challengedResponse(
  opening: EraResponse | undefined,
  { sent }: Probe["walk"],
): HttpResponse | undefined {
  const others = sent.filter(({ request }) => request.purpose === "mcp").map((it) => it.answer);
  const answers = [opening?.answer, ...others].filter((it) => it !== undefined);
  return answers.find(({ status }) => status === 401) ??
    answers.find(({ headers }) => isOAuthChallenge(headers.get("www-authenticate")));
}

/** The metadata of a document that a login refuses. */
function refusedMetadata(
  attempt: MetadataAttempt | undefined,
  serverUrl: string,
  rules: Revision,
): ServerMetadata | undefined {
  if (attempt?.document === undefined) return undefined;
  const { answer, document, identifier, source } = attempt;
  return judgeServerMetadata(answer, document, {
    issuer: identifier,
    isDefault: source === "origin",
    serverUrl,
    rules,
    trust: {},
    codeGrant: true,
  }).metadata;
}

/** @param isAccepted True if a login would use the metadata. */
async function objectionToCredentials(
  server: ServerMetadata | undefined,
  isAccepted: boolean,
  serverUrl: string,
  named: string | undefined,
): Promise<string | undefined> {
  if (server === undefined) return undefined;
  if (!isAccepted && server.lookupIssuer !== undefined) {
    return `the metadata for ${quoted(server.lookupIssuer)} has the issuer ` +
      quoted(server.issuer);
  }
  const credentials = ["client secret"] as const;
  const verdict = await judgeIssuerBinding({ serverUrl, server, named, known: [], credentials });
  return verdict === "confirmed"
    ? undefined
    : `${quoted(server.issuer)} is on another site than the MCP server, and ` +
      "--authorization-server does not name it";
}

/** The facts of an inspection that has ended. */
export async function discoveryOf(
  found: Probe,
  chosen: RevisionId | undefined,
  { serverUrl, named, extra, called, redirect }: {
    /** The given URL. */
    readonly serverUrl: string;
    /** The issuer of `--authorization-server`. */
    readonly named?: string | undefined;
    /** A document that clients of the revision do not read. */
    readonly extra?: MetadataAttempt | undefined;
    /** The response to a tool call that asks for a token. */
    readonly called?: HttpResponse | undefined;
    readonly redirect?: HttpResponse | undefined;
  },
): Promise<Discovery> {
  const { walk, responses, result } = found;
  const rules = chosen === undefined ? auditedRevision(responses) : revision(chosen);
  const attempts = [...walk.attempts, ...extra === undefined ? [] : [extra]];
  const documents = (kind: MetadataAttempt["kind"]) =>
    attempts.filter((it) => it.kind === kind && it.document !== undefined);
  const servers = documents("authorization_server_metadata");
  const resource = documents("resource_metadata").at(-1);
  const server = servers.find((it) => it.objection === undefined) ?? servers[0];
  const resourceDocument = resource?.document ?? {};
  const identifier = walk.resource ?? stringMember(resourceDocument, "resource") ??
    canonicalResource(serverUrl);
  const { opening } = openingOf(responses, rules);
  const challenged = challengedResponse(opening, walk) ?? called;
  const header = challenged?.headers.get("www-authenticate") ?? "";
  const { challenges } = parseChallenges(header);
  const metadata = walk.server ?? refusedMetadata(server, result.serverUrl, rules);
  const isAccepted = walk.server !== undefined;
  return {
    rules,
    serverUrl: result.serverUrl,
    redirect,
    probe: result,
    findings: withoutSlashFindings(result.findings, resourceDocument, serverUrl),
    responses,
    opening,
    challenged,
    challenges,
    challenge: chooseChallenge(challenges),
    isOpen: result.status === "open" && challenged === undefined && resource === undefined &&
      named === undefined,
    attempts,
    resource,
    resourceDocument,
    server,
    serverDocument: server?.document ?? {},
    metadata,
    credentialObjection: await objectionToCredentials(metadata, isAccepted, serverUrl, named),
    resourceParameter: rules.resourceParameter ? identifier : undefined,
  };
}
