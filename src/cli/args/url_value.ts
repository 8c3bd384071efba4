/**
 * Readers of URLs. All keep the text as it was typed, for `URL` would add a slash or a port rule; only
 * what no URI can hold is written as one.
 * @module
 */

import { isPrintable, quoted } from "../../core/text.ts";
import { isLoopbackHost, isResource, isSecureUrl, parseUrl } from "../../core/url.ts";
import { type Parsed, type Problem, problem } from "../command/parsed.ts";

const HTTPS = "Give an https URL, or http on loopback";
const BEYOND_ASCII = /[\u0080-\uffff]+/g;

/** The part between `//` and the path, as typed. */
function authorityOf(given: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(given)?.[1] ?? "";
}

/** The value in quotes, unless it may contain a password (before `@`). */
function quotedUnlessSecret(given: string): string {
  return given.includes("@") ? "the value" : quoted(given);
}

/** What makes a text unfit as an http or https URL without user info and fragment, or undefined. */
function shapeFault(given: string): Problem | undefined {
  if (given.trim() === "") return problem("the value is empty", HTTPS);
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(given)) {
    return problem("the URL holds a space, a backslash or a control character", HTTPS);
  }
  if (authorityOf(given).includes("@")) {
    return problem(
      "the URL holds a user name or password",
      "Leave out what stands before @; a key for the MCP server goes into --header",
    );
  }
  if (!/^https?:\/\/[^/?#]/i.test(given)) {
    const other = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1];
    if (other !== undefined && !/^https?$/i.test(other)) {
      return problem(`${quoted(given)} has the scheme "${other}"`, HTTPS);
    }
    const rest = given.replace(/^(https?:)?\/*/i, "");
    const host = parseUrl(`https://${rest}`)?.hostname;
    const scheme = host !== undefined && isLoopbackHost(host) ? "http" : "https";
    const completed = `${scheme}://${rest}`;
    const sound = host !== undefined && !completed.includes("@");
    return problem(
      `${quotedUnlessSecret(given)} is not a complete URL`,
      sound ? `Did you mean ${completed}?` : HTTPS,
    );
  }
  const url = parseUrl(given);
  if (url === undefined) return problem(`${quoted(given)} is no URL`, HTTPS);
  if (given.includes("#")) {
    return problem(`${quoted(given)} has a fragment`, "Leave out what starts with #");
  }
  return undefined;
}

/** What makes a text unfit as an https URL (or http on loopback), or undefined. */
function secureUrlFault(given: string): Problem | undefined {
  const found = shapeFault(given);
  if (found !== undefined) return found;
  const url = parseUrl(given);
  if (url !== undefined && !isSecureUrl(url)) {
    return problem(
      `${quoted(given)} is http to a host that is not this machine`,
      "Give an https URL; http is for loopback only",
    );
  }
  return undefined;
}

/**
 * The URI that a text with other letters stands for (RFC 3987 §3.1): percent-encoded UTF-8, the host as
 * the DNS knows it. Requests carry it so, and servers publish it so.
 */
function uriOf(given: string): string {
  const [, scheme = "", host = "", rest = ""] =
    /^([A-Za-z]+:\/\/)(\[[^\]]*\]|[^/?#:]*)(.*)$/s.exec(given) ?? [];
  const name = host.search(BEYOND_ASCII) === -1 ? host : parseUrl(given)?.hostname ?? host;
  return scheme + name + rest.toWellFormed().replaceAll(BEYOND_ASCII, encodeURIComponent);
}

/** An https URL, or http on loopback: no user info, no fragment. */
export function secureUrl(given: string): Parsed<string> {
  return secureUrlFault(given) ?? { value: uriOf(given) };
}

/** An http or https URL: no user info, no fragment. Whether http will do is for the guard to say. */
export function endpointUrl(given: string): Parsed<string> {
  return shapeFault(given) ?? { value: uriOf(given) };
}

/** A Client ID Metadata Document URL: a path beyond `/` and no dot segments. */
export function clientMetadataUrl(given: string): Parsed<string> {
  const found = secureUrlFault(given);
  if (found !== undefined) return found;
  const [path = ""] = given.slice(given.indexOf("//") + 2).replace(/^[^/?]*/, "").split("?", 1);
  if (path === "" || path === "/") {
    return problem(
      `${quoted(given)} has no path`,
      "A client ID metadata document has a path, such as https://app.example/client.json",
    );
  }
  if (/\/\.{1,2}(\/|$)/.test(path)) {
    return problem(`${quoted(given)} has a "." or ".." in its path`, "Write the path out");
  }
  return { value: uriOf(given) };
}

/** A redirect URI: what an authorization server may send a browser to. */
export function redirectUrl(given: string): Parsed<string> {
  const found = secureUrlFault(given);
  if (found !== undefined) return found;
  return parseUrl(given)?.port === "0"
    ? problem(
      `${quoted(given)} has port 0, which no browser can reach`,
      "Leave --redirect-url out for a free port",
    )
    : { value: uriOf(given) };
}

/** `none`, or an absolute URI without fragment (RFC 8707 §2). */
export function resource(given: string): Parsed<string> {
  if (given === "none" || isResource(given)) return { value: given };
  return problem(
    `${quotedUnlessSecret(given)} is not an absolute URI without fragment (RFC 8707 §2)`,
    'Give "none" to leave the parameter out, or the value the server wants',
  );
}

/** The two issuers of `--trust-issuer`. */
export interface TrustedIssuer {
  readonly expected: string;
  readonly announced: string;
}

/** `<expected>=<announced>`; where a URL holds `=` itself, the one before `http` divides. */
export function trustedIssuer(given: string): Parsed<TrustedIssuer> {
  const only = given.indexOf("=");
  const at = only === given.lastIndexOf("=") ? only : given.search(/=https?:\/\//i);
  const expected = given.slice(0, at);
  const announced = given.slice(at + 1);
  if (at < 1 || !isPrintable(announced)) {
    return problem(
      `${quotedUnlessSecret(given)} is not a pair of issuers`,
      "Write --trust-issuer <expected>=<announced>, both exactly as the error names them",
    );
  }
  const found = secureUrlFault(expected);
  if (found !== undefined) return problem(`the expected issuer: ${found.problem}`, found.remedy);
  if (uriOf(expected) === announced) {
    return problem("both issuers are the same, so there is nothing to trust", "Leave it out");
  }
  return { value: { expected: uriOf(expected), announced } };
}

/** A proxy; user and password are allowed and never repeated in a message. */
export function proxyUrl(given: string): Parsed<string> {
  const url = parseUrl(given);
  const schemes = ["http:", "https:", "socks5:", "socks5h:"];
  if (url !== undefined && schemes.includes(url.protocol) && url.hostname !== "") {
    return { value: given };
  }
  return problem(
    "the value is no proxy URL",
    "Give a URL such as http://proxy.example:3128 or socks5://127.0.0.1:1080",
  );
}
