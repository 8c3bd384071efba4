/**
 * A person with a browser, and a login done by hand: for tests that need consent pressed or a token
 * without the program under test.
 *
 * @module
 */

/** Where a browser ended up. */
export interface Page {
  /** Its URL; for a redirect that leads to `stopAt`, that URL, not requested. */
  readonly url: string;
  /** Status; 0 when it was not requested. */
  readonly status: number;
  /** Text. */
  readonly body: string;
}

/** Options of {@link openBrowser}. */
export interface BrowserOptions {
  /** URLs beginning with this are not requested but returned; default: everything is requested. */
  readonly stopAt?: string;
}

/** A browser with one cookie jar for each origin. */
export interface Browser {
  /** Opens a URL and follows its redirects. */
  visit(url: string): Promise<Page>;
  /** Presses the button of a consent page. */
  press(page: Page, decision: "allow" | "deny"): Promise<Page>;
  /** Sends the form of a page: its hidden fields and these. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page>;
  /** Sends JSON, as the script of a page does. */
  send(url: string, method: string, body: object): Promise<Page>;
}

/** Opens a browser. */
export function openBrowser(options: BrowserOptions = {}): Browser {
  const jars = new Map<string, Map<string, string>>();

  async function go(url: string, init: RequestInit = {}): Promise<Page> {
    if (options.stopAt !== undefined && url.startsWith(options.stopAt)) {
      return { url, status: 0, body: "" };
    }
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, accept: "text/html", ...(cookie && { cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    const body = await response.text();
    const location = response.headers.get("location");
    return location === null
      ? { url, status: response.status, body }
      : await go(new URL(location, url).href);
  }

  return {
    visit: (url) => go(url),
    send: (url, method, body) =>
      go(url, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    press: (page, decision) =>
      go(page.url, { method: "POST", body: new URLSearchParams({ decision }) }),
    submit(page, fields) {
      const [, action = page.url] = /<form[^>]*\baction="([^"]*)"/.exec(page.body) ?? [];
      const hidden = [...page.body.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
        /\bname="([^"]*)"/.exec(tag)?.[1] ?? "",
        /\bvalue="([^"]*)"/.exec(tag)?.[1] ?? "",
      ]);
      const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
      return go(new URL(action, page.url).href, { method: "POST", body });
    },
  };
}

/** Opens the address that a device showed, with the code in it, and decides. */
export async function decideDevice(url: string, decision: "allow" | "deny"): Promise<Page> {
  const browser = openBrowser();
  const confirmation = await browser.submit(await browser.visit(url), {});
  if (decision === "deny") return await browser.submit(confirmation, { abort: "yes" });
  return await browser.press(await browser.submit(confirmation, { confirm: "yes" }), "allow");
}

/** A token answer, or an error answer. */
export interface TokenAnswer {
  /** Status. */
  readonly status: number;
  /** Parsed body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `access_token`, empty when there is none. */
  readonly accessToken: string;
}

/** Endpoints used by hand. */
export interface Endpoints {
  /** `authorization_endpoint`. */
  readonly authorization: string;
  /** `token_endpoint`. */
  readonly token: string;
  /** `registration_endpoint`. */
  readonly registration: string;
}

/** Reads the endpoints of an issuer whose document stands at the RFC 8414 URL without a path. */
export async function endpointsOf(issuer: string): Promise<Endpoints> {
  const { origin, pathname } = new URL(issuer);
  const path = `/.well-known/oauth-authorization-server${pathname.replace(/\/$/, "")}`;
  const document = await (await fetch(origin + path)).json();
  return {
    authorization: document.authorization_endpoint,
    token: document.token_endpoint,
    registration: document.registration_endpoint,
  };
}

/** Posts a form to a token endpoint. */
export async function postToken(
  endpoint: string,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers,
    body: new URLSearchParams(parameters),
    redirect: "manual",
  });
  const body = await response.json();
  return { status: response.status, body, accessToken: String(body.access_token ?? "") };
}

/** What a login by hand asks for. */
export interface HandLogin {
  /** `resource`; default none. */
  readonly resource?: string;
  /** `scope`; default none. */
  readonly scope?: string;
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Registers a public client, authorizes and exchanges the code: an honest login by hand. */
export async function loginByHand(
  issuer: string,
  wanted: HandLogin = {},
): Promise<TokenAnswer & { readonly clientId: string; readonly endpoints: Endpoints }> {
  const endpoints = await endpointsOf(issuer);
  const redirectUri = "http://127.0.0.1:7/callback";
  const registration = await fetch(endpoints.registration, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "by hand",
      redirect_uris: [redirectUri],
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    }),
  });
  const clientId = String((await registration.json()).client_id);
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  const url = new URL(endpoints.authorization);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state: crypto.randomUUID(),
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
    ...wanted,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const page = await openBrowser({ stopAt: redirectUri }).visit(url.href);
  const code = new URL(page.url).searchParams.get("code");
  if (code === null) throw new Error(`no code came back: ${page.url} ${page.body}`);
  const answer = await postToken(endpoints.token, {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier,
    ...(wanted.resource && { resource: wanted.resource }),
  });
  return { ...answer, clientId, endpoints };
}
