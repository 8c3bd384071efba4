import type { Finding } from "../../../core/finding.ts";
import type { DiscoveredServer } from "../../../flow/login/discovered_server.ts";
import type { ServerMetadata } from "../../../oauth/metadata/server_metadata.ts";
import { type Row, rowsText, shown, type View, worstFirst } from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

function registrationText(
  { registrationEndpoint, clientIdMetadataDocument }: ServerMetadata,
): string {
  const offered = [
    ...registrationEndpoint === undefined
      ? []
      : ["registers new clients by itself (dynamic client registration, DCR)"],
    ...clientIdMetadataDocument ? ["takes a client metadata document (CIMD)"] : [],
  ];
  return offered.length === 0
    ? "knows only clients that its operator has entered (preregistered)"
    : offered.join(", and ");
}

function scopesIn({ response, discovery, scopes }: DiscoveredServer): string {
  const { challenge } = response;
  if (challenge?.scope?.length) return `${challenge.scope.join(" ")} (the server asks for them)`;
  const published = discovery.resourceMetadata?.scopesSupported;
  if (published?.length) return `${published.join(" ")} (published by the MCP server)`;
  return scopes === undefined ? "none named: the server decides" : scopes.join(" ");
}

export function guideSummary(
  discovered: DiscoveredServer,
  findings: readonly Finding[],
  view: View,
): string[] {
  const { plan, response, discovery, rules } = discovered;
  const { server, resource } = discovery;
  const spoken = response.protocol.id;
  const rows: Row[] = [
    ["MCP server", plan.serverUrl],
    // A server that requires a token first has not named its revision yet.
    ["Speaks", spoken === rules.id ? undefined : `MCP ${spoken}, with an initialize handshake`],
    ["Checked by", `the rules of MCP ${rules.id}`],
    ["Signs in at", `${server.issuer} (the authorization server; its "issuer")`],
    ["Clients", `it ${registrationText(server)}`],
    ["Scopes", scopesIn(discovered)],
    ["Token for", resource === null ? "no resource is named" : `${resource} (the "resource")`],
  ];
  const reported = worstFirst(findings).filter(({ severity }) => severity !== "info");
  return [
    "",
    view.style.bold("What was found"),
    ...rowsText(rows, view, 400),
    ...reported.flatMap(({ code, severity, message }) => [
      ...wrap(`${severity}: ${shown(message, view, 400)}`, view.width, "", "  ")
        .map(view.style.yellow),
      ...wrap(`mcpass explain ${code}`, view.width, "  ").map(view.style.dim),
    ]),
    "",
  ];
}
