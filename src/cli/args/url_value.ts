/** Parsers of URLs. They do not normalize, because that adds a slash and removes a default port. @module */

import { isPrintable, quoted } from "../../core/text.ts";
import { isLoopbackHost, isResource, isSecureUrl, parseUrl } from "../../core/url.ts";
import { type Flag, type Parsed, type Parser, type Problem, problem } from "../command/flag.ts";
import { path, quotedUnlessSecret } from "./values.ts";

const HTTPS = "Use an https URL (http only for loopback)";
const BEYOND_ASCII = /[\u0080-\uffff]+/g;

/**
 * Why a text is not an http or https URL without user info and fragment.
 *
 * @param remedy For a text without a scheme, unless it starts with a loopback host.
 */
function malformedUrl(text: string, remedy?: string): Problem | undefined {
  if (text.trim() === "") return problem("the value is empty", HTTPS);
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    return problem("the URL contains a space, a backslash or a control character", HTTPS);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(text)) {
    return problem(
      "the URL contains a user name or password",
      "Remove the part before @. To send an API key to the MCP server, use --header",
    );
  }
  if (!/^https?:\/\/[^/?#]/i.test(text)) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
    if (scheme !== undefined && !/^https?$/i.test(scheme)) {
      return problem(`${quoted(text)} has the scheme "${scheme}"`, HTTPS);
    }
    const rest = text.replace(/^(https?:)?\/*/i, "");
    const host = parseUrl(`https://${rest}`)?.hostname;
    const message = `${quotedUnlessSecret(text)} is not a complete URL`;
    if (host === undefined || rest.includes("@")) return problem(message, remedy ?? HTTPS);
    if (isLoopbackHost(host)) return problem(message, `Did you mean http://${rest}?`);
    return problem(message, remedy ?? `Did you mean https://${rest}?`);
  }
  if (parseUrl(text) === undefined) return problem(`${quoted(text)} is not a valid URL`, HTTPS);
  return text.includes("#")
    ? problem(`${quoted(text)} has a fragment`, "Remove the # and what follows it")
    : undefined;
}

function insecureUrl(text: string): Problem | undefined {
  const url = parseUrl(text);
  return url === undefined || isSecureUrl(url) ? undefined : problem(
    `${quoted(text)} is http, which is for loopback only`,
    `Did you mean ${text.replace(/^http:/i, "https:")}?`,
  );
}

/** Converts an IRI (RFC 3987 §3.1): percent-encoded UTF-8, and the host in ASCII. */
function uriOf(text: string): string {
  const [, scheme = "", host = "", rest = ""] =
    /^([A-Za-z]+:\/\/)(\[[^\]]*\]|[^/?#:]*)(.*)$/s.exec(text) ?? [];
  const name = host.search(BEYOND_ASCII) === -1 ? host : parseUrl(text)?.hostname ?? host;
  return scheme + name + rest.toWellFormed().replaceAll(BEYOND_ASCII, encodeURIComponent);
}

function urlParser(...checks: readonly ((text: string) => Problem | undefined)[]): Parser<string> {
  return (text) => {
    for (const check of checks) {
      const found = check(text);
      if (found !== undefined) return found;
    }
    return { value: uriOf(text) };
  };
}

/** An http or https URL. The guard decides whether http is allowed. */
export const endpointUrl: Parser<string> = urlParser(malformedUrl);

export const secureUrl: Parser<string> = urlParser(malformedUrl, insecureUrl);

/** Also the host of a server alone, or the name of a sign-in: the command replaces both by the URL. */
export function orServerName(parse: Parser<string>): Parser<string> {
  const short = /^(?:[A-Za-z0-9][\w.-]*|\[[\dA-Fa-f:.]+\])(?::\d+)?(?:\/[^\s\\#@]*)?$/;
  return (text) => short.test(text) ? { value: text } : parse(text);
}

export const serverUrl: Parser<string> = orServerName(secureUrl);

export const clientMetadataUrl: Parser<string> = urlParser(malformedUrl, insecureUrl, (text) => {
  const [path = ""] = text.slice(text.indexOf("//") + 2).replace(/^[^/?]*/, "").split("?", 1);
  if (path === "" || path === "/") {
    return problem(
      `${quoted(text)} has no path`,
      "A client ID metadata document has a path, such as https://app.example/client.json",
    );
  }
  return /\/\.{1,2}(\/|$)/.test(path)
    ? problem(`${quoted(text)} has "." or ".." in its path`, "Write the path without them")
    : undefined;
});

export const redirectUrl: Parser<string> = urlParser(
  (text) => malformedUrl(text, "Use a URL such as http://127.0.0.1:8080/callback"),
  insecureUrl,
  (text) =>
    parseUrl(text)?.port !== "0" ? undefined : problem(
      `${quoted(text)} has port 0, which no browser can reach`,
      "For a free port, remove --redirect-url",
    ),
);

/** `none`, or an absolute URI without fragment (RFC 8707 §2). */
export function resource(text: string): Parsed<string> {
  if (text === "none" || isResource(text)) return { value: text };
  return problem(
    `${quotedUnlessSecret(text)} is not an absolute URI without fragment (RFC 8707 §2)`,
    'Use "none" to send no resource parameter, or the value that the server requires',
  );
}

/** `<expected>=<announced>`. If a URL contains `=`, the `=` before `http` separates the two. */
export function trustedIssuer(
  text: string,
): Parsed<{ readonly expected: string; readonly announced: string }> {
  const only = text.indexOf("=");
  const at = only === text.lastIndexOf("=") ? only : text.search(/=https?:\/\//i);
  const expected = text.slice(0, at);
  const announced = text.slice(at + 1);
  if (at < 1 || !isPrintable(announced)) {
    return problem(
      `${quotedUnlessSecret(text)} is not a pair of issuers`,
      "Use --trust-issuer <expected>=<announced> with both issuers as the error shows them",
    );
  }
  const found = secureUrl(expected);
  if ("problem" in found) return problem(`the expected issuer: ${found.problem}`, found.remedy);
  return found.value === announced
    ? problem("both issuers are the same", "Remove --trust-issuer")
    : { value: { expected: found.value, announced } };
}

/** A URL, or the path of a file. */
export function fileOrUrl(text: string): Parsed<string> {
  return /^https?:/i.test(text) ? secureUrl(text) : path(text);
}

/** True if a URL has no user information, so that output may show it. */
export function isWithoutPassword(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && url.username === "" && url.password === "" && !text.includes("@");
}

/** True for a value that no output may show. A proxy without a password may be shown. */
export function isSecretText({ secret, stored }: Flag<unknown>, text: string): boolean {
  return secret && !(stored !== undefined && isWithoutPassword(text));
}

/** A proxy; user and password are allowed and never repeated in a message. */
export function proxyUrl(text: string): Parsed<string> {
  const url = parseUrl(text);
  const schemes = ["http:", "https:", "socks5:", "socks5h:"];
  if (url !== undefined && schemes.includes(url.protocol) && url.hostname !== "") {
    return { value: text };
  }
  return problem(
    "the value is not a proxy URL",
    "Use a URL such as http://proxy.example:3128 or socks5://127.0.0.1:1080",
  );
}
