/** One exchange as HTML: what was asked, what received, what was noticed. @module */

import { countedOrNo, formatDuration } from "../core/quantities.ts";
import type { HeaderList } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { PAGES } from "../findings/mod.ts";
import type { DecodedToken } from "../trace/decoded_tokens.ts";
import { headerValue, type ReportEntry, type ReportModel } from "./report_model.ts";
import {
  definitionList,
  escapeHtml,
  excerpt,
  pill,
  pre,
  readableBody,
  shownValue,
} from "./html_text.ts";
import { responseName, stepName } from "./format.ts";

/** A finding, with the page of its code; `place` says where it was noticed. */
export function findingHtml(
  { code, severity, message, remedy, reference }: Finding,
  place = "",
): string {
  const page = PAGES.get(code);
  const about = page === undefined ? reference : `${page.means ?? page.title} (${reference})`;
  return `<div class="finding ${severity}">${pill(severity, severity)}` +
    `<span class="code">${escapeHtml(code)}</span>${place}<p><strong>${
      escapeHtml(message)
    }</strong></p>` +
    `<p>${escapeHtml(remedy)}</p><p><small>${escapeHtml(about)}</small></p></div>`;
}

const REGISTERED: ReadonlyMap<string, string> = new Map(Object.entries({
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

/** A token's claims; nobody has verified its signature. */
export function tokenHtml({ member, header, claims, times }: DecodedToken, place = ""): string {
  const rows = Object.entries(claims ?? {}).map(([name, value]) => {
    const known = REGISTERED.get(name);
    const time = Object.hasOwn(times, name) ? times[name] : undefined;
    const shown = shownValue(value);
    return [
      known === undefined ? name : `${name} (${known})`,
      time === undefined ? shown : `${shown} (${time})`,
    ] as const;
  });
  return `<div class="token"><p><strong class="mono">${escapeHtml(member ?? "token")}</strong> ${
    pill("unverified", "")
  } ${place}</p>` +
    definitionList([["header", JSON.stringify(header)], ...rows]) +
    (claims === null ? "<p>The token is encrypted: its claims are not readable.</p>" : "") +
    `</div>`;
}

function head(first: string, headers: HeaderList): string {
  return [first, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

function bodyHtml(body: string, name: string, most: number, more: boolean): string {
  if (body === "") return "";
  const text = readableBody(body);
  return pre(
    excerpt(text, most) + (more && text.length <= most ? "\n… (more was sent)" : ""),
    name,
  );
}

/** The parameters of a query or a form, one a line. */
function parameters(name: string, parameters: URLSearchParams): string {
  const rows = [...parameters];
  return rows.length === 0 ? "" : `<h3>${name}</h3>${definitionList(rows)}`;
}

function sent({ exchange: { id, request } }: ReportEntry, most: number): string {
  const { method, url, headers, body } = request;
  const isForm = headerValue(request, "content-type")?.includes("x-www-form-urlencoded") ?? false;
  return `<div><h3>Request</h3>${pre(head(`${method} ${url}`, headers), `Request ${id}`)}${
    body === null ? "" : bodyHtml(body, `Body of request ${id}`, most, false)
  }` +
    parameters("Query parameters", URL.parse(url)?.searchParams ?? new URLSearchParams()) +
    (isForm && body !== null ? parameters("Form parameters", new URLSearchParams(body)) : "") +
    `</div>`;
}

function received({ exchange: { id, response, fault } }: ReportEntry, most: number): string {
  const failure = fault === null ? "" : `${fault.code}: ${fault.message}`;
  if (response === null) {
    return `<div><h3>Response</h3>${pre(failure || "none", `Response ${id}`)}</div>`;
  }
  const { status, statusText, headers, body, truncated } = response;
  return `<div><h3>Response</h3>${
    pre(head(`HTTP ${status} ${statusText}`.trim(), headers), `Response ${id}`)
  }${bodyHtml(body, `Body of response ${id}`, most, truncated)}` +
    (failure === "" ? "" : `<p>${escapeHtml(failure)}</p>`) + `</div>`;
}

/** True for an exchange that did not do what it was sent for. */
export function failed({ outcome }: ReportEntry): boolean {
  return outcome === "error" || outcome === "refused";
}

/**
 * One exchange, closed.
 *
 * @param most Characters of a body that are shown.
 */
export function exchangeHtml(entry: ReportEntry, { lanes }: ReportModel, most: number): string {
  const { exchange, findings, tokens, outcome } = entry;
  const { id, step, request, startedAt, durationMs, redirectOf } = exchange;
  const lane = lanes[entry.lane];
  return `<details id="exchange-${id}" data-exchange="${id}" data-party="${entry.lane}" ` +
    `data-step="${step}" data-findings="${findings.length > 0}" data-failed="${failed(entry)}">` +
    `<summary><span class="id">${id}</span><span class="what mono">${
      escapeHtml(`${request.method} ${request.url}`)
    }</span>${pill(responseName(entry), outcome)}${
      findings.length === 0 ? "" : pill(countedOrNo(findings.length, "finding"), outcome)
    }<span class="time">${formatDuration(durationMs)}</span></summary><div class="inside">` +
    findings.map((finding) => findingHtml(finding)).join("") +
    definitionList([
      ["Step", stepName(step)],
      ["Party", [lane?.title, lane?.origin].filter(Boolean).join(", ")],
      ["Purpose", entry.purpose || undefined],
      ["Sent", `${startedAt}, ${formatDuration(entry.offsetMs)} after the first`],
      ["Redirect", redirectOf === null ? undefined : `followed from exchange ${redirectOf}`],
      ["Expected", entry.expected],
      ["Received", entry.received],
    ]) +
    `<div class="columns">${sent(entry, most)}${received(entry, most)}</div>` +
    (tokens.length === 0
      ? ""
      : `<h3>Tokens, decoded</h3>${tokens.map((it) => tokenHtml(it)).join("")}`) +
    `</div></details>`;
}
