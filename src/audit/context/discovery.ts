/** What the one engine that inspects a server found, for the checks. @module */

import { type JsonObject, stringMember } from "../../core/json.ts";
import type { EraResponse } from "../../flow/inspect/era_probe.ts";
import { probe, type ProbeChoices, type ProbeResult } from "../../flow/inspect/probe_server.ts";
import type { InspectDeps } from "../../flow/inspect/inspect_walk.ts";
import type { MetadataAttempt } from "../../flow/context/login_context.ts";
import { LATEST, LATEST_INITIALIZE, type Revision, revision } from "../../oauth/mcp/revision.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";

export interface Discovery {
  readonly rules: Revision;
  readonly probe: ProbeResult;
  /** The responses to requests without a token, of both protocol eras. */
  readonly responses: readonly EraResponse[];
  /** The response in the era of the audited revision. */
  readonly opening: EraResponse | undefined;
  /** Every URL where metadata was expected. */
  readonly attempts: readonly MetadataAttempt[];
  readonly resource: MetadataAttempt | undefined;
  /** Empty without a document. */
  readonly resourceDocument: JsonObject;
  readonly server: MetadataAttempt | undefined;
  /** Empty without a document. */
  readonly serverDocument: JsonObject;
  /** Undefined if a login would refuse the metadata. */
  readonly metadata: ServerMetadata | undefined;
  /** `resource` as clients send it; undefined if the revision has none. */
  readonly resourceParameter: string | undefined;
}

/** The newest revision that the server speaks, as far as it says without a token. */
function auditedRevision(responses: readonly EraResponse[]): Revision {
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

/**
 * Sends the requests of `server probe`.
 *
 * @throws Failure `cancelled`.
 */
export async function discoverServer(
  serverUrl: string,
  chosen: RevisionId | undefined,
  deps: InspectDeps,
  choices: ProbeChoices,
): Promise<Discovery> {
  const found = await probe(serverUrl, deps, { protocolVersion: chosen ?? "auto", ...choices });
  const { attempts, server: metadata, resource: sent } = found.walk;
  const rules = chosen === undefined ? auditedRevision(found.responses) : revision(chosen);
  const documents = (kind: MetadataAttempt["kind"]) =>
    attempts.filter((it) => it.kind === kind && it.document !== undefined);
  const servers = documents("authorization_server_metadata");
  const resource = documents("resource_metadata").at(-1);
  const server = servers.find((it) => it.objection === undefined) ?? servers[0];
  const resourceDocument = resource?.document ?? {};
  const identifier = sent ?? stringMember(resourceDocument, "resource") ?? serverUrl;
  return {
    probe: found.result,
    responses: found.responses,
    ...openingOf(found.responses, rules),
    attempts,
    resource,
    resourceDocument,
    server,
    serverDocument: server?.document ?? {},
    metadata,
    resourceParameter: rules.resourceParameter ? identifier : undefined,
  };
}
