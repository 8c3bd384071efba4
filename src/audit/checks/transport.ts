/** TLS, caching and limits. @module */

import type { Exchange } from "../../core/exchange.ts";
import { Failure } from "../../core/failure.ts";
import { parseJson } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { locationOf } from "../../http/request_url.ts";
import { cacheSeconds } from "../../oauth/metadata/metadata_response_checks.ts";
import type { Audit } from "../context/audit.ts";
import { judgeCertificate, RENEW_CERTIFICATE } from "../judge/certificate.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { serverMetadataCopies } from "../judge/documents.ts";
import { deviates, passed, skipped } from "../context/outcome.ts";
import { observed } from "../judge/refusal.ts";
import { sendShared } from "../judge/shared_request.ts";

const DAY_SECONDS = 86_400;

const NO_TLS = skipped("not_applicable", "http on loopback has no TLS");

/** The https URLs among those of the MCP server, the token endpoint and the resource metadata. */
function httpsUrls({ plan, discovery }: Audit): string[] {
  const { metadata, resource } = discovery;
  const urls = [plan.serverUrl, metadata?.tokenEndpoint, resource?.answer.url];
  return [...new Set(urls.filter((it) => it?.startsWith("https:")))].filter((it) =>
    it !== undefined
  );
}

/** Their origins. */
function httpsOrigins(audit: Audit): string[] {
  return [...new Set(httpsUrls(audit).map((url) => new URL(url).origin))];
}

/** The same URL with the scheme http, and with the same port. */
const asPlainHttp = (url: string): string => url.replace(/^https:/, "http:");

/** The response by http; undefined if the connection fails. */
async function requestPlain(audit: Audit, url: string): Promise<HttpResponse | undefined> {
  try {
    return await sendShared(audit, {
      purpose: "endpoint",
      url: asPlainHttp(url),
      mayBePlain: true,
    });
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("network_")) return undefined;
    throw error;
  }
}

/** False for a redirect to https, and for an error that is not from an MCP or OAuth server. */
function isServed(response: HttpResponse): boolean {
  if (locationOf(response, response.url)?.protocol === "https:") return false;
  return response.status < 400 || response.headers.has("www-authenticate");
}

function retryAfter(exchange: Exchange): string | undefined {
  return exchange.response?.headers.find(([name]) => /^retry-after$/i.test(name))?.[1];
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "tls_plain",
    severity: "error",
    attacker: "A2",
    cost: { requests: 3 },
    async run(audit) {
      const urls = httpsUrls(audit);
      if (urls.length === 0) return NO_TLS;
      for (const url of urls) {
        const response = await requestPlain(audit, url);
        if (response === undefined || !isServed(response)) continue;
        return deviates(`GET ${asPlainHttp(url)} gets ${observed(response)}`);
      }
      return passed("http is refused or redirected to https");
    },
  },
  {
    id: "tls_certificate",
    severity: "warning",
    cost: { requests: 0 },
    async run(audit) {
      const origins = httpsOrigins(audit);
      if (origins.length === 0) return NO_TLS;
      const texts: string[] = [];
      for (const origin of origins) {
        const facts = await audit.readCertificate(origin);
        if (facts === undefined) continue;
        const { status, text } = judgeCertificate(facts, audit.clock.now());
        if (status === "expired") {
          return deviates(`${origin}: ${text}`, { severity: "error", remedy: RENEW_CERTIFICATE });
        }
        if (status === "ends_soon") {
          return deviates(`${origin}: ${text}`, { remedy: RENEW_CERTIFICATE });
        }
        if (status === "valid") texts.push(text);
      }
      return texts.length === 0
        ? skipped("not_applicable", "no certificate could be read, as behind a proxy")
        : passed(texts.join("; "));
    },
  },
  {
    id: "tls_hsts",
    severity: "info",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { opening, resource, server } = discovery;
      const answers = [opening, resource, server].map((it) => it?.answer)
        .filter((it) => it?.url.startsWith("https:") === true)
        .filter((it) => it !== undefined);
      cite(...answers);
      if (answers.length === 0) return NO_TLS;
      const hosts = Map.groupBy(answers, ({ url }) => new URL(url).origin);
      const without = [...hosts].filter(([, of]) =>
        !of.some(({ headers }) => headers.has("strict-transport-security"))
      ).map(([origin]) => origin);
      return without.length === 0
        ? passed("each host sends Strict-Transport-Security")
        : deviates(`no Strict-Transport-Security from ${without.join(", ")}`);
    },
  },
  {
    id: "documents_cacheable",
    severity: "info",
    findings: ["metadata_caching", "metadata_sets_cookie"],
    cost: { requests: 0 },
    async run(audit) {
      const { resource } = audit.discovery;
      audit.cite(resource?.answer);
      const copies = await serverMetadataCopies(audit);
      const answers = [resource?.answer, ...copies.map(({ answer }) => answer)]
        .filter((it) => it !== undefined);
      if (answers.length === 0) return skipped("not_applicable", "there is no document");
      for (const { url, headers } of answers) {
        const seconds = cacheSeconds(headers);
        if (seconds > DAY_SECONDS) {
          const days = counted(Math.round(seconds / DAY_SECONDS), "day");
          return deviates(`${url} may be cached for ${days}`);
        }
        if (headers.has("set-cookie")) return deviates(`${url} sets a cookie`);
      }
      return passed("no document may be cached for more than one day");
    },
  },
  {
    id: "limits_shaped",
    severity: "info",
    last: true,
    cost: { requests: 0 },
    run({ exchanges, cite }) {
      const limited = exchanges().filter(({ response }) => response?.status === 429);
      if (limited.length === 0) return passed("no request got HTTP 429");
      for (const exchange of limited) {
        cite({ exchangeId: exchange.id });
        const faults = [
          retryAfter(exchange) === undefined ? "no Retry-After" : "",
          parseJson(exchange.response?.body ?? "") === undefined ? "no JSON body" : "",
        ].filter((it) => it !== "");
        if (faults.length === 0) continue;
        return deviates(`the HTTP 429 of ${exchange.request.url} has ${faults.join(" and ")}`);
      }
      return passed(`${counted(limited.length, "response")} with HTTP 429, each with Retry-After`);
    },
  },
];

export const TRANSPORT_GROUP: CheckGroup = {
  id: "transport",
  title: "Transport",
  requires: [],
  checks: CHECKS,
};
