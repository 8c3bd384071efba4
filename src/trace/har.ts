/** An artifact's exchanges as an HTTP archive (HAR 1.2), for browser tools. @module */

import { mapWork, type Work } from "../core/work.ts";
import type { Exchange, HeaderList } from "../core/exchange.ts";
import type { Artifact } from "./artifact.ts";

const pairs = (list: Iterable<readonly [string, string]>) =>
  [...list].map(([name, value]) => ({ name, value }));

function field(headers: HeaderList, fieldName: string): string {
  return headers.find(([name]) => name.toLowerCase() === fieldName)?.[1] ?? "";
}

/** Percent-encodes masks and other characters that a URI cannot contain. */
function uri(url: string): string {
  return url.toWellFormed()
    .replace(/\[masked(?: sha256:[0-9a-f]{8})?\]|[^\x21-\x7e]+|["<>\\^`{|}]/gu, encodeURIComponent);
}

/** `fetch` does not report the version of HTTP. */
const UNKNOWN = { httpVersion: "unknown", headersSize: -1 };

const UNMEASURED = { blocked: -1, dns: -1, connect: -1, ssl: -1 };

function toPair(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return at === -1
    ? { name: "", value: text.trim() }
    : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

function setCookies(headers: HeaderList): object[] {
  return headers.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, text]) => {
    const [pair = "", ...attributes] = text.split(";");
    const attribute = (key: string) =>
      attributes.map(toPair).find(({ name, value }) => (name || value).toLowerCase() === key)
        ?.value;
    const expires = Date.parse(attribute("expires") ?? "");
    return {
      ...toPair(pair),
      path: attribute("path"),
      domain: attribute("domain"),
      expires: Number.isNaN(expires) ? undefined : new Date(expires).toISOString(),
      httpOnly: attribute("httponly") !== undefined,
      secure: attribute("secure") !== undefined,
    };
  });
}

function requestOf({ method, url, headers, body }: Exchange["request"]): object {
  const mimeType = field(headers, "content-type");
  const params = body !== null && mimeType.includes("x-www-form-urlencoded")
    ? pairs(new URLSearchParams(body))
    : [];
  return {
    method,
    url: uri(url),
    ...UNKNOWN,
    headers: pairs(headers),
    cookies: field(headers, "cookie").split(";").filter((part) => part.trim() !== "").map(toPair),
    queryString: pairs(URL.parse(url)?.searchParams ?? []),
    bodySize: body === null ? 0 : new TextEncoder().encode(body).length,
    postData: body === null ? undefined : { mimeType, params, text: body },
  };
}

function caveat({ body, truncated }: NonNullable<Exchange["response"]>): string | undefined {
  const reasons = [
    truncated && "more was sent than is stored here",
    body.includes("\ufffd") && "bytes that are not UTF-8 appear as U+FFFD",
  ];
  return reasons.filter(Boolean).join("; ") || undefined;
}

/** As browsers do, the status is 0 without a response, and `_error` says why. */
function responseOf({ response, fault }: Exchange): object {
  if (response === null) {
    const content = { size: 0, mimeType: "x-unknown" };
    const nothing = { headers: [], cookies: [], redirectURL: "", bodySize: -1, content };
    return { status: 0, statusText: "", ...UNKNOWN, ...nothing, _error: fault?.code };
  }
  const { status, statusText, headers, body, bodyBytes } = response;
  return {
    status,
    statusText,
    ...UNKNOWN,
    headers: pairs(headers),
    cookies: setCookies(headers),
    content: {
      size: bodyBytes,
      mimeType: field(headers, "content-type") || "x-unknown",
      text: body,
      comment: caveat(response),
    },
    redirectURL: field(headers, "location"),
    // The bytes were counted after decompression.
    bodySize: field(headers, "content-encoding") === "" ? bodyBytes : -1,
    _error: fault?.code,
  };
}

/** Each step is a page. */
export function* harOf({ tool, exchanges, command }: Artifact): Work<object> {
  const steps = Map.groupBy(exchanges, ({ step }) => step);
  const pages = [...steps].map(([step, [first]]) => ({
    startedDateTime: first?.startedAt,
    id: step,
    title: `mcpass ${command.name}: ${step.replaceAll("_", " ")}`,
    pageTimings: { onContentLoad: -1, onLoad: -1 },
  }));
  return {
    log: {
      version: "1.2",
      creator: { name: tool.name, version: tool.version },
      pages,
      entries: yield* mapWork(exchanges, (exchange) => ({
        pageref: exchange.step,
        startedDateTime: exchange.startedAt,
        time: exchange.durationMs,
        request: requestOf(exchange.request),
        response: responseOf(exchange),
        cache: {},
        timings: { ...UNMEASURED, send: 0, wait: exchange.durationMs, receive: 0 },
        _resourceType: "fetch",
        comment: `${exchange.id} ${exchange.step}` +
          (exchange.fault === null ? "" : `: ${exchange.fault.message}`),
      })),
    },
  };
}
