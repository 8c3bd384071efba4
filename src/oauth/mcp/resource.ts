/** The `resource` of an MCP server: what it may publish (RFC 9728 §3.3) and what is sent (RFC 8707 §2). @module */

import type { Judgement } from "../../core/finding.ts";
import { describeDifference, quoted } from "../../core/text.ts";
import { isSecureFrom, parsePlainUrl, parseUrl } from "../../core/url.ts";
import { BEHIND_PROXY, judgementMaker } from "../common/judgement.ts";
import type { ResourceMetadataCandidate } from "./well_known.ts";

/** Splits a URL after its authority; `URL` would change the rest. */
function splitUrl(text: string): { origin: string; rest: string } | undefined {
  const url = parseUrl(text);
  const rest = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\\]+(.*)$/s.exec(text)?.[1];
  if (url === undefined || rest === undefined) return undefined;
  return { origin: url.origin, rest };
}

/**
 * The canonical URI of an MCP server: scheme and host in lower case, no default port, no fragment,
 * no slash for an empty path. Everything else is unchanged.
 */
export function canonicalResource(serverUrl: string): string {
  const parts = splitUrl(serverUrl);
  if (parts === undefined) throw new TypeError(`not a URL: ${serverUrl}`);
  const rest = parts.rest.replace(/#.*$/s, "");
  return parts.origin + (rest === "/" ? "" : rest);
}

const refuse = judgementMaker("error", "RFC 9728 §3.3");
const accept = judgementMaker("warning", "RFC 9728 §3.3");

/** An absolute URI that is not a web address, such as an App ID URI of Entra ID. `host:80` is not one. */
function isOtherIdentifier(resource: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:(?!\d)[\x21-\x22\x24-\x7e]+$/.test(resource) &&
    !/^https?:/i.test(resource);
}

/**
 * @param source In the root document, the bare origin is right.
 * @param pinned `--resource`: if it equals the published one, another path of the origin is accepted.
 */
export function judgeResource(
  resource: string | undefined,
  serverUrl: string,
  source: ResourceMetadataCandidate["source"],
  pinned?: string,
): Judgement | undefined {
  const requested = canonicalResource(serverUrl);
  // What the person put into the query is not a part of the server's identity.
  const wanted = requested.replace(/\?.*$/s, "");
  const publish = `Server: publish "resource": "${wanted}"`;
  if (resource === undefined) {
    const message = `the protected resource metadata has no "resource"; mcpass uses ${
      quoted(requested)
    }`;
    return accept("resource_missing", message, publish);
  }
  const published = `the published resource ${quoted(resource)}`;
  if (isOtherIdentifier(resource)) {
    const kind = `${published} is not a URL` +
      (resource.startsWith("api://") ? " (an App ID URI of Entra ID)" : "");
    if (pinned === resource) {
      return accept(
        "resource_pinned",
        `${kind}; mcpass uses it because --resource names it`,
        publish,
      );
    }
    return {
      ...refuse(
        "resource_not_server_url",
        `${kind}, so mcpass cannot check that it is this server`,
        `${publish}\nIf you know that it identifies this server, accept it`,
      ),
      loginFlags: { resource },
    };
  }
  const url = parsePlainUrl(resource);
  if (url === undefined) {
    const message =
      `"resource" in the protected resource metadata is ${
        quoted(resource)
      }, expected an absolute ` +
      "URL without user info";
    return refuse("resource_invalid", message, publish);
  }
  if (resource.includes("#")) {
    const remedy = "Server: publish the resource without a fragment";
    return refuse("resource_invalid", `${published} has a fragment`, remedy);
  }
  const server = new URL(serverUrl);
  if (!isSecureFrom(url, server)) {
    return refuse("resource_not_https", `${published} is not https`, `${publish}. ${BEHIND_PROXY}`);
  }
  const mismatch = `the protected resource metadata is about ${quoted(resource)}, not about ` +
    quoted(wanted);
  if (url.origin !== server.origin) {
    return {
      ...refuse(
        "resource_mismatch",
        `${mismatch}: another origin; ${describeDifference(wanted, resource)}`,
        `${publish}\nA token for another server must not be sent to this one, so no flag accepts this. ` +
          "Sign in to that server",
      ),
      loginFlags: { url: resource },
    };
  }
  const canonical = canonicalResource(resource);
  const path = canonical.slice(url.origin.length);
  const isExact = canonical === wanted || canonical === requested;
  if (isExact || (source === "root" && path === "")) return undefined;
  const wantedPath = wanted.slice(server.origin.length);
  const prefix = path.replace(/\/$/, "");
  if (prefix === wantedPath.replace(/\/$/, "")) {
    const message = `${published} and the server URL ${quoted(wanted)} differ in a trailing slash`;
    const remedy = `${publish}\nIf ${quoted(resource)} works too, use that URL`;
    return accept("resource_trailing_slash", message, remedy);
  }
  if (wantedPath.startsWith(prefix) && wantedPath.startsWith("/", prefix.length)) {
    return accept(
      "resource_is_parent",
      `${published} is a parent of the server URL ${quoted(wanted)}`,
      `Server: publish the most specific "resource": "${wanted}"`,
    );
  }
  if (pinned === resource) {
    const message =
      `${published} has another path than ${quoted(wanted)}; mcpass uses it because ` +
      "--resource names it";
    return accept("resource_pinned", message, publish);
  }
  return {
    ...refuse(
      "resource_mismatch",
      `${mismatch}: ${describeDifference(wanted, resource)}`,
      `${publish}\nIf this path is the same server, accept it`,
    ),
    loginFlags: { resource },
  };
}
