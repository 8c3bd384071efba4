import * as z from "zod";
import type { AddressKind } from "../../http/address_ranges.ts";
import type { Target } from "../../http/guard/ssrf_guard.ts";
import type { ErrorMeaning } from "../../oauth/token/error_meaning.ts";
import type { CheckDocument } from "../commands/client/client_metadata_check_command.ts";
import type { ServeDocument } from "../commands/client/client_metadata_serve_command.ts";
import type { DebugProxyDocument } from "../commands/proxy/debug_proxy_document.ts";
import type { ProxyDocument } from "../commands/proxy/proxy_response.ts";
import {
  count,
  failure,
  findings,
  foreign,
  milliseconds,
  object,
  result,
  status,
  text,
  url,
} from "./schema.ts";
import { tls } from "./server.ts";

const headers = z.record(z.string(), z.union([text, z.array(text)]))
  .describe("by lower-case name; an array for a repeated field, and always for set-cookie");
const bodyEncoding = z.enum(["json", "text", "base64", "none", "incomplete"]);
const body = z.unknown().describe("JSON, text, or base64, as bodyEncoding says");

export const PROXY = result<ProxyDocument>()("An HTTP response", {
  status,
  statusText: text,
  headers,
  body,
  bodyEncoding,
  finalUrl: url,
});

const kind: z.ZodType<AddressKind> = z.enum([
  "public",
  "loopback",
  "private",
  "link_local",
  "reserved",
]);

const answer = z.strictObject({
  address: text,
  kind,
  refused: text.nullable().describe("why no connection is allowed"),
});

const target = object<Target>()("The host of the request and its addresses", {
  host: text,
  source: z.enum(["literal", "localhost", "dns"]),
  answers: z.array(answer),
});

const explanation = object<ErrorMeaning>()("What an error code means", {
  kind: z.enum(["oauth_error", "bearer_challenge", "jsonrpc_error"]),
  code: z.union([text, z.number()]),
  said: text.nullable().describe("error_description of the server"),
  meaning: text,
  remedy: text,
  reference: text,
});

const stream = z.strictObject({
  events: z.array(z.strictObject({
    event: text,
    data: text,
    id: text.optional(),
    json: z.unknown().optional(),
  })),
  ended: z.enum(["complete", "enough", "time"]).describe("why reading stopped"),
  retry: milliseconds.nullable(),
  lastEventId: text,
  comments: count,
  unfinished: z.boolean(),
  endpoint: z.strictObject({ url: url.nullable(), sameOrigin: z.boolean() }).nullable(),
}).describe("an event stream");

export const DEBUG_PROXY = result<DebugProxyDocument>()(
  "An HTTP response and what was observed about it; null: the stage was not reached",
  {
    status: status.optional(),
    statusText: text.optional(),
    headers: headers.optional(),
    body: body.optional(),
    bodyEncoding: bodyEncoding.optional(),
    finalUrl: url.optional(),
    request: z.strictObject({
      method: text,
      url,
      headers: z.array(z.tuple([text, text])).nullable(),
      body: text.nullable(),
      bodyBytes: count.describe("bytes"),
    }),
    dns: target.nullable(),
    connection: z.strictObject({
      address: text.nullable(),
      attempts: z.array(z.strictObject({ address: text, error: text.nullable() })),
    }),
    tls: tls.nullable(),
    timings: z.record(
      z.enum(["dns", "connect", "tls", "send", "wait", "body", "total"]),
      milliseconds.nullable(),
    )
      .describe("milliseconds; null if not reached or not measured"),
    redirect: z.strictObject({
      location: text,
      url: url.nullable(),
      allowed: z.boolean(),
      reason: text.nullable(),
      answers: z.array(answer),
    }).nullable(),
    explanations: z.array(explanation),
    jwts: z.array(z.strictObject({
      member: text.nullable(),
      header: foreign,
      claims: foreign.nullable().describe("null for an encrypted token"),
      times: z.record(z.string(), text),
      signatureVerified: z.literal(false),
    })),
    stream: stream.nullable(),
  },
);

export const CLIENT_METADATA_CHECK = result<CheckDocument>()("A checked client metadata document", {
  valid: z.boolean().describe("same as ok"),
  source: text,
  clientId: text.nullable().describe("client identifier that the document must have"),
  status: status.nullable().describe("HTTP status; null for a file, and without a response"),
  document: foreign.nullable(),
  redirectUrl: text.nullable(),
  server: z.strictObject({
    url,
    issuer: text.nullable(),
    supported: z.boolean().nullable().describe("whether its metadata announces CIMD"),
  }).nullable(),
  findings,
});

export const CLIENT_METADATA_SERVE = result<ServeDocument>()(
  "Printed when mcpass has started to serve the document",
  { url, clientId: text },
);

export const CLIENT_METADATA = z.union([
  z.looseObject({ client_id: url, client_name: text, redirect_uris: z.array(text) }),
  failure,
]).describe(
  "The client ID metadata document, to be published unchanged; it has no ok and no error",
);
