/**
 * What a server offers, found out without credentials.
 *
 * @module
 */

import type { Clock } from "../core/deps.ts";
import type { Emit } from "../core/events.ts";
import { cancelledFailure, expectedFailure, Failure } from "../core/failure.ts";
import type { Finding } from "../core/finding.ts";
import { type JsonObject, stringListMember, stringMember } from "../core/json.ts";
import { quoted } from "../core/text.ts";
import type { Code } from "../findings/mod.ts";
import { judgeChallenge } from "../flow/discovery/challenge_findings.ts";
import { discover } from "../flow/discovery/discovery.ts";
import type { Contact } from "../flow/discovery/first_contact.ts";
import { accountOf } from "../flow/inspect/inspect_chain.ts";
import { watchedRun } from "../flow/inspect/inspect_run.ts";
import type { InspectPlan } from "../flow/inspect/inspection.ts";
import type { Tried } from "../flow/discovery/tried.ts";
import { mediaType } from "../oauth/common/answer.ts";
import { LATEST, LATEST_INITIALIZE } from "../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../oauth/metadata/server_metadata.ts";
import { createWireProbe, type WireAccount, type WireAnswer, type WireDeps } from "./wires.ts";

/** What a probe needs. */
export interface ProbeDeps extends WireDeps {
  /** Receives steps, findings and notes. */
  readonly emit: Emit;
  /** Time. */
  readonly clock: Clock;
}

/** The challenge of a 401 or 403. */
export interface ChallengeAccount {
  /** `Bearer`, `DPoP`, another scheme, or empty. */
  readonly scheme: string;
  /** `resource_metadata` values. */
  readonly resourceMetadata: readonly string[];
  /** Scopes that it names, or null. */
  readonly scope: readonly string[] | null;
  /** `error`, or null. */
  readonly error: string | null;
}

/** The protected resource metadata that is in force. */
export interface ResourceAccount {
  /** Where it stands. */
  readonly url: string;
  /** `resource`, or null. */
  readonly resource: string | null;
  /** `authorization_servers`. */
  readonly authorizationServers: readonly string[];
  /** `scopes_supported`, or null. */
  readonly scopesSupported: readonly string[] | null;
  /** The document. */
  readonly document: JsonObject;
}

/** A way to come to a client identifier, and whether the server offers it. */
export interface RegistrationAccount {
  /** Dynamic client registration (RFC 7591). */
  readonly dcr: boolean;
  /** Client ID Metadata Documents. */
  readonly cimd: boolean;
  /** A client arranged beforehand: always possible. */
  readonly preregistered: true;
}

/** The authorization server that a login would take. */
export interface AuthorizationServerAccount {
  /** Issuer. */
  readonly issuer: string;
  /** Where its metadata stands; null when default endpoints stand in for it. */
  readonly url: string | null;
  /** How a client identifier is come by. */
  readonly registration: RegistrationAccount;
  /** `grant_types_supported`, or null. */
  readonly grantTypes: readonly string[] | null;
  /** `scopes_supported`, or null. */
  readonly scopesSupported: readonly string[] | null;
  /** The document; null when there is none. */
  readonly document: JsonObject | null;
}

/** A place that was asked for metadata. */
export interface PlaceAccount {
  /** What was looked for. */
  readonly kind: Tried["kind"];
  /** URL. */
  readonly url: string;
  /** Status. */
  readonly status: number;
  /** Why the document is not used; null when it is. */
  readonly objection: string | null;
}

