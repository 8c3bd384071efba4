/** Checks of what the server publishes about its authorization. @module */

import type { Finding, Severity } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import { type Check, error, ok, type Outcome, skipped, warning } from "../check.ts";
import type { Facts } from "../facts.ts";

function counted(findings: readonly Finding[], severity: Severity, rest: Finding): string {
  const more = findings.filter((it) => it.severity === severity && it !== rest).length;
  return more === 0 ? "" : ` (and ${more} more)`;
}

/** The worst finding of a step as an outcome; undefined if there are only notes. */
function worst({ findings }: Facts["probe"], step: StepId): Outcome | undefined {
  const own = findings.filter((finding) => finding.step === step);
  for (const severity of ["error", "warning"] as const) {
    const first = own.find((finding) => finding.severity === severity);
    if (first === undefined) continue;
    const make = severity === "error" ? error : warning;
    return make(first.message + counted(own, severity, first), first.remedy, first.reference);
  }
  return undefined;
}

function isSilent({ status }: Facts["probe"]): boolean {
  return status === "unreachable" || status === "not_mcp";
}

const CHALLENGE: Check<Facts> = {
  id: "challenge",
  title: "Challenge",
  run({ probe }) {
    if (isSilent(probe)) return skipped("no MCP server answers");
    if (probe.authorizationRequired === false) return skipped("no token is needed");
    const found = worst(probe, "request_without_token");
    if (found !== undefined) return found;
    if (probe.status === "refused" && probe.error !== null) {
      return error(
        probe.error.message,
        probe.error.remedy ?? "Ask the operator",
        "MCP authorization, Error Handling",
      );
    }
    const { challenge } = probe;
    if (challenge === null) return skipped("there is none");
    return ok(
      `401 ${challenge.scheme}` +
        (challenge.resourceMetadata.length > 0 ? " that names the resource metadata" : ""),
    );
  },
};

const RESOURCE: Check<Facts> = {
  id: "resource_metadata",
  title: "Resource metadata",
  run({ probe }) {
    if (isSilent(probe)) return skipped("no MCP server answers");
    const { resourceMetadata } = probe;
    const found = worst(probe, "resource_metadata");
    if (found !== undefined) return found;
    if (resourceMetadata !== null) return ok(resourceMetadata.url);
    if (probe.authorizationRequired !== true) {
      return skipped("no token is needed, none is published");
    }
    return warning(
      "none is published",
      "Server: publish protected resource metadata that names the authorization server",
      "RFC 9728 §3",
    );
  },
};

const SERVER: Check<Facts> = {
  id: "authorization_server",
  title: "Authorization server",
  run({ probe }) {
    if (isSilent(probe)) return skipped("no MCP server answers");
    const found = worst(probe, "authorization_server_metadata");
    if (found !== undefined) return found;
    const { authorizationServer: server, status, error: why } = probe;
    if (server !== null) return ok(server.issuer);
    if (status !== "authorization_unclear" || why === null) return skipped("no token is needed");
    return error(why.message, why.remedy ?? "Ask the operator");
  },
};

const REGISTRATION: Check<Facts> = {
  id: "registration",
  title: "Client registration",
  run({ probe, token }) {
    const server = probe.authorizationServer;
    if (server === null) return skipped("no authorization server is known");
    const { dcr, cimd } = server.registration;
    const ways = [...dcr ? ["dynamic"] : [], ...cimd ? ["client ID metadata document"] : []];
    if (ways.length > 0) return ok(ways.join(", "));
    const only = "only clients that were arranged beforehand";
    return token === null
      ? warning(
        only,
        "Ask the operator for a client: mcpass login --registration preregistered --client-id <id>",
        "MCP authorization, Client Registration Approaches",
      )
      : ok(only);
  },
};

export const METADATA_CHECKS: readonly Check<Facts>[] = [CHALLENGE, RESOURCE, SERVER, REGISTRATION];
