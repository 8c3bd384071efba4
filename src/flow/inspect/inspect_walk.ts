/** The discovery of a login, without a sign-in. @module */

import { cancelledFailure, expectedFailure, type Failure } from "../../core/failure.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import { discover } from "../discovery/discover.ts";
import { findServerMetadata } from "../discovery/fetch_metadata.ts";
import {
  type UnauthenticatedResponse,
  unauthenticatedStep,
} from "../discovery/unauthenticated_response.ts";
import {
  createInspectionContext,
  type InspectDeps,
  type InspectionContext,
} from "./inspect_run.ts";
import type { InspectPlan } from "./inspection.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { usableServer } from "../client/client_registration.ts";

export interface Walk extends InspectionContext {
  /** Why no authorization server was found. */
  readonly failure: Failure | null;
  /** Why the response to a request without a token was not 401. */
  readonly blockedBy: Failure | undefined;
  readonly server?: ServerMetadata;
}

/** True if no response was received, or the request was not sent. */
export function isUnreachable({ code }: Failure): boolean {
  return /^(network_|address_refused$|url_refused$|unsendable_url$)/.test(code);
}

async function responseFailureOf(
  context: InspectionContext["context"],
  url: string,
): Promise<UnauthenticatedResponse> {
  try {
    return await unauthenticatedStep(context);
  } catch (error) {
    const failure = expectedFailure(error);
    if (failure.kind === "cancelled" || isUnreachable(failure)) throw failure;
    return { challenge: undefined, url, protocol: context.rules, blockedBy: failure };
  }
}

function failedWalk(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) throw cancelledFailure();
  return expectedFailure(error);
}

/**
 * Discovers the authorization server of an MCP server.
 *
 * @param response Sends the requests without a token; by default those of a login.
 * @throws Failure `cancelled`.
 */
export async function walkServer(
  plan: InspectPlan,
  deps: InspectDeps,
  rules: Revision,
  auto: boolean,
  response: (context: LoginContext) => Promise<UnauthenticatedResponse> = (context) =>
    responseFailureOf(context, plan.url),
): Promise<Walk> {
  const watched = createInspectionContext(plan, deps, rules, auto);
  let blockedBy: Failure | undefined;
  try {
    const found = await response(watched.context);
    blockedBy = found.blockedBy;
    const { server } = await discover(watched.context, found, usableServer(watched.context, null));
    return { ...watched, failure: null, blockedBy, server };
  } catch (error) {
    return { ...watched, failure: failedWalk(error, deps.signal), blockedBy };
  }
}

/**
 * Finds the metadata of an issuer.
 *
 * @throws Failure `cancelled`.
 */
export async function walkIssuer(
  plan: InspectPlan,
  deps: InspectDeps,
  rules: Revision,
  issuer: string,
): Promise<Walk> {
  const watched = createInspectionContext(plan, deps, rules, false);
  const { context } = watched;
  try {
    await context.step("authorization_server_metadata", async (detail) => {
      const { server, judgements } = await findServerMetadata(context, issuer, {
        checks: rules,
        sequence: rules,
      });
      context.judge(judgements);
      detail(server.issuer);
    });
    return { ...watched, failure: null, blockedBy: undefined };
  } catch (error) {
    return { ...watched, failure: failedWalk(error, deps.signal), blockedBy: undefined };
  }
}