/** Outcome of a probe. */
export interface ProbeResult {
  /** MCP server URL, as typed. */
  readonly serverUrl: string;
  /**
   * `open`: no token needed; `authorization_required`: a login can be tried; `authorization_unclear`:
   * a token is needed, and where to get one cannot be found out; `refused`: 403 to everything;
   * `not_mcp`: something else answers there; `unreachable`: nothing does.
   */
  readonly status:
    | "open"
    | "authorization_required"
    | "authorization_unclear"
    | "refused"
    | "not_mcp"
    | "unreachable";
  /** `streamable_http`, `sse` (the transport of 2024-11-05, not spoken by this program), or null. */
  readonly transport: "streamable_http" | "sse" | null;
  /** What was answered on each wire. */
  readonly wires: readonly WireAccount[];
  /** Whether listing the tools needs a token; null when it could not be found out. */
  readonly authorizationRequired: boolean | null;
  /** The challenge, or null. */
  readonly challenge: ChallengeAccount | null;
  /** The protected resource metadata, or null. */
  readonly resourceMetadata: ResourceAccount | null;
  /** The authorization server, or null. */
  readonly authorizationServer: AuthorizationServerAccount | null;
  /** Where metadata was looked for, in order. */
  readonly places: readonly PlaceAccount[];
  /** What was noticed. */
  readonly findings: readonly Finding[];
  /** Why nothing more was learned, or null. */
  readonly error: {
    readonly code: Code;
    readonly message: string;
    readonly remedy: string | null;
  } | null;
}

function errorOf({ code, message, remedy }: Failure): NonNullable<ProbeResult["error"]> {
  return { code, message, remedy: remedy ?? null };
}

function resourceAccount(place: Tried | undefined): ResourceAccount | null {
  if (place?.document === undefined) return null;
  const { document, url } = place;
  return {
    url,
    resource: stringMember(document, "resource") ?? null,
    authorizationServers: stringListMember(document, "authorization_servers") ?? [],
    scopesSupported: stringListMember(document, "scopes_supported") ?? null,
    document,
  };
}

function serverAccount(metadata: ServerMetadata, place: Tried | undefined) {
  const document = place?.objection === undefined ? place?.document ?? null : null;
  return {
    issuer: metadata.issuer,
    url: document === null ? null : place?.url ?? null,
    registration: {
      dcr: metadata.registrationEndpoint !== undefined,
      cimd: metadata.clientIdMetadataDocument,
      preregistered: true,
    },
    grantTypes: document && (stringListMember(document, "grant_types_supported") ?? null),
    scopesSupported: metadata.scopesSupported ?? null,
    document,
  } as const;
}

/** Which answer tells more about authorization. */
function telling(answers: readonly WireAnswer[]): WireAnswer | undefined {
  const order = ["unauthorized", "open", "forbidden", "other_wire", "unexpected"];
  return answers.toSorted((a, b) => order.indexOf(a.verdict.kind) - order.indexOf(b.verdict.kind))
    .at(0);
}

function notMcp(serverUrl: string, { answer, verdict }: WireAnswer): Failure {
  const said = "why" in verdict ? verdict.why : `HTTP ${answer.status}`;
  const page = mediaType(answer) === "text/html" && answer.status < 300;
  return new Failure(
    "not_an_mcp_endpoint",
    `${quoted(serverUrl)} does not answer as an MCP server: ${said}`,
    {
      remedy: page
        ? "A web page answers there: check the path (often /mcp), or a web login stands in front " +
          "of the server"
        : "Check the path of --url (often /mcp), with and without a trailing slash",
      reference: "MCP transports, Streamable HTTP",
    },
  );
}

function oldTransport(serverUrl: string): Failure {
  return new Failure(
    "transport_not_supported",
    `${quoted(serverUrl)} speaks HTTP+SSE, the transport of 2024-11-05, which this program does ` +
      "not speak",
    {
      remedy: "Ask the operator for the Streamable HTTP address (often /mcp in place of /sse)",
      reference: "MCP transports, Backward Compatibility",
    },
  );
}

/** Why discovery may only go on if the server publishes resource metadata. */
function doubt(serverUrl: string, answer: WireAnswer): Failure | undefined {
  if (answer.verdict.kind === "unauthorized") return undefined;
  return answer.verdict.kind === "open"
    ? new Failure("authorization_not_required", `${quoted(serverUrl)} answers without a token`)
    : new Failure(
      "access_refused",
      `${quoted(serverUrl)} refuses requests without a token with 403, where 401 was due`,
      {
        remedy:
          "A policy in front of the server may refuse this client. Server: answer 401 with a " +
          "challenge to a request without a token",
        reference: "MCP authorization, Error Handling",
      },
    );
}

