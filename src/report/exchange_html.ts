import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { countedOrNo, formatDuration } from "../core/quantities.ts";
import { PAGES } from "../findings/mod.ts";
import type { DecodedToken } from "../trace/decoded_tokens.ts";
import { responseName, STEP_NAMES } from "./labels.ts";
import { escapeHtml } from "../core/escape_html.ts";
import {
  definitionList,
  escapeHtmlLines,
  excerpt,
  pill,
  pre,
  readableBody,
  shownValue,
} from "./html_text.ts";
import { type ExchangeModel, headerValue, type Message, type ReportEntry } from "./report_model.ts";

/** @param place HTML of a link to the exchange. */
export function findingHtml(
  { code, severity, message, remedy, reference }: Finding,
  place = "",
): string {
  const page = PAGES.get(code);
  const about = page === undefined ? reference : `${page.meaning} (${reference})`;
  return `<div class="finding ${severity}">${pill(severity, severity)}` +
    `<span class="code">${escapeHtml(code)}</span>${place}` +
    `<p><strong>${escapeHtml(message)}</strong></p><p>${
      escapeHtmlLines(remedy).replaceAll("\n", "<br>")
    }</p>` +
    `<p><small>${escapeHtml(about)}</small></p></div>`;
}

const REGISTERED_CLAIMS: ReadonlyMap<string, string> = new Map(Object.entries({
  iss: "issuer",
  sub: "subject",
  aud: "audience",
  exp: "expires",
  nbf: "not before",
  iat: "issued",
  auth_time: "authenticated",
  jti: "token id",
  azp: "authorized party",
  scope: "scope",
  scp: "scope",
  client_id: "client",
  cnf: "bound to",
}));

export function tokenHtml({ member, header, claims, times }: DecodedToken, place = ""): string {
  const rows = Object.entries(claims ?? {}).map(([name, value]) => {
    const meaning = REGISTERED_CLAIMS.get(name);
    const time = Object.hasOwn(times, name) ? times[name] : undefined;
    const shown = shownValue(value);
    return [
      meaning === undefined ? name : `${name} (${meaning})`,
      time === undefined ? shown : `${shown} (${time})`,
    ] as const;
  });
  return `<div class="token"><p><strong class="mono">${escapeHtml(member ?? "token")}</strong> ` +
    `${pill("unverified", "")} ${place}</p>` +
    definitionList([["header", JSON.stringify(header)], ...rows]) +
    (claims === null ? "<p>The token is encrypted: its claims are not readable.</p>" : "") +
    "</div>";
}

function messageHtml(
  name: string,
  first: string,
  { headers, body, truncated }: Message,
  limit: number,
): string {
  const head = [first, ...headers.map(([field, value]) => `${field}: ${value}`)].join("\n");
  const text = readableBody(body ?? "");
  const more = truncated && text.length <= limit ? "\n… (more was sent)" : "";
  return pre(head, name) +
    (text && pre(excerpt(text, limit) + more, `Body of ${name.toLowerCase()}`));
}

function parameters(title: string, query: string): string {
  const list = definitionList([...new URLSearchParams(query)]);
  return list && `<h3>${title}</h3>${list}`;
}

function requestHtml({ id, request }: Exchange, limit: number): string {
  const { method, url, body } = request;
  const isForm = headerValue(request, "content-type")?.includes("x-www-form-urlencoded");
  return "<div><h3>Request</h3>" +
    messageHtml(`Request ${id}`, `${method} ${url}`, request, limit) +
    parameters("Query parameters", URL.parse(url)?.search ?? "") +
    parameters("Form parameters", isForm && body || "") + "</div>";
}

function responseHtml({ id, response, fault }: Exchange, limit: number): string {
  const failure = fault === null ? "" : `${fault.code}: ${fault.message}`;
  const name = `Response ${id}`;
  if (response === null) return `<div><h3>Response</h3>${pre(failure || "none", name)}</div>`;
  const first = `HTTP ${response.status} ${response.statusText}`.trim();
  return `<div><h3>Response</h3>${messageHtml(name, first, response, limit)}` +
    (failure && `<p>${escapeHtml(failure)}</p>`) + "</div>";
}

/** Request and response, side by side if there is room. @param limit Characters of a body. */
export function messagesHtml(exchange: Exchange, limit: number): string {
  return `<div class="columns">${requestHtml(exchange, limit)}${
    responseHtml(exchange, limit)
  }</div>`;
}

export function isFailed({ outcome }: ReportEntry): boolean {
  return outcome === "error" || outcome === "refused";
}

/**
 * One exchange, closed.
 *
 * @param limit Characters of a body that are shown.
 */
export function exchangeHtml(entry: ReportEntry, { lanes }: ExchangeModel, limit: number): string {
  const { exchange, findings, tokens, outcome } = entry;
  const { id, step, request, startedAt, durationMs, redirectOf } = exchange;
  const lane = lanes[entry.lane];
  const count = findings.length === 0 ? "" : countedOrNo(findings.length, "finding");
  return `<details id="exchange-${id}" data-exchange="${id}" data-party="${entry.lane}" ` +
    `data-step="${step}" data-findings="${count !== ""}" data-failed="${isFailed(entry)}">` +
    `<summary><span class="id">${id}</span>` +
    `<span class="what mono">${escapeHtml(`${request.method} ${request.url}`)}</span>` +
    pill(responseName(entry), outcome) + (count && pill(count, outcome)) +
    `<span class="time">${formatDuration(durationMs)}</span></summary><div class="inside">` +
    findings.map((finding) => findingHtml(finding)).join("") +
    definitionList([
      ["Step", STEP_NAMES[step]],
      ["Party", [lane?.title, lane?.origin].filter(Boolean).join(", ")],
      ["Purpose", entry.purpose || undefined],
      ["Sent", `${startedAt}, ${formatDuration(entry.offsetMs)} after the first`],
      ["Redirect", redirectOf === null ? undefined : `followed from exchange ${redirectOf}`],
      ["Expected", entry.expected],
      ["Received", entry.received],
    ]) +
    messagesHtml(exchange, limit) +
    (tokens.length === 0 ? "" : "<h3>Tokens, decoded</h3>") +
    tokens.map((token) => tokenHtml(token)).join("") + "</div></details>";
}
