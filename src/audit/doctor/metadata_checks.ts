import { withCommand } from "../../core/command_text.ts";
import type { StepId } from "../../core/step.ts";
import { quoted } from "../../core/text.ts";
import type { GroupId } from "../context/verdict.ts";
import { FIXED_REDIRECT_URI, ownClientFlags } from "../../oauth/common/redirect_uri.ts";
import {
  type DoctorCheck,
  type Facts,
  fail,
  type Outcome,
  pass,
  skip,
  warn,
} from "./doctor_check.ts";

function tolerated(outcome: Outcome): Outcome {
  if (outcome.status !== "error") return outcome;
  const detail = `${outcome.detail}; the token of the stored sign-in is accepted anyway`;
  return { ...outcome, status: "warning", detail };
}

/**
 * The worst result of a group of checks of `oauth conformance`, or what `judge` says; skipped if
 * there is no server. What only these checks report is no error, because a login accepts it.
 */
function judgeGroup(
  facts: Facts,
  group: GroupId,
  step: StepId,
  judge: (probe: Facts["probe"]) => Outcome,
): Outcome {
  const { connection, deviations, probe, token } = facts;
  if (probe.status === "unreachable" || probe.status === "not_mcp") {
    return skip("no MCP server answers");
  }
  // The next sign-in would fail, but the token of the stored one is accepted.
  const works = connection !== null && token !== null;
  // The check of the client registration says that there is none.
  const ofStep = probe.findings.filter((finding) =>
    finding.step === step && finding.code !== "registration_unavailable"
  );
  const ofGroup = deviations.filter((it) => it.group === group && it.severity !== "info")
    .map((it) => ({ ...it, severity: "warning" as const }));
  for (const [severity, make] of [["error", fail], ["warning", warn]] as const) {
    const [first, ...rest] = [...ofStep, ...ofGroup].filter((it) => it.severity === severity);
    if (first === undefined) continue;
    const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
    const outcome = make(first.message + more, first.remedy, first.reference);
    return works ? tolerated(outcome) : outcome;
  }
  const outcome = judge(probe);
  return works ? tolerated(outcome) : outcome;
}

export const METADATA_CHECKS: readonly DoctorCheck[] = [
  {
    id: "challenge",
    title: "Challenge",
    run(facts) {
      if (facts.probe.authorizationRequired === false) return skip("no token is needed");
      // A login fails: that says more than the check.
      if (facts.probe.status === "refused") facts = { ...facts, deviations: [] };
      return judgeGroup(
        facts,
        "challenge",
        "request_without_token",
        ({ status, challenge, error: cause }) => {
          if (status === "refused" && cause !== null) {
            const remedy = cause.remedy ?? "Ask the operator";
            return fail(cause.message, remedy, "MCP authorization, Error Handling");
          }
          if (challenge === null) return skip("there is none");
          const names = challenge.resourceMetadata.length > 0;
          return pass(`401 ${challenge.scheme}${names ? " that names the resource metadata" : ""}`);
        },
      );
    },
  },
  {
    id: "resource_metadata",
    title: "Resource metadata",
    run: (facts) =>
      judgeGroup(
        facts,
        "resource_metadata",
        "resource_metadata",
        ({ resourceMetadata }) =>
          resourceMetadata === null
            ? skip("no token is needed, and no metadata is published")
            : pass(resourceMetadata.url),
      ),
  },
  {
    id: "authorization_server",
    title: "Authorization server",
    run: (facts) =>
      judgeGroup(facts, "server_metadata", "authorization_server_metadata", (probe) => {
        const { authorizationServer, status, error: cause } = probe;
        if (authorizationServer !== null) return pass(authorizationServer.issuer);
        return status !== "authorization_unclear" || cause === null
          ? skip("no token is needed")
          : fail(cause.message, cause.remedy ?? "Ask the operator");
      }),
  },
  {
    id: "registration",
    title: "Client registration",
    run({ canSignIn, hasClient, login, probe, token }) {
      if (probe.authorizationServer === null) return skip("no authorization server is known");
      const { dcr, cimd } = probe.authorizationServer.registration;
      if (dcr) return pass(cimd ? "dynamic, client ID metadata document" : "dynamic");
      if (cimd) return pass("client ID metadata document");
      const only = "pre-registered clients only";
      return token !== null || hasClient || !canSignIn ? pass(only) : warn(
        only,
        withCommand(
          `Ask the operator for a client with the redirect URI ${
            quoted(FIXED_REDIRECT_URI)
          }, then sign in with it`,
          login(ownClientFlags(FIXED_REDIRECT_URI)),
        ),
        "MCP authorization, Client Registration Approaches",
      );
    },
  },
];
