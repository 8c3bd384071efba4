/** The URL of a Client ID Metadata Document (draft-00 §3). @module */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";

const SECTION_3 = "Client ID Metadata Document draft-00 §3";

function faultOf(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || !/^[\x21-\x5b\x5d-\x7e]+$/.test(text)) return "is no absolute URL";
  const [, authority = "", path = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i.exec(text) ??
    [];
  const segments = path.split("/").map((segment) => segment.replace(/%2e/gi, "."));
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    return `has the scheme "${url.protocol.slice(0, -1)}"`;
  }
  if (authority.includes("@")) return "holds a user name or password";
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

export function judgeDocumentUrl(text: string): Judgement[] {
  const fault = faultOf(text);
  const remedy = "Publish the document at an https URL with a path, such as " +
    "https://app.example/oauth/client.json";
  if (fault !== undefined) {
    const message = `the client identifier ${quoted(text)} ${fault}`;
    return [{
      code: "client_document_url",
      severity: "error",
      message,
      remedy,
      reference: SECTION_3,
    }];
  }
  const url = new URL(text);
  const judgements: Judgement[] = [];
  if (url.protocol === "http:") {
    judgements.push({
      code: "client_document_url",
      severity: "warning",
      message: `the client identifier ${quoted(text)} is http: only a test server accepts that`,
      remedy,
      reference: SECTION_3,
    });
  } else if (isPrivateHost(url.hostname)) {
    judgements.push({
      code: "client_document_host",
      severity: "warning",
      message: `the client identifier is at ${quoted(url.hostname)}, which an authorization ` +
        "server elsewhere cannot reach, or refuses to",
      remedy: "Publish the document at a public host; for a test, put a tunnel in front of " +
        "mcpass oauth client-metadata serve",
      reference: "Client ID Metadata Document draft-00 §6.5",
    });
  }
  if (url.search !== "") {
    judgements.push({
      code: "client_document_query",
      severity: "warning",
      message: `the client identifier ${quoted(text)} has a query`,
      remedy: "Leave the query out, or move what it says into the path",
      reference: SECTION_3,
    });
  }
  return judgements;
}
