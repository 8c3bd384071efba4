/**
 * An artifact's exchanges as an HTTP archive (HAR 1.2), for browser tools.
 *
 * @module
 */

import type { Exchange, HeaderList } from "../core/exchange.ts";
import type { Artifact } from "./artifact.ts";

const pairs = (headers: HeaderList) => headers.map(([name, value]) => ({ name, value }));

function field(headers: HeaderList, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
}

/** An address as a URI: masks in it, and what else has no place in one, are percent-encoded. */
function uri(url: string): string {
  return url.toWellFormed()
    .replace(/\[masked [^\]]*\]|[^\x21-\x7e]+|["<>\\^`{|}]/gu, encodeURIComponent);
}

const UNKNOWN = { httpVersion: "HTTP/1.1", cookies: [], headersSize: -1 };

function requestOf({ method, url, headers, body }: Exchange["request"]): object {
  const query = [...URL.parse(url)?.searchParams ?? []];
  const mimeType = field(headers, "content-type");
  return {
    ...{ method, url: uri(url), ...UNKNOWN, headers: pairs(headers) },
    queryString: query.map(([name, value]) => ({ name, value })),
    bodySize: body === null ? 0 : new TextEncoder().encode(body).length,
    ...body === null ? {} : { postData: { mimeType, params: [], text: body } },
  };
}

/** Without an answer the status is 0, as browsers write it. */
function responseOf(response: Exchange["response"]): object {
  const { status, statusText, headers, body, bodyBytes } = response ??
    { status: 0, statusText: "", headers: [], body: "", bodyBytes: 0 };
  return {
    ...{ status, statusText, ...UNKNOWN, headers: pairs(headers) },
    content: { size: bodyBytes, mimeType: field(headers, "content-type"), text: body },
    redirectURL: field(headers, "location"),
    bodySize: bodyBytes,
  };
}

/** The archive of an artifact; its secrets are masked as they are there. */
export function harOf({ tool, exchanges }: Artifact): object {
  return {
    log: {
      version: "1.2",
      creator: { name: tool.name, version: tool.version },
      entries: exchanges.map(({ id, step, startedAt, durationMs, request, response, fault }) => ({
        startedDateTime: startedAt,
        time: durationMs,
        request: requestOf(request),
        response: responseOf(response),
        cache: {},
        timings: { send: 0, wait: durationMs, receive: 0 },
        comment: `${id} ${step}${fault === null ? "" : `: ${fault.message}`}`,
      })),
    },
  };
}
