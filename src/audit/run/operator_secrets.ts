import type { AuditPlan, AuditRequest } from "../context/audit.ts";
import type { Discovery } from "../context/discovery.ts";
import { skipCheck } from "../context/end_check.ts";

/** Client secrets and tokens that the operator gave, and that were not made for the audit. */
function operatorSecrets({ accessToken, client, secondClient, tokens }: AuditPlan): string[] {
  return [
    accessToken,
    client?.clientSecret,
    secondClient?.clientSecret,
    ...Object.values(tokens ?? {}),
  ].filter((it) => it !== undefined).filter((it) => it !== "");
}

/** The text of a request with what `Basic` encodes. */
function sentText(url: string, headers: AuditRequest["headers"] = [], body = ""): string {
  const values = headers.map(([, value]) => {
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/.exec(value)?.[1];
    if (basic === undefined) return value;
    try {
      return atob(basic);
    } catch {
      return value;
    }
  });
  return [url, body, ...values].join("\n");
}

/**
 * Makes a guard that lets no secret of the operator go to an authorization server that is not the
 * one that the operator named, nor one of the MCP server's own site.
 */
export function guardOperatorSecrets(
  plan: AuditPlan,
  { credentialObjection }: Pick<Discovery, "credentialObjection">,
): (request: AuditRequest, body: string | undefined) => void {
  const encodings = operatorSecrets(plan).flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
  ]);
  return ({ purpose, url, headers }, body) => {
    if (credentialObjection === undefined || encodings.length === 0 || purpose === "mcp") return;
    const text = sentText(url, headers, body);
    if (!encodings.some((it) => text.includes(it))) return;
    throw skipCheck(
      "needs_config",
      `no secret of yours is sent to this authorization server: ${credentialObjection}`,
      "--authorization-server",
    );
  };
}
