import * as z from "zod";
import type { CheckResult, TokenFacts } from "../../audit/doctor/doctor_check.ts";
import type { ClockReading } from "../../audit/doctor/clock_reading.ts";
import type {
  ChainLink,
  InspectedDocument,
  RevisionVerdict,
} from "../../flow/inspect/inspection.ts";
import type { EraSummary } from "../../flow/inspect/era_probe.ts";
import type { ProbeResult } from "../../flow/inspect/probe_server.ts";
import { CHECK_PAGES } from "../../findings/mod.ts";
import type { TlsFacts } from "../../http/guard/tls_facts.ts";
import type { ServerDescription } from "../../mcp/connection.ts";
import { LIST_KINDS } from "../../mcp/list_kind.ts";
import type { MetadataDocument } from "../commands/metadata/metadata_result.ts";
import type { DoctorDocument } from "../commands/server/server_doctor_command.ts";
import type { ProbeDocument } from "../commands/server/server_probe_command.ts";
import {
  code,
  count,
  finding,
  findings,
  foreign,
  object,
  result,
  revision,
  status,
  step,
  text,
  time,
  url,
} from "./schema.ts";

export const transport = z.enum(["streamable_http", "sse"])
  .describe("sse is HTTP+SSE, the transport of 2024-11-05");
export const era = z.enum(["initialize", "stateless"]).describe(
  "protocol with or without initialize",
);

const verdict = object<RevisionVerdict>()("What clients of one MCP revision do with the metadata", {
  protocolVersion: revision,
  verdict: z.enum(["usable", "refused", "not_read", "not_tried"]),
  reason: text.nullable().describe("set for not_read and not_tried"),
  errors: z.array(text).describe("codes of findings; only if refused"),
  warnings: z.array(text).describe("codes of findings"),
}).refine(
  (row) => (row.verdict === "refused") === (row.errors.length > 0),
  "errors must be there exactly when the verdict is refused",
).refine(
  (row) => row.verdict.startsWith("not_") === (row.reason !== null),
  "a reason must be there exactly when the verdict is not_read or not_tried",
);

const link = object<ChainLink>()("One request of the discovery", {
  step,
  method: text,
  url,
  finalUrl: url.nullable().describe("after redirects; null without a response"),
  status: status.nullable(),
  contentType: text.nullable(),
  identifier: text.nullable().describe("identifier that the document must have"),
  outcome: z.enum(["answer", "used", "passed_over", "failed"]),
  reason: text,
});

const inspected = object<InspectedDocument>()("A metadata document", {
  url,
  finalUrl: url.describe("after redirects"),
  status,
  document: foreign,
});

export const METADATA = result<MetadataDocument>()("Metadata, its findings, and who can use it", {
  document: foreign.nullable()
    .describe("the requested document, or the authorization server metadata at the end of a chain"),
  url,
  finalUrl: url.nullable().describe("after redirects"),
  status: status.nullable(),
  findings: z.array(finding),
  kind: z.enum(["protected_resource", "authorization_server", "openid_configuration"]).nullable(),
  target: z.enum(["document", "mcp_server", "issuer", "unknown"]).describe(
    "what the URL identifies",
  ),
  decision: text.min(1).describe("why"),
  protocolVersion: text.describe(
    "revision whose checks made the findings; empty without a request",
  ),
  revisions: z.array(verdict).describe("oldest first"),
  chain: z.array(link).optional().describe("requests of the discovery, in order"),
  challenge: text.nullable().optional().describe("WWW-Authenticate without a token"),
  resourceMetadata: inspected.nullable().optional().describe("protected resource metadata"),
  issuer: text.nullable().optional(),
});

const eraSummary = object<EraSummary>()("The response to a request of one protocol era", {
  era,
  asked: revision,
  spoken: z.boolean().nullable().describe("null if unknown without a token"),
  tokenRequired: z.boolean().nullable().describe("whether listing the tools requires a token"),
  status: z.int(),
  detail: text,
  versions: z.array(text).describe("revisions that the server lists"),
  serverInfo: foreign.nullable(),
  capabilities: foreign.nullable(),
});

