/** Access of scripts in a browser (Fetch, CORS protocol; RFC 9700 §2.6). @module */

import type { HeaderList } from "../../core/exchange.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { firstRequest } from "../../oauth/mcp/first_request.ts";
import { CLIENT_INFO } from "../../flow/discovery/unauthenticated_request.ts";
import type { Audit, AuditRequest } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { documentRequest, requestKeySet } from "../judge/documents.ts";
import { deviates, passed, skipped } from "../context/outcome.ts";
import { noJudgement } from "../judge/refusal.ts";
import { sendShared } from "../judge/shared_request.ts";
import type { Outcome } from "../context/verdict.ts";
import { INVENTED_ORIGIN } from "../judge/invented.ts";

const FROM_ORIGIN: HeaderList = [["origin", INVENTED_ORIGIN]];

/** A deviation that only clients in browsers notice: a note, unless the plan expects such clients. */
const blocksBrowsers = ({ plan }: Audit, message: string): Outcome =>
  deviates(message, { severity: plan.browserClients ? "warning" : "info" });

const allowedOrigin = ({ headers }: HttpResponse) => headers.get("access-control-allow-origin");

const isReadable = (response: HttpResponse): boolean =>
  ["*", INVENTED_ORIGIN].includes(allowedOrigin(response) ?? "");

/** The names in a header, in lower case. */
function namesIn({ headers }: HttpResponse, name: string): string[] {
  return (headers.get(name) ?? "").toLowerCase().split(",").map((it) => it.trim());
}

/** The headers that a client of the revision sends. */
function headersOf({ rules }: Audit): string[] {
  const own = rules.era === "stateless" ? ["mcp-method", "mcp-name"] : ["mcp-session-id"];
  return ["authorization", "content-type", "mcp-protocol-version", ...own];
}

function sendPreflight(
  audit: Audit,
  purpose: AuditRequest["purpose"],
  url: string,
  headers: readonly string[],
): Promise<HttpResponse> {
  return sendShared(audit, {
    purpose,
    method: "OPTIONS",
    url,
    headers: [
      ...FROM_ORIGIN,
      ["access-control-request-method", "POST"],
      ["access-control-request-headers", headers.join(",")],
    ],
  });
}

const sendMcpPreflight = (audit: Audit) =>
  sendPreflight(audit, "mcp", audit.plan.serverUrl, headersOf(audit));

function sendFromBrowser(audit: Audit): Promise<HttpResponse> {
  const { rules, plan } = audit;
  const { headers, body } = firstRequest(rules.era, rules.id, CLIENT_INFO);
  const url = plan.serverUrl;
  return sendShared(audit, { purpose: "mcp", url, headers: [...headers, ...FROM_ORIGIN], body });
}

