/**
 * Discovery as a login does it, walked to its end without signing in.
 *
 * @module
 */

import { cancelledFailure, expectedFailure, type Failure } from "../../core/failure.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import { discover } from "../discovery/discover.ts";
import { findServerMetadata } from "../discovery/fetch_metadata.ts";
import { type Contact, contactStep } from "../discovery/unauthenticated_response.ts";
import { type InspectDeps, type WatchedRun, watchedRun } from "./inspect_run.ts";
import type { InspectPlan } from "./inspection.ts";
import type { Run } from "../context/login_context.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { usableServer } from "../client/client_registration.ts";

/** A discovery that has ended. */
export interface Walk extends WatchedRun {
  /** Why it found no authorization server; null when it did. */
  readonly failure: Failure | null;
  /** Why no 401 came; undefined when one did. */
  readonly unless: Failure | undefined;
  /** The authorization server that an MCP server leads to; undefined when none was found. */
  readonly server?: ServerMetadata;
}

/** True when the request did not get an answer, or was not sent at all. */
export function isUnreachable({ code }: Failure): boolean {
  return /^(network_|address_refused$|url_refused$|unsendable_url$)/.test(code);
}

async function contactOf(run: WatchedRun["run"], url: string): Promise<Contact> {
  try {
    return await contactStep(run);
  } catch (error) {
    const failure = expectedFailure(error);
    if (failure.kind === "cancelled" || isUnreachable(failure)) throw failure;
    return { challenge: undefined, url, wire: run.rules, unless: failure };
  }
}

function ended(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) throw cancelledFailure();
  return expectedFailure(error);
}

/**
 * Walks from an MCP server to its authorization server.
 *
 * @param contact Sends the requests without a token; by default those of a login.
 * @throws Failure `cancelled`.
 */
export async function walkServer(
  plan: InspectPlan,
  deps: InspectDeps,
  rules: Revision,
  auto: boolean,
  contact: (run: Run) => Promise<Contact> = (run) => contactOf(run, plan.url),
): Promise<Walk> {
  const watched = watchedRun(plan, deps, rules, auto);
  let unless: Failure | undefined;
  try {
    const found = await contact(watched.run);
    unless = found.unless;
    const { server } = await discover(watched.run, found, usableServer(watched.run, null));
    return { ...watched, failure: null, unless, server };
  } catch (error) {
    return { ...watched, failure: ended(error, deps.signal), unless };
  }
}

/**
 * Walks from an issuer to its metadata.
 *
 * @throws Failure `cancelled`.
 */
export async function walkIssuer(
  plan: InspectPlan,
  deps: InspectDeps,
  rules: Revision,
  issuer: string,
): Promise<Walk> {
  const watched = watchedRun(plan, deps, rules, false);
  const { run } = watched;
  try {
    await run.step("authorization_server_metadata", async (detail) => {
      const { server, judgements } = await findServerMetadata(run, issuer, {
        checks: rules,
        sequence: rules,
      });
      run.judge(judgements);
      detail(server.issuer);
    });
    return { ...watched, failure: null, unless: undefined };
  } catch (error) {
    return { ...watched, failure: ended(error, deps.signal), unless: undefined };
  }
}
