/**
 * Finding the MCP endpoint of a host: the first of several URLs that answers like one.
 *
 * @module
 */

import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { FlowEvent } from "../../core/events.ts";
import { LATEST, revision } from "../../oauth/mcp/revision.ts";
import { type Contact, firstContact } from "./unauthenticated_response.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import { reportableFailure, type Run, startRun, type StepDeps } from "../context/login_context.ts";

/** A first step that was taken already, so that a login need not take it again. */
export interface Begun {
  /** What the server said, or why there is no going on. */
  readonly met: Contact | Failure;
  /** What was reported meanwhile. */
  readonly events: readonly FlowEvent[];
  /** True when the handshake with the MCP server wanted the client's certificate. */
  readonly presented: boolean;
}

/** An endpoint. */
export interface FoundEndpoint extends Begun {
  /** The plan for it; for the first URL when none answered like an MCP endpoint. */
  readonly plan: LoginPlan;
}

/** Paths at which MCP servers are usually found. */
const USUAL_PATHS: readonly string[] = ["/mcp", "/sse", "/"];

/** The URLs to try: the one that was typed, then the usual paths of its host. */
export function endpointCandidates(typed: string): string[] {
  const { origin, href } = new URL(typed);
  const usual = USUAL_PATHS.map((path) => `${origin}${path}`);
  return [typed, ...usual.filter((url) => url !== typed && url !== href)];
}

/** True when a server spoke as an MCP server does. */
function answersLikeOne({ unless }: Contact): boolean {
  return unless === undefined || unless.code === "authorization_not_required";
}

/** Faults of the host, which no other path would mend. */
function isFinal({ code, kind }: Failure): boolean {
  return kind === "cancelled" || code.startsWith("network_") || code.startsWith("address_");
}

async function tryUrls(
  run: Run,
  urls: readonly string[],
  detail: (text: string) => void,
): Promise<{ readonly url: string; readonly met: Contact | Failure }> {
  let first: { readonly url: string; readonly met: Contact | Failure } | undefined;
  for (const url of urls) {
    const met = await firstContact({ ...run, plan: { ...run.plan, serverUrl: url } })
      .catch(toFailure);
    if (!(met instanceof Failure) && answersLikeOne(met)) {
      detail(url === urls[0] ? "an MCP endpoint" : `an MCP endpoint at ${url}`);
      return { url, met };
    }
    first ??= { url, met };
    const why = met instanceof Failure ? met : met.unless;
    if (why !== undefined && isFinal(why)) return { url, met: why };
    run.note(`no MCP endpoint: ${why?.message ?? url}`);
  }
  if (first === undefined) throw new RangeError("no URLs to try");
  return first;
}

/**
 * Asks each URL without a token, until one answers like an MCP endpoint. Never throws.
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
  const run = startRun(
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
  const found = await run.step("request_without_token", async (detail) => {
    const { url, met } = await tryUrls(run, urls, detail);
    if (met instanceof Failure) throw met;
    return { url, met };
  }).catch((error: unknown) => ({ url: urls[0] ?? plan.serverUrl, met: toFailure(error) }));
  const met = deps.signal.aborted
    ? cancelledFailure()
    : found.met instanceof Failure
    ? reportableFailure(found.met, deps.secrets)
    : found.met;
  const presented = run.certificateAt(found.url) !== undefined;
  return { plan: { ...plan, serverUrl: found.url }, met, events, presented };
}
