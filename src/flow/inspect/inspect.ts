/** `oauth metadata`: what is at a URL, and what clients do with it. @module */

import { wellKnownLocation } from "../../oauth/metadata/metadata_kind.ts";
import { inspectChain } from "./inspect_chain.ts";
import { inspectDocument } from "./inspect_document.ts";
import type { InspectDeps } from "./inspect_run.ts";
import type { Inspection, InspectPlan } from "./inspection.ts";

/**
 * Inspects a metadata document, an MCP server or an issuer, without a registration or sign-in.
 * Errors of the server are findings.
 *
 * @throws Failure `cancelled`.
 */
export async function inspect(plan: InspectPlan, deps: InspectDeps): Promise<Inspection> {
  const known = wellKnownLocation(plan.url) !== undefined ||
    new URL(plan.url).pathname.includes("/.well-known/");
  return known ? await inspectDocument(plan, deps) : await inspectChain(plan, deps);
}
