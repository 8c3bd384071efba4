/** Finds the MCP endpoint of a host: the first of several URLs that answers like one. @module */

import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { FlowEvent } from "../../core/events.ts";
import { LATEST, revision } from "../../oauth/mcp/revision.ts";
import {
  requestUnauthenticated,
  type UnauthenticatedResponse,
} from "./unauthenticated_response.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import {
  createLoginContext,
  type LoginContext,
  reportableFailure,
  type StepDeps,
} from "../context/login_context.ts";

/** The first step of a login, already done. */
export interface FirstStep {
  readonly outcome: UnauthenticatedResponse | Failure;
  readonly events: readonly FlowEvent[];
  /** True if TLS with the MCP server required the client certificate. */
  readonly presentsCertificate: boolean;
}

export interface FoundEndpoint extends FirstStep {
  /** The plan with the URL that was found; with the first URL if none was. */
  readonly plan: LoginPlan;
}

const USUAL_PATHS: readonly string[] = ["/mcp", "/sse", "/"];

/** The URL as typed, then the usual paths of its host. */
export function endpointCandidates(typed: string): string[] {
  const { origin, href } = new URL(typed);
  const usual = USUAL_PATHS.map((path) => `${origin}${path}`);
  return [typed, ...usual.filter((url) => url !== typed && url !== href)];
}

function answersLikeOne({ blockedBy }: UnauthenticatedResponse): boolean {
  return blockedBy === undefined || blockedBy.code === "authorization_not_required";
}

/** Faults of the host: another path would not help. */
function isFinal({ code, kind }: Failure): boolean {
  return kind === "cancelled" || code.startsWith("network_") || code.startsWith("address_");
}

async function tryUrls(
  context: LoginContext,
  urls: readonly string[],
  detail: (text: string) => void,
): Promise<{ readonly url: string; readonly outcome: UnauthenticatedResponse | Failure }> {
  let first:
    | { readonly url: string; readonly outcome: UnauthenticatedResponse | Failure }
    | undefined;
  for (const url of urls) {
    const outcome = await requestUnauthenticated({
      ...context,
      plan: { ...context.plan, serverUrl: url },
    })
      .catch(toFailure);
    if (!(outcome instanceof Failure) && answersLikeOne(outcome)) {
      detail(url === urls[0] ? "an MCP endpoint" : `an MCP endpoint at ${url}`);
      return { url, outcome };
    }
    first ??= { url, outcome };
    const why = outcome instanceof Failure ? outcome : outcome.blockedBy;
    if (why !== undefined && isFinal(why)) return { url, outcome: why };
    context.note(why?.message ?? `no MCP endpoint at ${url}`);
  }
  if (first === undefined) throw new RangeError("no URLs to try");
  return first;
}

/**
 * Sends a request without a token to each URL, until one answers like an MCP endpoint. Never
 * throws.
 *
 * @param urls At one origin.
 */
export async function findEndpoint(
  plan: LoginPlan,
  deps: StepDeps,
  urls: readonly string[],
): Promise<FoundEndpoint> {
  const events: FlowEvent[] = [];
  const auto = plan.protocolVersion === "auto";
  const rules = plan.protocolVersion === "auto" ? LATEST : revision(plan.protocolVersion);
  const context = createLoginContext(
    plan,
    {
      ...deps,
      emit(event) {
        events.push(event);
        deps.emit(event);
      },
    },
    rules,
    auto,
  );
  const found = await context.step("request_without_token", async (detail) => {
    const { url, outcome } = await tryUrls(context, urls, detail);
    if (outcome instanceof Failure) throw outcome;
    return { url, outcome };
  }).catch((error: unknown) => ({ url: urls[0] ?? plan.serverUrl, outcome: toFailure(error) }));
  const outcome = deps.signal.aborted
    ? cancelledFailure()
    : found.outcome instanceof Failure
    ? reportableFailure(found.outcome, deps.secrets)
    : found.outcome;
  const presentsCertificate = context.certificateAt(found.url) !== undefined;
  return { plan: { ...plan, serverUrl: found.url }, outcome, events, presentsCertificate };
}
