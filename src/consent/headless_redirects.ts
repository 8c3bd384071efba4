import {
  type PrintedCommand,
  type RemedyEntry,
  remedyOf,
  withCommand,
} from "../core/command_text.ts";
import { Failure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import type { HttpClient, HttpResponse } from "../http/http_client.ts";
import { redirectObjection, redirectRefused, shownUrl } from "../http/request_url.ts";
import { errorPageOutcome, refusalRemedy } from "../oauth/authorization/authorization_refusal.ts";
import { errorResponse, retryRemedy } from "../oauth/common/error_response.ts";
import { parseScope } from "../oauth/mcp/scope.ts";
import { browsableUrl, MAX_URL_LENGTH } from "./authorization_url.ts";
import { createCookieJar } from "../http/cookie_jar.ts";
import type { AuthorizationCallback, ConsentRequest } from "./consent.ts";
import { describeMismatch, matchesRedirectUri } from "./redirect_url.ts";

export interface HeadlessOptions {
  readonly http: HttpClient;
  readonly redirectUrl?: string | undefined;
  /** URL of the MCP server. If it is public, no redirect may lead into a private network. */
  readonly serverUrl: string;
  /** The command line for a login with a browser. */
  readonly interactiveCommand: PrintedCommand;
}

const MAX_HOPS = 10;

const ACCEPT = ["accept", "text/html,application/xhtml+xml,*/*;q=0.8"] as const;

/** Quotes a URL without its query, because that has `state`. */
function endpointOf(url: string): string {
  return quoted(shownUrl(url), 200);
}

/** A response with an error code is no page, whatever its status. */
function needsPerson(response: HttpResponse): boolean {
  const { status, headers, body } = response;
  if (errorResponse(response).error !== undefined) return false;
  if (status === 401 || (status === 403 && /<form\b/i.test(body))) return true;
  return status < 300 && /html|^$/i.test(headers.get("content-type") ?? "");
}

const OFFLINE_ACCESS = "offline_access";

/** What to do about a refusal, by its code and words and by what was sent. */
function pageRemedy(
  response: HttpResponse,
  refusal: { readonly error?: string | undefined; readonly words: string },
  sent: SentRequest,
): RemedyEntry {
  const parameters = URL.parse(sent.authorizationUrl)?.searchParams;
  const sendsResource = parameters?.has("resource") === true;
  const known = refusalRemedy(refusal, sent.redirectUri, sendsResource) ?? retryRemedy(response);
  if (known !== undefined) return known;
  const compare =
    "If the error is about the client or redirect URI, compare the client ID and the redirect " +
    "URI with what is registered at the authorization server";
  const others = parseScope(parameters?.get("scope") ?? "").filter((it) => it !== OFFLINE_ACCESS);
  const suspect = sendsResource
    ? { name: 'parameter "resource" (RFC 8707)', loginFlags: { resource: "none" } }
    : parameters?.get("scope")?.includes(OFFLINE_ACCESS) === true && others.length > 0
    ? { name: `scope ${OFFLINE_ACCESS}`, loginFlags: { scopes: others.join(" ") } }
    : undefined;
  return suspect === undefined ? compare : {
    remedy: `${compare}\nOmit the ${suspect.name}: some servers refuse it`,
    loginFlags: suspect.loginFlags,
  };
}

interface SentRequest {
  readonly redirectUri: string;
  readonly authorizationUrl: string;
}

function notRedirected(
  response: HttpResponse,
  sent: SentRequest,
  options: HeadlessOptions,
): Failure {
  const at = `${endpointOf(response.url)} answered HTTP ${response.status}`;
  const { error, words, said } = errorResponse(response);
  if (needsPerson(response)) {
    return new Failure(
      "page_needs_person",
      `${at}: a web page, so a person has to sign in${said}`,
      {
        kind: "sign_in_needed",
        remedy: withCommand("Sign in with a browser", options.interactiveCommand),
      },
    );
  }
  return new Failure("authorization_refused", at + said, {
    ...remedyOf(pageRemedy(response, { error, words }, sent)),
    reference: "RFC 6749 §4.1.2.1",
    detail: `HTTP ${response.status}`,
  });
}

function acceptCallback(
  from: string,
  target: URL,
  { authorizationUrl, judge }: ConsentRequest,
): AuthorizationCallback {
  const parameters = [...target.searchParams];
  const endpoint = endpointOf(from);
  const reference = "RFC 6749 §4.1.2";
  if (parameters.length === 0 && /[#&](code|error|access_token)=/.test(target.hash)) {
    const message =
      `${endpoint} sent its response in the fragment (after "#"), which no server receives`;
    throw new Failure("callback_in_fragment", message, {
      remedy:
        "Authorization server: answer response_type=code in the query (response_mode query, its default)",
      reference,
    });
  }
  if (judge(parameters, false) === "accept") return { parameters, via: "redirect", bare: false };
  const message =
    `${endpoint} redirected to the redirect URI with a response that cannot be used: ` +
    describeMismatch(authorizationUrl, parameters);
  const remedy = 'Authorization server: send "state" back as it was received';
  throw new Failure("state_mismatch", message, { remedy, reference });
}

/** Follows redirects from the authorization URL to the redirect URI, which it does not request. */
export async function followAuthorizationRedirects(
  request: ConsentRequest,
  redirectUri: string,
  options: HeadlessOptions,
): Promise<AuthorizationCallback> {
  const cookies = createCookieJar();
  let url = browsableUrl(request.authorizationUrl);
  const hops = [url];
  for (let redirects = 0; redirects <= MAX_HOPS; redirects++) {
    const cookie = cookies.header(url);
    const response = await options.http.send({
      purpose: "authorization",
      step: "authorization",
      method: "GET",
      url,
      headers: [ACCEPT, ...cookie === null ? [] : [["cookie", cookie] as const]],
      signal: request.signal,
    });
    const location = response.headers.get("location");
    const target = URL.parse(location ?? "", url);
    if (response.status < 300 || response.status > 399 || location === null || target === null) {
      throw notRedirected(response, { ...request, redirectUri }, options);
    }
    if (matchesRedirectUri(target, redirectUri)) return acceptCallback(url, target, request);
    const refusal = errorPageOutcome(target);
    if (refusal !== undefined) {
      throw new Failure("authorization_refused", `${endpointOf(url)} ${refusal.outcome}`, {
        ...remedyOf(pageRemedy(response, refusal, { ...request, redirectUri })),
        reference: "RFC 6749 §4.1.2.1",
        detail: `HTTP ${response.status}`,
      });
    }
    const objection = await redirectObjection(target, hops, options.serverUrl) ??
      (target.href.length > MAX_URL_LENGTH ? "it is too long" : undefined);
    if (objection !== undefined) {
      throw redirectRefused(
        { purpose: "authorization", method: "GET", url, status: response.status },
        target,
        objection,
      );
    }
    cookies.store(url, response.headers);
    url = target.href;
    hops.push(url);
  }
  const message = `the authorization server redirected more than ${MAX_HOPS} times, last to ` +
    endpointOf(url);
  throw new Failure("authorization_redirect_loop", message, {
    remedy: withCommand("Follow the redirects in a browser", options.interactiveCommand),
  });
}
