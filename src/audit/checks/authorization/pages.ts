/** Headers, cookies and pages of the authorization endpoint. @module */

import { quoted } from "../../../core/text.ts";
import type { HttpResponse } from "../../../http/http_client.ts";
import { randomValue } from "../../../oauth/authorization/authorization.ts";
import type { Audit } from "../../context/audit.ts";
import {
  controlVisit,
  isHtml,
  judgeVisit,
  visit,
  visitOf,
} from "../../judge/authorization_visit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { deviates, passed, skipped } from "../../context/outcome.ts";
import { noJudgement, observed } from "../../judge/refusal.ts";
import type { Outcome } from "../../context/verdict.ts";
import { INVENTED_ORIGIN, INVENTED_REDIRECT_URI } from "../../judge/invented.ts";
import { withControl } from "./with_control.ts";

const pages = new WeakMap<Audit, Promise<HttpResponse>>();

/** A page of the authorization server: of a sign-in, or of an error that is not redirected. */
async function pageOf(audit: Audit): Promise<HttpResponse | undefined> {
  const { response: control } = await controlVisit(audit);
  if (isHtml(control)) return control;
  let made = pages.get(audit);
  if (made === undefined) {
    made = visit(audit, { redirect_uri: INVENTED_REDIRECT_URI }).then(({ response }) => response);
    pages.set(audit, made);
  }
  const error = await made;
  audit.cite(error);
  return isHtml(error) ? error : undefined;
}

function ofPage(judge: (page: HttpResponse) => Outcome) {
  return async (audit: Audit): Promise<Outcome> => {
    const page = await pageOf(audit);
    return page === undefined
      ? skipped("not_applicable", "the endpoint showed no HTML page")
      : noJudgement(page) ?? judge(page);
  };
}

/** Origins of scripts, if they are not that of the page. */
function foreignScripts({ body, url }: HttpResponse): string[] {
  const { origin } = new URL(url);
  return [...body.matchAll(/<script\b[^>]{0,500}?\bsrc\s*=\s*["']?([^"'\s>]{1,500})/gi)]
    .map(([, source = ""]) => URL.parse(source, url)?.origin ?? origin)
    .filter((it) => it !== origin && it !== "null");
}

const MARK = '"><mcpass-audit>';

const attributesOf = (cookie: string): readonly string[] =>
  cookie.split(";").slice(1).map((part) => part.trim().toLowerCase());

/** The attributes that a cookie is missing; without TLS, on loopback, it cannot have `Secure`. */
function missingAttributes(cookie: string, isSecure: boolean): string[] {
  const attributes = attributesOf(cookie);
  return [
    ...isSecure && !attributes.includes("secure") ? ["Secure"] : [],
    ...attributes.includes("httponly") ? [] : ["HttpOnly"],
    ...attributes.some((it) => it.startsWith("samesite=")) ? [] : ["SameSite"],
  ];
}

export const PAGE_CHECKS: readonly AuditCheck[] = [
  {
    id: "authorize_framing",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1 },
    run: ofPage(({ headers }) => {
      const policy = headers.get("content-security-policy") ?? "";
      const isProtected = /frame-ancestors/i.test(policy) || headers.has("x-frame-options");
      return isProtected
        ? passed("the page has frame-ancestors or X-Frame-Options")
        : deviates("the page has neither frame-ancestors nor X-Frame-Options");
    }),
  },
  {
    id: "authorize_referrer",
    severity: "warning",
    attacker: "A3",
    cost: { requests: 1 },
    run: ofPage((page) => {
      const header = page.headers.get("referrer-policy");
      const inPage = /<meta\b[^>]{0,200}?\bname\s*=\s*["']?referrer\b/i.test(page.body);
      const scripts = foreignScripts(page);
      if (scripts.length > 0) {
        return deviates(`the page loads scripts from ${[...new Set(scripts)].join(", ")}`);
      }
      return header !== null || inPage
        ? passed("the page has a referrer policy and no scripts from other sites")
        : deviates("the page has no Referrer-Policy");
    }),
  },
  {
    id: "authorize_reflection",
    severity: "error",
    attacker: "A1",
    cost: { requests: 3 },
    run: async (audit) => {
      await controlVisit(audit);
      const shown: string[] = [];
      for (const name of ["state", "scope", "client_id"]) {
        const { response } = await visit(audit, { [name]: MARK });
        if (isHtml(response) && response.body.includes(MARK)) shown.push(name);
      }
      return shown.length === 0
        ? passed("no page repeats markup that was sent as state, scope or client_id")
        : deviates(`a page repeats ${quoted(MARK)}, sent as ${shown.join(", ")}, unescaped`);
    },
  },
  {
    id: "authorize_cookies",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 0 },
    run: async (audit) => {
      const { response } = await controlVisit(audit);
      const cookies = response.headers.getSetCookie();
      if (cookies.length === 0) return skipped("not_applicable", "the endpoint set no cookie");
      const isSecure = response.url.startsWith("https:");
      const faults = cookies.flatMap((cookie) => {
        const missing = missingAttributes(cookie, isSecure);
        const name = cookie.split("=")[0] ?? "";
        return missing.length === 0 ? [] : [`${quoted(name, 60)} has no ${missing.join(", ")}`];
      });
      return faults.length === 0
        ? passed(`each cookie has ${isSecure ? "Secure, " : ""}HttpOnly and SameSite`)
        : deviates(`the cookie ${faults.join("; the cookie ")}`);
    },
  },
  {
    id: "authorize_par_enforced",
    severity: "warning",
    attacker: "A4",
    cost: { requests: 1 },
    run: withControl(async (audit, control) => {
      if (audit.discovery.metadata?.pushedRequestsRequired !== true) {
        return skipped("not_advertised", "the metadata does not require pushed requests");
      }
      const client = await audit.clients.first();
      const state = randomValue();
      const response = await audit.grants.visit({ state }, client, [], { pushed: false });
      return judgeVisit(visitOf(response, client.redirectUri), control, {
        what: "a request that was not pushed",
        codes: ["invalid_request"],
      });
    }),
  },
  {
    id: "authorize_no_cors",
    severity: "warning",
    attacker: "A1",
    cost: { requests: 1 },
    run: withControl(async (audit) => {
      const client = await audit.clients.first();
      const origin = INVENTED_ORIGIN;
      const response = await audit.grants.visit({}, client, [["origin", origin]]);
      const allowed = response.headers.get("access-control-allow-origin");
      return noJudgement(response) ??
        (allowed === null
          ? passed(`no Access-Control-Allow-Origin: ${observed(response)}`)
          : deviates(`Access-Control-Allow-Origin: ${quoted(allowed, 100)}`));
    }),
  },
];
