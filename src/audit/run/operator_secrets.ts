import type { AuditPlan, AuditRequest } from "../context/audit.ts";
import type { Discovery } from "../context/discovery.ts";
import { skipCheck } from "../context/end_check.ts";

/** Client secrets and tokens from the operator. */
function operatorSecrets({ accessToken, client, secondClient, tokens }: AuditPlan): string[] {
  return [
    accessToken,
    client?.clientSecret,
    secondClient?.clientSecret,
    ...Object.values(tokens ?? {}),
  ].filter((it) => it !== undefined).filter((it) => it !== "");
}

/** The text of a request, with `Basic` credentials decoded. */
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
 * Makes a guard that skips a check which would send a secret of the operator to an authorization
 * server that the operator did not name and that is not on the site of the MCP server.
 *
 * @throws CheckEnd `needs_config`, from the guard.
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
      `your secret is not sent to this authorization server: ${credentialObjection}`,
      "--authorization-server",
    );
  };
}
