/** Finds the MCP endpoint of a host: the first of several URLs that answers like one. @module */

import type { FlowEvent } from "../../core/events.ts";
import type { Discovery } from "./discover.ts";
import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { StepDeps } from "../context/effects.ts";
import {
  createLoginContext,
  type LoginContext,
  reportableFailure,
} from "../context/login_context.ts";
import type { LoginPlan } from "../context/login_plan.ts";
import {
  requestUnauthenticated,
  type UnauthenticatedResponse,
} from "./unauthenticated_response.ts";

/** The first step of a login, already done. */
export interface FirstStep {
  readonly outcome: UnauthenticatedResponse | Failure;
  readonly events: readonly FlowEvent[];
  /** True if TLS with the MCP server required the client certificate. */
  readonly presentsCertificate: boolean;
  /** Set if discovery is done, too. */
  readonly discovery?: Discovery | undefined;
}

/** A URL that did not answer like an MCP endpoint. */
export interface EndpointAttempt {
  readonly url: string;
  readonly failure: Failure;
}

const USUAL_PATHS: readonly string[] = ["/mcp", "/sse", "/"];

/** The URL as typed, with the other form of its end, then the usual paths of its host. */
export function endpointCandidates(typed: string): string[] {
  const { origin, href, pathname, search } = new URL(typed);
  const usual = USUAL_PATHS.map((path) => `${origin}${path}`);
  const isPath = pathname !== "/" && search === "";
  const other = isPath ? [pathname.endsWith("/") ? href.slice(0, -1) : `${href}/`] : [];
  return [typed, ...new Set([...other, ...usual].filter((url) => url !== typed && url !== href))];
}

/** Faults of the host: another path would not help. */
function isFinal({ code, kind }: Failure): boolean {
  return kind === "cancelled" || code.startsWith("network_") || code.startsWith("address_");
}

const isNothing = ({ code }: Failure): boolean => code === "not_an_mcp_endpoint";

const isRoot = (url: string): boolean => new URL(url).pathname === "/";

/**
 * The first URL that answers like an MCP endpoint, else the first one with something else than a page
 * or nothing, else the first one. The root of a host is often a web site, so it is tried for HTTP+SSE
 * after all others.
 */
async function tryUrls(
  context: LoginContext,
  urls: readonly string[],
  detail: (text: string) => void,
  tried: EndpointAttempt[],
): Promise<{ readonly url: string; readonly outcome: UnauthenticatedResponse }> {
  let first: {
    readonly url: string;
    readonly outcome: UnauthenticatedResponse | Failure;
    readonly why: Failure;
  } | undefined;
  const attempts = [
    ...urls.map((url) => ({ url, mayBeHttpSse: !isRoot(url) })),
    ...urls.filter(isRoot).map((url) => ({ url, mayBeHttpSse: true })),
  ];
  for (const { url, mayBeHttpSse } of attempts) {
    const there = { ...context, plan: { ...context.plan, serverUrl: url } };
    const outcome = await requestUnauthenticated(there, undefined, undefined, mayBeHttpSse)
      .catch(toFailure);
    const why = outcome instanceof Failure ? outcome : outcome.blockedBy;
    if (!(outcome instanceof Failure) && outcome.isMcp) {
      detail(url === urls[0] ? "MCP endpoint" : `MCP endpoint: ${url}`);
      return { url, outcome };
    }
    if (why === undefined || isFinal(why)) throw why;
    tried.push({ url, failure: why });
    if (first === undefined || isNothing(first.why) && !isNothing(why)) {
      first = { url, outcome, why };
    }
  }
  if (first === undefined) throw new RangeError("no URLs to try");
  const { url, outcome } = first;
  if (outcome instanceof Failure) throw outcome;
  return { url, outcome };
}

/**
 * Sends a request without a token to each URL, until one answers like an MCP endpoint. Never
 * throws.
 *
 * @param urls At one origin.
 * @returns The plan with the URL that was found; with the first URL if none was.
 */
export async function findEndpoint(
  plan: LoginPlan,
  deps: StepDeps,
  urls: readonly string[],
): Promise<
  FirstStep & { readonly plan: LoginPlan; readonly tried: readonly EndpointAttempt[] }
> {
  const events: FlowEvent[] = [];
  const tried: EndpointAttempt[] = [];
  const emit = (event: FlowEvent) => {
    events.push(event);
    deps.emit(event);
  };
  const context = createLoginContext(plan, { ...deps, emit });
  const { url, outcome } = await context.step(
    "request_without_token",
    (detail) => tryUrls(context, urls, detail, tried),
  ).catch((error: unknown) => {
    const failure = reportableFailure(toFailure(error), deps.secrets, context.command);
    return { url: urls[0] ?? plan.serverUrl, outcome: failure };
  });
  return {
    plan: { ...plan, serverUrl: url },
    outcome: deps.signal.aborted ? cancelledFailure() : outcome,
    events,
    tried,
    presentsCertificate: context.certificateAt(url) !== undefined,
  };
}
