/** What the MCP endpoint shows without a token. @module */

import type { Exchange } from "../../../core/exchange.ts";
import { isObject, member, parseJson } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { isJsonType, isSuccess, mediaType } from "../../../oauth/common/endpoint_response.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { isOpeningOpen, sendOpening } from "../../judge/mcp_request.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { judgeRefusal, noJudgement, observed } from "../../judge/refusal.ts";
import { sendShared } from "../../judge/shared_request.ts";
import type { Outcome } from "../../context/verdict.ts";

/** The id of a session that nobody opened. */
const INVENTED_SESSION = "mcpass-audit-session";

const IDENTITY_HEADERS = [
  "x-forwarded-user",
  "x-remote-user",
  "x-auth-request-user",
  "x-auth-request-email",
  "x-forwarded-email",
];

function sendMethod(audit: Audit, method: "GET" | "HEAD" | "DELETE"): Promise<HttpResponse> {
  const { plan, rules } = audit;
  const accept = method === "DELETE" ? "application/json" : "text/event-stream";
  const session = method === "DELETE" && rules.era === "initialize"
    ? [["mcp-session-id", INVENTED_SESSION] as const]
    : [];
  return sendShared(audit, {
    purpose: "mcp",
    method,
    url: plan.serverUrl,
    headers: [["accept", accept], ["mcp-protocol-version", rules.id], ...session],
  });
}

/** A deviation if a response to GET or HEAD shows more than that there is a server. */
function judgeDisclosure(method: string, response: HttpResponse): Outcome | undefined {
  const what = `${method} without a token`;
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  if (response.status >= 500) {
    return deviates(`${what} causes a server error: ${observed(response)}`, {
      severity: "warning",
    });
  }
  if (!isSuccess(response)) return undefined;
  const type = mediaType(response);
  if (type === "text/event-stream") return deviates(`${what} opens an event stream`);
  if (response.headers.has("mcp-session-id")) return deviates(`${what} gets a session id`);
  if (!isJsonType(type) || response.body.trim() === "") return undefined;
  const value = parseJson(response.body);
  const isResult = isObject(value) && member(value, "result") !== undefined;
  return deviates(`${what} gets ${observed(response)} with JSON`, {
    severity: isResult ? "error" : "warning",
  });
}

/** Text in the stack traces of Python, Java, Go and PHP. */
const TRACE_WORDS = ["Traceback (most recent call last)", ".java:", "goroutine ", "Stack trace:"];

/** In JSON, the line breaks of a stack trace are escaped. */
function hasStackTrace(body: string): boolean {
  const lines = body.replaceAll("\\n", "\n").split("\n").map((line) => line.trim());
  // JavaScript, Java and .NET begin each line with "at".
  return TRACE_WORDS.some((words) => body.includes(words)) ||
    lines.some((line) => line.startsWith("at ") && line.includes("("));
}

function tokenIn({ request }: Exchange): string | undefined {
  const [, value = ""] = request.headers.find(([name]) => /^authorization$/i.test(name)) ?? [];
  const token = /^\S+ +(\S{8,})$/.exec(value)?.[1];
  return token;
}

/** What a refusal contains that nobody without a valid token should get. */
function leakOf(exchange: Exchange): string | undefined {
  const { body = "" } = exchange.response ?? {};
  const value = parseJson(body);
  if (isObject(value) && isObject(member(value, "result"))) return 'a "result"';
  if (hasStackTrace(body)) return "a stack trace";
  const token = tokenIn(exchange);
  return token !== undefined && body.includes(token) ? "the token that was sent" : undefined;
}

export const METHOD_CHECKS: readonly AuditCheck[] = [
  {
    id: "methods_get",
    severity: "error",
    until: "2025-11-25",
    attacker: "A1",
    cost: { requests: 2 },
    async run(audit) {
      const get = await sendMethod(audit, "GET");
      const disclosed = judgeDisclosure("GET", get);
      if (disclosed !== undefined) return disclosed;
      const head = await sendMethod(audit, "HEAD");
      return judgeDisclosure("HEAD", head) ??
        passed(`GET gets HTTP ${get.status}, HEAD HTTP ${head.status}`);
    },
  },
  {
    id: "methods_delete",
    severity: "error",
    until: "2025-11-25",
    attacker: "A1",
    cost: { requests: 1 },
    run: async (audit) =>
      judgeRefusal(await sendMethod(audit, "DELETE"), {
        what: "DELETE of a session without a token",
      }),
  },
  {
    id: "methods_removed",
    severity: "warning",
    since: "2026-07-28",
    cost: { requests: 2 },
    async run(audit) {
      const spoken = audit.discovery.responses
        .find(({ summary }) => summary.era === "initialize")?.summary.spoken;
      if (spoken === true) return skipped("not_applicable", "an older revision is supported too");
      for (const method of ["GET", "DELETE"] as const) {
        const what = `${method} without a token`;
        const response = await sendMethod(audit, method);
        const outcome = judgeRefusal(response, { what, statuses: [405, 401] });
        if (outcome.kind !== "passed") return outcome;
      }
      return passed("GET and DELETE are refused");
    },
  },
  {
    id: "proxy_headers_ignored",
    severity: "error",
    attacker: "A1",
    cost: { requests: 1 },
    async run(audit) {
      if (audit.discovery.opening?.answer.status !== 401 || isOpeningOpen(audit)) {
        return skipped("not_applicable", "the first request needs no token");
      }
      const headers = IDENTITY_HEADERS.map((name) => [name, "audit"] as const);
      return judgeRefusal(await sendOpening(audit, undefined, headers), {
        what: `a request with ${IDENTITY_HEADERS.join(", ")} and without a token`,
      });
    },
  },
  {
    id: "refusal_clean",
    severity: "error",
    attacker: "A1",
    last: true,
    cost: { requests: 0 },
    run({ exchanges, cite }) {
      const refusals = exchanges().filter(({ purpose, response }) =>
        purpose === "mcp" && (response?.status === 401 || response?.status === 403)
      );
      for (const exchange of refusals) {
        const leak = leakOf(exchange);
        if (leak === undefined) continue;
        cite({ exchangeId: exchange.id });
        return deviates(`the body of an HTTP ${exchange.response?.status} contains ${leak}`);
      }
      return passed(`no data, stack trace or token in ${counted(refusals.length, "refusal")}`);
    },
  },
];
