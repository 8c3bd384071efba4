import type { HeaderList } from "../../../core/exchange.ts";
import { printable } from "../../../core/text.ts";
import type { ErrorMeaning } from "../../../oauth/token/error_meaning.ts";
import type { DecodedJwt } from "../../../oauth/common/jwt_text.ts";
import type { DebugProxyDocument, StreamReport } from "./debug_proxy_document.ts";
import type { View } from "../../terminal/finding_text.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { type Field, fields, wrap } from "../../terminal/layout.ts";
import { counted, formatDuration } from "../../../core/quantities.ts";
import {
  bodyLines,
  headerLines,
  type ProxyDocument,
  safeLines,
  statusLine,
} from "./proxy_response.ts";

const MAX_EVENTS = 20;

const PHASE_NAMES = {
  dns: "look-up",
  connect: "connect",
  tls: "TLS",
  send: "send",
  wait: "wait",
  body: "body",
} as const;

function addressRows({ dns, connection }: DebugProxyDocument): Field[] {
  const found = (dns?.answers ?? []).map(({ address, kind, refused }) => {
    const used = address === connection.address ? ", used" : "";
    return `${address} (${kind.replace("_", "-")}${refused === null ? used : ", refused"})`;
  });
  return [
    ["Host", dns === null ? "not looked up" : `${printable(dns.host)} (${dns.source})`],
    ["Addresses", found.length === 0 ? "none" : found.join(", ")],
    ...connection.attempts.flatMap(({ address, error }): Field[] =>
      error === null ? [] : [["Not reached", `${address}: ${printable(error)}`]]
    ),
  ];
}

function tlsRows({ tls, request }: DebugProxyDocument): Field[] {
  if (tls === null) {
    return [["TLS", request.url.startsWith("https:") ? "not established" : "none"]];
  }
  const { version, cipher, certificate, note } = tls;
  const protocol = version === null
    ? `unknown: ${note}`
    : `${version}, ${cipher ?? "unknown cipher"}`;
  return [
    ["TLS", protocol],
    ...certificate === null ? [] : [
      ["Certificate", printable(certificate.subject)],
      ["Issued by", printable(certificate.issuer)],
      ["Valid", `${certificate.validFrom} to ${certificate.validTo}`],
      ["For", certificate.subjectAltNames.map((name) => printable(name)).join(", ")],
    ] as const,
  ];
}

function timingText({ timings }: DebugProxyDocument): string {
  if (timings.total === null) return "nothing was sent";
  const phases = Object.entries(PHASE_NAMES) as [keyof typeof PHASE_NAMES, string][];
  const parts = phases.flatMap(([phase, name]) => {
    const took = timings[phase];
    return took === null ? [] : [`${name} ${formatDuration(took)}`];
  });
  return `${formatDuration(timings.total)}: ${parts.join(", ")}`;
}

function requestLines({ request }: DebugProxyDocument, { style }: View): string[] {
  const line = style.bold(`${request.method} ${printable(request.url, Infinity)}`);
  if (request.headers === null) return [line, "(not sent)"];
  const body = request.body === null ? [] : ["", ...safeLines(request.body)];
  return [line, ...headerLines(request.headers, style), ...body];
}

function redirectRows({ redirect }: DebugProxyDocument): Field[] {
  if (redirect === null) return [];
  const verdict = redirect.allowed
    ? "not followed; these rules would allow it"
    : `not followed; these rules refuse it: ${printable(redirect.reason ?? "")}`;
  return [["Redirect to", printable(redirect.location, Infinity)], ["", verdict]];
}

function meaningLines(meaning: ErrorMeaning, { width, style }: View): string[] {
  const where = {
    oauth_error: "OAuth error",
    bearer_challenge: "challenge",
    jsonrpc_error: "JSON-RPC error",
  }[meaning.kind];
  const serverText = meaning.said === null ? "" : `; the server says: ${printable(meaning.said)}`;
  const head = `${where} ${printable(String(meaning.code), 100)}: ${meaning.meaning}${serverText}`;
  return [
    ...wrap(head, width, "", "  "),
    ...wrap(meaning.remedy, width, "  "),
    ...wrap(meaning.reference, width, "  ").map(style.dim),
  ];
}

function jwtLines(jwt: DecodedJwt, { style }: View): string[] {
  const { member, header, claims, times } = jwt;
  const title = `${member === null ? "A JWT" : printable(member)}, signature not verified`;
  const dates = Object.entries(times).map(([name, time]) => style.dim(`${name} is ${time}`));
  const parts = { header, ...claims === null ? {} : { claims } };
  return [title, ...jsonText(parts).trimEnd().split("\n"), ...dates];
}

function streamLines(stream: StreamReport, { style }: View): string[] {
  const { events, retry, comments, endpoint } = stream;
  const ended = {
    complete: "the server closed the stream",
    enough: "mcpass stopped at the event limit (--sse-events)",
    time: "mcpass stopped at the time limit (--sse-timeout)",
  }[stream.ended];
  const lines = [`${counted(events.length, "event")}, then ${ended}`];
  if (retry !== null) lines.push(`reconnect after ${retry} ms`);
  if (comments > 0) lines.push(counted(comments, "comment line"));
  if (endpoint !== null) {
    const url = endpoint.url === null ? "no usable URL" : printable(endpoint.url);
    const objection = endpoint.sameOrigin ? "" : ", on another origin: a client must refuse it";
    lines.push(
      `this is the old HTTP+SSE transport (2024-11-05): messages go to ${url}${objection}`,
    );
  }
  for (const { event, data, id } of events.slice(0, MAX_EVENTS)) {
    const label = id === undefined ? printable(event) : `${printable(event)} (id ${printable(id)})`;
    lines.push("", style.dim(`${label}:`), ...safeLines(data));
  }
  const more = events.length - MAX_EVENTS;
  return more > 0 ? [...lines, "", `and ${more} more; see --format json`] : lines;
}

function responseLines(document: DebugProxyDocument, headers: HeaderList, view: View): string[] {
  if (document.status === undefined) return [];
  const response = document as DebugProxyDocument & ProxyDocument;
  const body = document.stream === null ? ["", ...bodyLines(response)] : [];
  return [statusLine(response, view.style), ...headerLines(headers, view.style), ...body];
}

export function debugProxyText(
  document: DebugProxyDocument,
  headers: HeaderList,
  view: View,
): string {
  const connection = [
    ...addressRows(document),
    ...tlsRows(document),
    ["Time", timingText(document)] as const,
  ];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Connection", fields(connection, view.width)],
    ["Request", requestLines(document, view)],
    ["Answer", responseLines(document, headers, view)],
    ["Redirect", fields(redirectRows(document), view.width)],
    ["Explained", document.explanations.flatMap((it) => meaningLines(it, view))],
    ["Tokens", document.jwts.flatMap((jwt) => jwtLines(jwt, view))],
    ["Events", document.stream === null ? [] : streamLines(document.stream, view)],
  ];
  const text = sections.filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [view.style.bold(title), ...lines].join("\n"));
  return `${text.join("\n\n")}\n`;
}