/** The preflight responses of the endpoints that a client in a browser posts to. */
async function tokenPreflights(audit: Audit) {
  const { tokenEndpoint, registrationEndpoint } = audit.discovery.metadata ?? {};
  const rows = [
    { name: "token endpoint", purpose: "token", url: tokenEndpoint },
    { name: "registration endpoint", purpose: "registration", url: registrationEndpoint },
  ] as const;
  const sent = [];
  for (const { name, purpose, url } of rows) {
    if (url === undefined) continue;
    sent.push({ name, response: await sendPreflight(audit, purpose, url, ["content-type"]) });
  }
  return sent;
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "cors_documents",
    severity: "info",
    cost: { requests: 3 },
    async run(audit) {
      const { resource, server, serverDocument } = audit.discovery;
      const responses: HttpResponse[] = [];
      for (const document of [resource, server]) {
        if (document === undefined) continue;
        const request = documentRequest(document.kind, document.answer.url, FROM_ORIGIN);
        responses.push(await sendShared(audit, request));
      }
      if (typeof serverDocument["jwks_uri"] === "string") {
        responses.push(await requestKeySet(audit, FROM_ORIGIN));
      }
      if (responses.length === 0) return skipped("not_applicable", "no document was found");
      const nothing = responses.map(noJudgement).find((it) => it !== undefined);
      if (nothing !== undefined) return nothing;
      const closed = responses.filter((it) => isSuccess(it) && !isReadable(it));
      return closed.length === 0
        ? passed("each document has Access-Control-Allow-Origin")
        : blocksBrowsers(
          audit,
          `no Access-Control-Allow-Origin for ${INVENTED_ORIGIN}: ${
            closed.map((it) => it.url).join(", ")
          }`,
        );
    },
  },
  {
    id: "cors_preflight",
    severity: "info",
    cost: { requests: 1 },
    async run(audit) {
      const response = await sendMcpPreflight(audit);
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const { status } = response;
      if (!isSuccess(response)) return blocksBrowsers(audit, `OPTIONS gets HTTP ${status}`);
      if (!isReadable(response)) {
        const message = `OPTIONS gets HTTP ${status} without Access-Control-Allow-Origin`;
        return blocksBrowsers(audit, message);
      }
      const allowed = namesIn(response, "access-control-allow-headers");
      // The star does not cover authorization.
      const missing = headersOf(audit).filter((name) =>
        !allowed.includes(name) && (name === "authorization" || !allowed.includes("*"))
      );
      return missing.length === 0
        ? passed(`Access-Control-Allow-Headers allows ${headersOf(audit).join(", ")}`)
        : blocksBrowsers(
          audit,
          `Access-Control-Allow-Headers does not allow ${missing.join(", ")}`,
        );
    },
  },
  {
    id: "cors_expose",
    severity: "info",
    cost: { requests: 1 },
    async run(audit) {
      const response = await sendFromBrowser(audit);
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const { opening } = audit.discovery;
      if (response.status === 403 && opening?.answer.status !== 403) {
        return skipped(
          "not_applicable",
          `the server refuses the origin ${INVENTED_ORIGIN} with HTTP 403`,
        );
      }
      if (!response.headers.has("www-authenticate")) {
        return skipped("needs_control", "the response has no challenge", "challenge_present");
      }
      if (!isReadable(response)) {
        const message = `the HTTP ${response.status} has no Access-Control-Allow-Origin`;
        return blocksBrowsers(audit, message);
      }
      const exposed = namesIn(response, "access-control-expose-headers");
      return exposed.includes("www-authenticate") || exposed.includes("*")
        ? passed("WWW-Authenticate is exposed")
        : blocksBrowsers(audit, "Access-Control-Expose-Headers does not have WWW-Authenticate");
    },
  },
  {
    id: "cors_token",
    severity: "info",
    cost: { requests: 2 },
    async run(audit) {
      if (audit.discovery.metadata === undefined) {
        return skipped("needs_control", "no metadata names the endpoints", "asm_found");
      }
      const sent = await tokenPreflights(audit);
      if (sent.length === 0) return skipped("not_advertised", "there is no token endpoint");
      const nothing = sent.map(({ response }) => noJudgement(response))
        .find((it) => it !== undefined);
      if (nothing !== undefined) return nothing;
      const closed = sent.filter(({ response }) => !isSuccess(response) || !isReadable(response));
      return closed.length === 0
        ? passed(`the ${sent.map(({ name }) => name).join(" and ")}: other origins are allowed`)
        : blocksBrowsers(
          audit,
          closed.map(({ name, response }) =>
            `${name}: OPTIONS gets HTTP ${response.status} ` +
            `${isReadable(response) ? "with" : "without"} Access-Control-Allow-Origin`
          ).join("; "),
        );
    },
  },
  {
    id: "cors_no_credentials",
    severity: "error",
    attacker: "A1",
    cost: { requests: 3 },
    async run(audit) {
      const responses = [
        await sendMcpPreflight(audit),
        await sendFromBrowser(audit),
        ...(await tokenPreflights(audit)).map(({ response }) => response),
      ];
      const open = responses.find((it) =>
        allowedOrigin(it) === INVENTED_ORIGIN &&
        it.headers.get("access-control-allow-credentials") === "true"
      );
      return open === undefined
        ? passed(`no endpoint allows ${INVENTED_ORIGIN} with credentials`)
        : deviates(
          `${open.url}: Access-Control-Allow-Origin: ${INVENTED_ORIGIN} with ` +
            "Access-Control-Allow-Credentials: true",
        );
    },
  },
];

export const CORS_GROUP: CheckGroup = {
  id: "cors",
  title: "Browsers",
  requires: [],
  checks: CHECKS,
};