const PROBE_MEMBERS = {
  serverUrl: url,
  status: z.enum([
    "open",
    "authorization_required",
    "authorization_unclear",
    "refused",
    "not_mcp",
    "unreachable",
  ]),
  transport: transport.nullable().describe("null if unknown without a token"),
  eras: z.array(eraSummary),
  authorizationRequired: z.boolean().nullable()
    .describe("whether listing the tools requires a token; null if unknown"),
  challenge: z.strictObject({
    scheme: text.describe("Bearer, DPoP or another scheme; empty if there is no scheme"),
    resourceMetadata: z.array(text),
    scope: z.array(text).nullable(),
    error: text.nullable(),
  }).nullable().describe("WWW-Authenticate of the response without a token"),
  resourceMetadata: z.strictObject({
    url,
    resource: text.nullable(),
    authorizationServers: z.array(text),
    scopesSupported: z.array(text).nullable(),
    document: foreign,
  }).nullable().describe("protected resource metadata (RFC 9728)"),
  authorizationServer: z.strictObject({
    issuer: text,
    url: url.nullable().describe("URL of the metadata; null with default endpoints"),
    registration: z.strictObject({
      dcr: z.boolean(),
      cimd: z.boolean(),
      preregistered: z.literal(true as boolean),
    }).describe("ways to register a client"),
    grantTypes: z.array(text).nullable(),
    scopesSupported: z.array(text).nullable(),
    document: foreign.nullable(),
  }).nullable(),
  metadataAttempts: z.array(z.strictObject({
    kind: z.enum(["resource_metadata", "authorization_server_metadata"]),
    url,
    status: z.int(),
    objection: text.nullable(),
  })).describe("URLs where metadata was expected, in order"),
  findings,
};

const problem = z.strictObject({ code, message: text, remedy: text.nullable() }).nullable();

export const PROBE = result<ProbeDocument>()("What a server offers without credentials", {
  ...PROBE_MEMBERS,
  problem: problem.describe("why a sign-in is not possible"),
});

const probe = object<ProbeResult>()("What mcpass server probe found", {
  ...PROBE_MEMBERS,
  error: problem,
});

export const tls = object<TlsFacts>()("TLS of the connection", {
  version: text.nullable().describe("such as TLSv1.3"),
  cipher: text.nullable(),
  certificate: z.strictObject({
    subject: text,
    issuer: text,
    validFrom: text.describe("ISO 8601, UTC"),
    validTo: text.describe("ISO 8601, UTC"),
    subjectAltNames: z.array(text),
    fingerprint256: text,
  }).nullable(),
  note: text.optional().describe("why a member is null"),
}).meta({ id: "tls" });

const token = object<TokenFacts>()("The token that was checked, without its value", {
  kind: z.enum(["token", "file", "store"]),
  where: text,
  account: text.nullable(),
  format: z.enum(["jwt", "jwe", "opaque"]),
  unverifiedClaims: foreign.nullable().describe("no signature was verified"),
  issuer: text.nullable(),
  clientId: text.nullable(),
  sendsProof: z.boolean().describe("true if requests have a DPoP proof or the client certificate"),
  resource: text.nullable().optional(),
  expiresAt: text.nullable().describe("ISO 8601, UTC"),
  requestedScopes: z.array(text).nullable(),
  grantedScope: text.nullable(),
  renewal: z.enum(["refresh_token", "same_grant", "refused"]).nullable().optional()
    .describe("how it can be refreshed"),
  renewed: z.boolean().describe("true if this command refreshed it"),
});

const connection = object<ServerDescription>()("The MCP connection", {
  version: text.optional().describe("MCP revision"),
  era,
  transport,
  serverInfo: foreign.nullable(),
  capabilities: foreign,
  instructions: text.nullable(),
});

const checkIds = Object.keys(CHECK_PAGES).map((name) => name.replace(/_failed$/, ""));

const checkStatus = z.enum(["ok", "warning", "error", "skipped"]);

const check = object<CheckResult>()("One check", {
  id: z.enum(checkIds as [CheckResult["id"], ...CheckResult["id"][]]),
  title: text,
  status: checkStatus,
  detail: text,
  remedy: text.nullable(),
  reference: text.nullable().describe("RFC or MCP section"),
  signIn: z.boolean().optional().describe("true if a sign-in fixes it"),
});

export const DOCTOR = result<DoctorDocument>()("Checks of a server, a token and the network", {
  serverUrl: url,
  status: z.enum(["ok", "warning", "error", "sign_in_needed"])
    .describe("sign_in_needed: the only problem is a missing sign-in"),
  checkedAt: time,
  checks: z.array(check),
  counts: z.record(z.enum(LIST_KINDS), count.nullable()).describe("null if it was not listed"),
  token: token.nullable(),
  connection: connection.nullable(),
  clocks: z.array(
    object<ClockReading>()("A clock of another server", {
      origin: text,
      aheadSeconds: z.number().describe(
        "seconds by which it is ahead of this machine; negative if behind",
      ),
    }),
  ),
  probe,
  tls: tls.nullable(),
  next: text.nullable().describe("command line of the next step"),
  changes: z.array(z.strictObject({
    id: text,
    title: text,
    change: z.enum(["fixed", "new", "changed", "unchecked"]),
    from: checkStatus,
    to: checkStatus,
    detail: text,
  })).optional().describe("what is different from the last document (--watch)"),
});
