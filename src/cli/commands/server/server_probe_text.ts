import { ERA_NAMES, TRANSPORT_NAMES } from "../../../oauth/mcp/http_sse.ts";
import type { ProbeResult } from "../../../flow/inspect/probe_server.ts";
import type { EraSummary } from "../../../flow/inspect/era_probe.ts";
import { type JsonObject, stringMember } from "../../../core/json.ts";
import {
  findingsText,
  type NextCommand,
  nextLines,
  type Row,
  rowsText,
  type View,
} from "../../terminal/finding_text.ts";
import { failureText } from "../../terminal/failure_text.ts";
import type { VerdictPrinter } from "../../terminal/marks.ts";

const STATUS_TEXTS: Readonly<Record<ProbeResult["status"], string>> = {
  open: "is an MCP server that requires no token",
  authorization_required: "is an MCP server that requires a sign-in",
  authorization_unclear: "requires a token, but its authorization server could not be discovered",
  refused: "refuses requests without a token (HTTP 403)",
  not_mcp: "does not answer as an MCP server",
  unreachable: "cannot be reached",
};

const UNKNOWN = "unknown without a token";

export function erasText(eras: readonly EraSummary[]): string {
  const spoken = eras.filter((it) => it.spoken === true);
  const unknown = eras.filter((it) => it.spoken === null).map((it) => ERA_NAMES[it.era]);
  if (spoken.length === 0) return unknown.length > 0 ? UNKNOWN : "none";
  const names = spoken.map(({ era, asked, versions }) =>
    `${ERA_NAMES[era]} (${versions.length > 0 ? versions.join(", ") : asked})`
  );
  const rest = unknown.length > 0 ? `; ${unknown.join(", ")} unknown` : "";
  return names.join(" and ") + rest;
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
  if (!dcr && !cimd) return "pre-registered clients only: ask the operator for a client";
  return [
    ...dcr ? ["dynamic (DCR)"] : [],
    ...cimd ? ["client ID metadata document (CIMD)"] : [],
    "pre-registered",
  ].join(", ");
}

function challengeText(challenge: ProbeResult["challenge"]): string | undefined {
  if (challenge === null) return undefined;
  const { scheme, resourceMetadata, error } = challenge;
  return (scheme || "without a scheme") +
    (resourceMetadata.length > 0 ? ", names the resource metadata" : "") +
    (error === null ? "" : `, error ${error}`);
}

function rows(result: ProbeResult): Row[] {
  const { eras, transport, challenge, resourceMetadata, authorizationServer: server } = result;
  const scopes = challenge?.scope ?? resourceMetadata?.scopesSupported;
  const others = resourceMetadata?.authorizationServers.filter((it) => it !== server?.issuer);
  return [
    ["Server", eras.map((it) => serverName(it.serverInfo)).find((it) => it !== undefined)],
    [
      "Transport",
      transport
        ? TRANSPORT_NAMES[transport]
        : eras.some(({ spoken }) => spoken === null)
        ? UNKNOWN
        : undefined,
    ],
    ["Protocol", transport === "streamable_http" ? erasText(eras) : undefined],
    ["Challenge", challengeText(challenge)],
    ["Resource metadata", resourceMetadata?.url, "exact"],
    ["Resource", resourceMetadata?.resource || undefined, "exact"],
    ["Authorization server", server?.issuer, "exact"],
    ["Client registration", server && registrationText(server.registration)],
    ["Others listed", server && others?.join(", ") || undefined],
    ["Scopes", scopes?.join(" ") || undefined],
  ];
}

export function probeText(
  result: ProbeResult,
  next: NextCommand | undefined,
  printer: VerdictPrinter,
  view: View,
): string {
  const { status, error, findings } = result;
  const isFine = status === "open" || status === "authorization_required";
  const verdict = `${result.serverUrl} ${STATUS_TEXTS[status]}`;
  const isExplained = error !== null && next?.[1].line.endsWith(` ${error.code}`);
  const facts = rowsText(rows(result), view);
  const notable = findings.filter((it) => it.code !== error?.code && it.severity !== "info");
  return [
    ...printer.lines(isFine ? "ok" : "error", verdict, view).map((line) => view.style.bold(line)),
    ...error === null ? [] : [
      "",
      ...failureText({
        code: error.code,
        message: error.message,
        remedy: error.remedy ?? undefined,
      }, view),
    ],
    ...notable.length > 0 ? ["", ...findingsText(notable, view)] : [],
    ...facts.length > 0 ? ["", ...facts] : [],
    ...next === undefined || isExplained ? [] : ["", ...nextLines(next, view)],
    "",
  ].join("\n");
}
