/**
 * Checks of how a metadata document is served.
 *
 * @module
 */

import { quoted } from "../../core/text.ts";
import { ALL_KINDS, type MetadataCheck, type MetadataSubject, when } from "./metadata_check.ts";
import { contentKind, METADATA_KINDS, type MetadataKind, metadataPlace } from "./metadata_kind.ts";

const LARGE = 64 * 1024;
const DAY = 24 * 60 * 60;
const CACHE_FIELDS = ["cache-control", "expires", "etag", "last-modified"];

const isServer = (kind: MetadataKind | undefined) =>
  kind === "authorization_server" || kind === "openid_configuration";

function cachingFaults({ answer: { headers } }: MetadataSubject): readonly string[] {
  if (!CACHE_FIELDS.some((name) => headers.has(name))) {
    return ["the answer says nothing about caching, so clients decide how old a copy they use"];
  }
  const control = headers.get("cache-control") ?? "";
  if (/\bno-store\b/i.test(control)) {
    return [`Cache-Control ${quoted(control)} makes clients fetch the document every time`];
  }
  const age = Number(/\bmax-age="?(\d+)/i.exec(control)?.[1] ?? 0);
  return when(
    age > DAY,
    `Cache-Control ${quoted(control)} lets clients use a copy for ${Math.round(age / DAY)} days: ` +
      "changed endpoints and new keys arrive that late",
  );
}

/** The table. */
export const ANSWER_CHECKS: readonly MetadataCheck[] = [
  {
    code: "metadata_kind_unexpected",
    severity: "error",
    kinds: ALL_KINDS,
    reference: "RFC 9728 §3; RFC 8414 §3",
    remedy: "Server: serve each kind of metadata at its own well-known URL",
    find({ url, document }) {
      const place = metadataPlace(url)?.kind;
      const found = contentKind(document);
      return place === undefined || found === undefined || isServer(place) === isServer(found)
        ? []
        : [`the URL is one of ${METADATA_KINDS[place]}, and it holds ${METADATA_KINDS[found]}`];
    },
  },
  {
    code: "metadata_place_unusual",
    severity: "warning",
    kinds: ALL_KINDS,
    reference: "RFC 9728 §3.1; RFC 8414 §3.1",
    remedy: "Server: insert the well-known path between host and path",
    find({ url }) {
      const elsewhere = metadataPlace(url)?.elsewhere;
      return elsewhere === undefined
        ? []
        : [`clients do not look at ${quoted(url)} but at ${quoted(elsewhere)}`];
    },
  },
  {
    code: "metadata_redirected",
    severity: "warning",
    kinds: ALL_KINDS,
    reference: "RFC 9728 §3.2; RFC 8414 §3.2",
    remedy: "Server: answer 200 at the well-known URL itself",
    find: ({ url, answer }) =>
      when(
        new URL(url).href !== new URL(answer.url).href,
        `the document is reached only by a redirect to ${
          quoted(answer.url)
        }, which some clients do ` +
          "not follow",
      ),
  },
  {
    code: "metadata_caching",
    severity: "info",
    kinds: ALL_KINDS,
    reference: "RFC 9111 §4.2",
    remedy: "Server: send Cache-Control with a max-age of minutes to hours",
    find: cachingFaults,
  },
  {
    code: "metadata_large",
    severity: "warning",
    kinds: ALL_KINDS,
    reference: "RFC 9728 §7.7",
    remedy: "Server: publish what clients need; many stop reading at some size",
    find({ answer }) {
      const bytes = new TextEncoder().encode(answer.body).length;
      return when(bytes > LARGE, `the document has ${bytes} bytes`);
    },
  },
  {
    code: "metadata_sets_cookie",
    severity: "info",
    kinds: ALL_KINDS,
    reference: "RFC 9111 §7.3",
    remedy: "Server: send no Set-Cookie with public metadata",
    find: ({ answer }) => when(answer.headers.has("set-cookie"), "the answer sets a cookie"),
  },
];
