/** The result of a probe as text. @module */

import type { ProbeResult } from "../../../flow/inspect/probe_server.ts";
import type { EraSummary } from "../../../flow/inspect/era_probe.ts";
import { type JsonObject, stringMember } from "../../../core/json.ts";
import { failureText, findingsText, shown, type View } from "../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";

const ANSWERS: Readonly<Record<ProbeResult["status"], string>> = {
  open: "is an MCP server that answers without a token",
  authorization_required: "is an MCP server that wants a sign-in",
  authorization_unclear: "wants a token, and where to get one cannot be found out",
  refused: "refuses requests without a token by policy",
  not_mcp: "does not answer as an MCP server",
  unreachable: "cannot be reached",
};

const ERA: Readonly<Record<EraSummary["wire"], string>> = {
  stateless: "modern",
  initialize: "legacy",
};

export function erasText(wires: readonly EraSummary[]): string {
  const spoken = wires.filter((it) => it.spoken === true);
  const unknown = wires.filter((it) => it.spoken === null);
  const name = ({ wire, asked, versions }: EraSummary) =>
    `${ERA[wire]} (${versions.length > 0 ? versions.join(", ") : asked})`;
  if (spoken.length > 0) {
    return [
      spoken.map(name).join(" and "),
      ...unknown.length > 0 ? [`${unknown.map((it) => ERA[it.wire]).join(", ")} not known`] : [],
    ].join("; ");
  }
  return unknown.length > 0 ? "not told before a token is shown" : "none";
}

export function serverName(info: JsonObject | null | undefined): string | undefined {
  const name = info && (stringMember(info, "title") ?? stringMember(info, "name"));
  if (!name) return undefined;
  const version = info && stringMember(info, "version");
  return version ? `${name} ${version}` : name;
}

function registrationText(
  { dcr, cimd }: NonNullable<ProbeResult["authorizationServer"]>["registration"],
): string {
  const ways = [
    ...dcr ? ["dynamic (dcr)"] : [],
    ...cimd ? ["client ID metadata document (cimd)"] : [],
    "preregistered",
  ];
  return ways.length === 1 ? "preregistered only: ask the operator for a client" : ways.join(", ");
}

function rows(result: ProbeResult): Field[] {
  const { wires, challenge, resourceMetadata: resource, authorizationServer: server } = result;
  const name = wires.map((it) => serverName(it.serverInfo)).find((it) => it !== undefined);
  const scopes = challenge?.scope ?? resource?.scopesSupported;
  const others = (resource?.authorizationServers ?? []).filter((it) => it !== server?.issuer);
  return [
    ...name === undefined ? [] : [["Server", name] as const],
    ...result.transport === null ? [] : [
      ["Transport", result.transport === "sse" ? "HTTP+SSE of 2024-11-05" : "Streamable HTTP"],
    ] as const,
    ...result.transport === "streamable_http" ? [["Wire", erasText(wires)] as const] : [],
    ...challenge === null ? [] : [
      [
        "Challenge",
        `${challenge.scheme || "without a scheme"}` +
        (challenge.resourceMetadata.length > 0 ? ", names the resource metadata" : "") +
        (challenge.error === null ? "" : `, error ${challenge.error}`),
      ] as const,
    ],
    ...resource === null ? [] : [["Resource metadata", resource.url, "exact"]] as const,
    ...resource?.resource ? [["Resource", resource.resource, "exact"]] as const : [],
    ...server === null ? [] : [
      ["Authorization server", server.issuer, "exact"],
      ["Client registration", registrationText(server.registration)],
    ] as const,
    ...others.length > 0 && server !== null ? [["Others listed", others.join(", ")] as const] : [],
    ...scopes && scopes.length > 0 ? [["Scopes", scopes.join(" ")] as const] : [],
  ];
}

export function probeText(
  result: ProbeResult,
  next: readonly [why: string, line: string] | undefined,
  view: View,
): string {
  const { style, width } = view;
  const server = shown(result.serverUrl, view);
  const good = result.status === "open" || result.status === "authorization_required";
  const head = wrap(`${server} ${ANSWERS[result.status]}`, width)
    .map((line) => (good ? style.green : style.yellow)(style.bold(line)));
  const facts = rows(result).map(([label, text, ...exact]): Field => [
    label,
    shown(text, view),
    ...exact,
  ]);
  const { error } = result;
  const explained = next?.[1].endsWith(` ${error?.code}`) === true;
  const failed = error === null ? [] : [
    "",
    ...failureText(undefined, {
      code: explained ? undefined : error.code,
      message: error.message,
      remedy: error.remedy ?? undefined,
    }, view),
  ];
  const notable = result.findings.filter((it) => it.code !== error?.code && it.severity !== "info");
  return [
    ...head,
    ...facts.length > 0 ? ["", ...fields(facts, width)] : [],
    ...failed,
    ...notable.length > 0 ? ["", ...findingsText(notable, view)] : [],
    ...next === undefined ? [] : ["", `${next[0]}:`, `  ${next[1]}`],
    "",
  ].join("\n");
}
