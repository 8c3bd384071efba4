/** The `resource` of an MCP server: what it may publish (RFC 9728 §3.3) and what is sent (RFC 8707 §2). @module */

import type { Judgement } from "../../core/finding.ts";
import { commandArgument, difference, quoted } from "../../core/text.ts";
import { isSecureFrom, parsePlainUrl, parseUrl } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
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

export interface ResourceJudgement {
  readonly accepted: boolean;
  readonly judgement?: Judgement;
}

const REFERENCE = "RFC 9728 §3.3";

function refuse(code: Code, message: string, remedy: string): ResourceJudgement {
  return {
    accepted: false,
    judgement: { code, severity: "error", message, remedy, reference: REFERENCE },
  };
}

function accept(code: Code, message: string, remedy: string): ResourceJudgement {
  return {
    accepted: true,
    judgement: { code, severity: "warning", message, remedy, reference: REFERENCE },
  };
}

/**
 * Compares the published `resource` with the MCP URL.
 *
 * @param source In the root document, the bare origin is right.
 * @param pinned `--resource`: if it equals the published one, another path of the origin is accepted.
 */
export function judgeResource(
  resource: string | undefined,
  serverUrl: string,
  source: ResourceMetadataCandidate["source"],
  pinned?: string,
): ResourceJudgement {
  const wanted = canonicalResource(serverUrl);
  if (resource === undefined) {
    return accept(
      "resource_missing",
      `the protected resource metadata has no "resource"; ${quoted(wanted)} is used`,
      `Server: publish "resource": "${wanted}"`,
    );
  }
  const url = parsePlainUrl(resource);
  if (url === undefined) {
    return refuse(
      "resource_invalid",
      `the protected resource metadata says resource ${
        quoted(resource)
      }, which is no absolute URL ` +
        "without user info",
      `Server: publish "resource": "${wanted}"`,
    );
  }
  if (resource.includes("#")) {
    return refuse(
      "resource_invalid",
      `the published resource ${quoted(resource)} has a fragment`,
      "Server: publish the resource without a fragment",
    );
  }
  const server = new URL(serverUrl);
  if (!isSecureFrom(url, server)) {
    return refuse(
      "resource_not_https",
      `the published resource ${quoted(resource)} is not https`,
      `Server: publish "resource": "${wanted}"`,
    );
  }
  if (url.origin !== server.origin) {
    return refuse(
      "resource_mismatch",
      `the protected resource metadata is about ${quoted(resource)}, not about ${
        quoted(wanted)
      }: ` +
        `another origin; ${difference(wanted, resource)}`,
      `Server: publish "resource": "${wanted}". A token for another server must not be sent to ` +
        `this one, so there is no flag to go on`,
    );
  }
  const published = canonicalResource(resource);
  const publishedPath = published.slice(url.origin.length);
  if (published === wanted || (source === "root" && publishedPath === "")) {
    return { accepted: true };
  }
  const wantedPath = wanted.slice(server.origin.length);
  if (publishedPath.replace(/\/$/, "") === wantedPath.replace(/\/$/, "")) {
    return accept(
      "resource_trailing_slash",
      `the published resource ${quoted(resource)} and the server URL ${quoted(wanted)} differ in ` +
        `a trailing slash`,
      `Server: publish "resource": "${wanted}"`,
    );
  }
  const prefix = publishedPath.replace(/\/$/, "");
  if (
    !prefix.includes("?") && /^[/?]/.test(wantedPath.slice(prefix.length)) &&
    wantedPath.startsWith(prefix)
  ) {
    return accept(
      "resource_is_parent",
      `the published resource ${quoted(resource)} is a parent of the server URL ${quoted(wanted)}`,
      `Server: publish the most specific "resource": "${wanted}"`,
    );
  }
  if (pinned === resource) {
    return accept(
      "resource_pinned",
      `the published resource ${quoted(resource)} has another path than ${quoted(wanted)} and is ` +
        `used because --resource names it`,
      `Server: publish "resource": "${wanted}"`,
    );
  }
  return refuse(
    "resource_mismatch",
    `the protected resource metadata is about ${quoted(resource)}, not about ${quoted(wanted)}: ` +
      difference(wanted, resource),
    `Server: publish "resource": "${wanted}". To go on all the same: --resource ` +
      commandArgument(resource),
  );
}
