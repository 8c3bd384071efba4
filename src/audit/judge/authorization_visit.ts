/**
 * A visit: an authorization request that nobody consents to, and the response of the endpoint. The
 * one rule about refusals there: a server may ask for a sign-in before it judges the request. @module
 */

import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import type { ParameterChanges } from "../context/grants.ts";
import { deviates, inconclusive, passed } from "../context/outcome.ts";
import { noJudgement, observed } from "./refusal.ts";
import type { Outcome } from "../context/verdict.ts";

/** The response of the authorization endpoint to a request that nobody consents to. */
export interface Visit {
  readonly response: HttpResponse;
  /**
   * `code`: sent to the redirect URI of the client; `error`: an error was sent there; `other_redirect`:
   * another redirect, such as to a sign-in page; `page`: a page with a success status.
   */
  readonly kind: "code" | "error" | "other_redirect" | "page" | "refused" | "crashed";
  /** The `Location`, as it was sent. */
  readonly location: string | undefined;
  /** Parameters of the redirect, of its query and of its fragment. */
  readonly parameters: URLSearchParams;
  readonly fragment: URLSearchParams;
}

function isSame(location: URL, redirectUri: string): boolean {
  const expected = URL.parse(redirectUri);
  return expected !== null && location.origin === expected.origin &&
    location.pathname === expected.pathname;
}

export function visitOf(response: HttpResponse, redirectUri: string): Visit {
  const { status, headers, url } = response;
  const text = headers.get("location") ?? undefined;
  const location = text === undefined || status < 300 || status > 399 ? null : URL.parse(text, url);
  const parameters = location?.searchParams ?? new URLSearchParams();
  const fragment = new URLSearchParams(location?.hash.slice(1) ?? "");
  const base = { response, location: location === null ? undefined : text, parameters, fragment };
  if (location !== null) {
    const isOurs = isSame(location, redirectUri);
    const hasError = parameters.has("error") || fragment.has("error");
    const kind = !isOurs ? "other_redirect" : hasError ? "error" : "code";
    return { ...base, kind };
  }
  if (status >= 500) return { ...base, kind: "crashed" };
  if (status >= 400) return { ...base, kind: "refused" };
  return { ...base, kind: errorResponse(response).error === undefined ? "page" : "refused" };
}

const controls = new WeakMap<Audit, Promise<Visit>>();

/** The visit with a valid request of the first client: sent once, the control of all others. */
export async function controlVisit(audit: Audit): Promise<Visit> {
  let made = controls.get(audit);
  if (made === undefined) {
    made = visit(audit, {});
    controls.set(audit, made);
  }
  const control = await made;
  audit.cite(control.response);
  return control;
}

export async function visit(
  audit: Audit,
  changes: ParameterChanges,
  client?: AuditClient,
): Promise<Visit> {
  const sender = client ?? await audit.clients.first();
  return visitOf(await audit.grants.visit(changes, sender), sender.redirectUri);
}

/** True if a valid request leads to a sign-in page, so that a page for another one says nothing. */
export const asksFirst = ({ kind }: Visit): boolean => kind === "page" || kind === "other_redirect";

/** True if the request itself was not accepted. */
export const isRefusedVisit = ({ kind }: Visit): boolean =>
  kind === "error" || kind === "refused" || kind === "crashed";

/** The outcome if the sign-in page hides whether the request is refused. */
export function signInFirst(what: string): Outcome {
  return inconclusive(
    "sign_in_first",
    `${what}: the authorization server asks for a sign-in before it judges the request`,
  );
}

export interface RefusedVisit {
  /** What was wrong with the request, as the subject of a sentence. */
  readonly what: string;
  /** Codes of a refusal for the tested reason; by default any. */
  readonly codes?: readonly string[];
}

/** Judges a visit with one wrong parameter. */
export function judgeVisit(
  visited: Visit,
  control: Visit,
  { what, codes }: RefusedVisit,
): Outcome {
  const { kind, response, parameters } = visited;
  const nothing = noJudgement(response);
  if (nothing !== undefined) return nothing;
  const saw = observed(response);
  switch (kind) {
    case "code":
      return deviates(`${what} is accepted: ${saw}`);
    case "crashed":
      return deviates(`${what} causes a server error: ${saw}`, { severity: "warning" });
    case "error": {
      const code = parameters.get("error") ?? "";
      return codes !== undefined && !codes.includes(code)
        ? inconclusive("other_refusal", `${what} is refused for another reason: ${saw}`)
        : passed(`${what} is refused: ${saw}`);
    }
    case "refused":
      return passed(`${what} is refused: ${saw}`);
    default:
      // If a valid request leads directly to the callback, a page can only be an error page.
      return asksFirst(control) ? signInFirst(what) : passed(`${what} is refused: ${saw}`);
  }
}

/** Judges a request that has to be treated like the control. */
export function judgeAccepted(visited: Visit, control: Visit, what: string): Outcome {
  const nothing = noJudgement(visited.response);
  if (nothing !== undefined) return nothing;
  const saw = observed(visited.response);
  if (visited.kind === control.kind) return passed(`${what} is accepted: ${saw}`);
  return deviates(`${what} is refused: ${saw}`);
}

/** True for a page; nobody sees the text of a redirect. */
export function isHtml(response: HttpResponse): boolean {
  const isRedirect = response.status >= 300 && response.status < 400 &&
    response.headers.has("location");
  return !isRedirect && mediaType(response) === "text/html" && response.body.trim() !== "";
}

/** ` to "<URL>"`: where a response was sent, without its parameters, since a code is a secret. */
export function at({ location, response }: Visit): string {
  const target = URL.parse(location ?? "", response.url);
  if (location === undefined || target === null) return "";
  return ` to ${quoted(location.split(/[?#]/)[0] ?? "", 300)}`;
}
