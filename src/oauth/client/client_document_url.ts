/** The URL of a Client ID Metadata Document (draft-00 §3), and the response there. @module */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { type Checks, error, runChecks, warning } from "../common/judgement.ts";

export const DRAFT = "Client ID Metadata Document draft-00";

function faultOf(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || !/^[\x21-\x5b\x5d-\x7e]+$/.test(text)) return "is not an absolute URL";
  const [, authority = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i.exec(text) ??
    [];
  const segments = path.split("/").map((segment) => segment.replace(/%2e/gi, "."));
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    return `has the scheme "${url.protocol.slice(0, -1)}"`;
  }
  if (authority.includes("@")) return "has a user name or password";
  if (text.includes("#")) return "has a fragment";
  if (path === "" || path === "/") return "has no path";
  return segments.some((segment) => segment === "." || segment === "..")
    ? 'has a "." or ".." in its path'
    : undefined;
}

function isPrivateHost(hostname: string): boolean {
  return isLoopbackHost(hostname) ||
    /\.(local|internal|localdomain|lan|home\.arpa)$/i.test(hostname) ||
    /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.\d/.test(hostname) ||
    /^\[(f[cd]|fe[89ab])/i.test(hostname) || /^[^.[]+$/.test(hostname);
}

const URL_CHECKS: Checks<string> = {
  client_document_url: error(
    `${DRAFT} §3`,
    "Publish the document at an https URL with a path, such as " +
      "https://app.example/oauth/client.json",
    (text) => {
      const identifier = `the client identifier ${quoted(text)}`;
      const fault = faultOf(text);
      if (fault !== undefined) return `${identifier} ${fault}`;
      const message = `${identifier} is http, which only test servers accept`;
      return new URL(text).protocol === "http:" && { severity: "warning", message };
    },
  ),
  client_document_host: warning(
    `${DRAFT} §6.5`,
    "Publish the document at a public host; for a test, put a tunnel in front of mcpass oauth " +
      "client-metadata serve",
    (text) => {
      if (faultOf(text) !== undefined) return false;
      const { hostname, protocol } = new URL(text);
      return protocol === "https:" && isPrivateHost(hostname) &&
        `the client identifier is at ${quoted(hostname)}, which an authorization server ` +
          "elsewhere cannot or does not reach";
    },
  ),
  client_document_query: warning(
    `${DRAFT} §3`,
    "Put the information of the query into the path",
    (text) =>
      faultOf(text) === undefined && new URL(text).search !== "" &&
      `the client identifier ${quoted(text)} has a query`,
  ),
};

export function judgeDocumentUrl(text: string): Judgement[] {
  return runChecks(URL_CHECKS, text);
}

interface DocumentResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly location: string | null;
}

const RESPONSE_CHECKS: Checks<DocumentResponse> = {
  client_document_status: error(
    "Client ID Metadata Document draft-00 §4.3; draft-01 §4; draft-02 §5",
    "Serve the document at its URL with 200, without a redirect or a sign-in",
    ({ status, location }) => {
      const moved = location === null ? "" : ` to ${quoted(location)}`;
      return status !== 200 &&
        `the document's URL returned HTTP ${status}${moved}, expected 200; servers follow no ` +
          "redirect";
    },
  ),
  client_document_media_type: warning(
    `${DRAFT} §4.1`,
    "Serve it with Content-Type: application/json",
    ({ status, contentType }) => {
      const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
      return status === 200 && !/^application\/([\w.-]+\+)?json$/.test(type) &&
        `the document is served ${type === "" ? "without a content type" : `as ${quoted(type)}`}`;
    },
  ),
};

/** Judges the response that should have the document; an error means that it has none. */
export function judgeDocumentResponse(response: DocumentResponse): Judgement[] {
  return runChecks(RESPONSE_CHECKS, response);
}