/**
 * Asks an endpoint without credentials and reads the metadata that it leads to. Registers nothing
 * and signs nobody in. What goes wrong is part of the result.
 *
 * @throws Failure `cancelled` on Ctrl-C.
 */
export async function probe(serverUrl: string, deps: ProbeDeps): Promise<ProbeResult> {
  const plan: InspectPlan = {
    url: serverUrl,
    protocolVersion: undefined,
    headers: [],
    stepTimeoutMs: 0,
  };
  const watched = watchedRun(
    plan,
    { ...deps, send: (request) => deps.http.send(request) },
    LATEST,
    true,
  );
  const { run } = watched;
  const answers: WireAnswer[] = [];
  let transport: ProbeResult["transport"] = null;
  let challenge: ChallengeAccount | null = null;
  let server: AuthorizationServerAccount | null = null;
  let authorizationRequired: boolean | null = null;

  const result = (status: ProbeResult["status"], failure?: Failure): ProbeResult => {
    const walk = { ...watched, failure: failure ?? null, unless: undefined };
    const { resource, findings } = accountOf(walk, plan, LATEST);
    for (const finding of findings) deps.emit({ type: "finding", finding });
    return {
      serverUrl,
      status,
      transport,
      wires: answers.map(({ account }) => account),
      authorizationRequired,
      challenge,
      resourceMetadata: resourceAccount(resource),
      authorizationServer: server,
      places: watched.tried.map(({ kind, url, answer, objection }) => ({
        kind,
        url,
        status: answer.status,
        objection: objection ?? null,
      })),
      findings,
      error: failure === undefined ? null : errorOf(failure),
    };
  };
  const failureIn = (error: unknown): Failure => {
    if (deps.signal.aborted) throw cancelledFailure();
    const failure = expectedFailure(error);
    if (failure.kind === "cancelled") throw failure;
    return failure;
  };

  let open: boolean;
  try {
    open = await run.step("request_without_token", async (detail) => {
      const ask = createWireProbe(serverUrl, deps);
      answers.push(await ask.stateless(), await ask.initialize());
      const known = answers.some(({ account }) => account.spoken !== false);
      if (known) transport = "streamable_http";
      else if (answers.some(({ answer }) => [400, 404, 405].includes(answer.status))) {
        if (await ask.opensEventStream().catch(() => false)) transport = "sse";
      }
      detail(answers.map(({ account }) => `${account.asked} ${account.detail}`).join("; "));
      return known;
    });
  } catch (error) {
    const failure = failureIn(error);
    return result(answers.length > 0 ? "not_mcp" : "unreachable", failure);
  }
  const best = telling(answers);
  if (!open || best === undefined) {
    return transport === "sse"
      ? result("not_mcp", oldTransport(serverUrl))
      : result("not_mcp", best && notMcp(serverUrl, best));
  }

  authorizationRequired = best.account.tokenRequired;
  const header = best.answer.headers.get("www-authenticate");
  const judged = best.verdict.kind === "open"
    ? { challenge: undefined, judgements: [] }
    : judgeChallenge(header, false);
  if (best.verdict.kind === "unauthorized") run.judge(judged.judgements);
  const said = judged.challenge;
  challenge = said === undefined ? null : {
    scheme: said.scheme,
    resourceMetadata: said.resourceMetadata,
    scope: said.scope ?? null,
    error: said.error ?? null,
  };
  const contact: Contact = {
    challenge: said,
    url: best.answer.url,
    wire: best.account.wire === "stateless" ? LATEST : LATEST_INITIALIZE,
    unless: doubt(serverUrl, best),
  };
  try {
    const found = await discover(run, contact, () => {});
    server = serverAccount(
      found.server,
      watched.tried.findLast((it) => it.kind === "authorization_server_metadata"),
    );
    return result(authorizationRequired === false ? "open" : "authorization_required");
  } catch (error) {
    const failure = failureIn(error);
    if (failure.code === "authorization_not_required") return result("open");
    if (failure.code === "access_refused") return result("refused", failure);
    return result(authorizationRequired === false ? "open" : "authorization_unclear", failure);
  }
}
