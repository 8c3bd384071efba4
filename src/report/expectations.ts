/** Comparing each step with what the chosen revision of MCP expects. @module */

import type { Exchange } from "../core/exchange.ts";
import { isObject, type JsonObject, parseJson, stringListMember } from "../core/json.ts";
import type { StepId } from "../core/step.ts";
import {
  LATEST,
  type Revision,
  revision,
  REVISION_IDS,
  type RevisionId,
} from "../oauth/mcp/revision.ts";
import type { Artifact } from "../trace/artifact.ts";
import { headerValue } from "./report_model.ts";

/** Whether an expectation was met; `open` where nothing was recorded that could tell. */
export type Verdict = "met" | "differs" | "open";

export interface Comparison {
  readonly step: StepId;
  readonly expected: string;
  readonly clause: string;
  readonly received: string;
  readonly verdict: Verdict;
  /** The exchange that shows it, where one does. */
  readonly exchange?: number;
}

interface Evidence {
  readonly artifact: Artifact;
  readonly rules: Revision;
  readonly own: readonly Exchange[];
}

type Observed = Pick<Comparison, "received" | "verdict"> & { readonly at?: Exchange | undefined };

interface Row {
  readonly step: StepId;
  /** Undefined where the revision says nothing of it. */
  expected(rules: Revision): string | undefined;
  clause(rules: Revision): string;
  /** Undefined where the step was not reached. */
  observe(seen: Evidence): Observed | undefined;
}

const short = (text: string) => text.length > 160 ? `${text.slice(0, 159)}…` : text;

function bodyOf(exchange: Exchange | undefined): JsonObject | undefined {
  const parsed = parseJson(exchange?.response?.body ?? "");
  return isObject(parsed) ? parsed : undefined;
}

function describeStatus(exchange: Exchange): string {
  return exchange.response === null
    ? `no answer: ${exchange.fault?.message ?? "none received"}`
    : `HTTP ${exchange.response.status}`;
}

/** The document in force: the last response with 200, else the last response. */
function documentAt(own: readonly Exchange[], purpose: Exchange["purpose"]): Exchange | undefined {
  const all = own.filter((exchange) => exchange.purpose === purpose);
  return all.findLast((it) => it.response?.status === 200 && bodyOf(it)) ?? all.at(-1);
}

function metadataRow(
  purpose: "resource_metadata" | "authorization_server_metadata",
  say: (document: JsonObject, seen: Evidence) => Omit<Observed, "at">,
): Row["observe"] {
  return (seen) => {
    const at = documentAt(seen.own, purpose);
    if (at === undefined) return undefined;
    const document = at.response?.status === 200 ? bodyOf(at) : undefined;
    if (document !== undefined) return { at, ...say(document, seen) };
    return { at, verdict: "differs", received: `${describeStatus(at)}, no JSON object` };
  };
}

const met = (condition: boolean): Verdict => condition ? "met" : "differs";
const value = (text: unknown) => typeof text === "string" ? `"${text}"` : "nothing";

function resultOf({ outcome: { result } }: Artifact): JsonObject {
  return isObject(result) ? result : {};
}

function issuersOf({ artifact }: Evidence): readonly string[] {
  const at = documentAt(artifact.exchanges, "resource_metadata");
  return stringListMember(bodyOf(at) ?? {}, "authorization_servers") ?? [];
}

/** The row of an MCP request that carries a token. */
function verifyRow(step: "verify_list_tools" | "verify_call_tool", method: string): Row {
  return {
    step,
    expected: ({ era }) =>
      era === "stateless"
        ? `200 for ${method}, asked with the token and without a session`
        : `200 for initialize and ${method}, each asked with the token`,
    clause: () => "MCP authorization, Access Token Usage; MCP transports, Streamable HTTP",
    observe({ own }) {
      const at = own.findLast(({ purpose }) => purpose === "mcp");
      if (at === undefined) return undefined;
      const bad = own.find(({ response }) => response === null || response.status >= 400);
      return {
        at: bad ?? at,
        received: own.map(describeStatus).join(", "),
        verdict: met(at.response !== null && at.response.status < 400),
      };
    },
  };
}

const ROWS: readonly Row[] = [
  {
    step: "request_without_token",
    expected: () => "HTTP 401",
    clause: () => "MCP authorization, Error Handling; RFC 9110 §15.5.2",
    observe({ own: [at] }) {
      return at && { at, received: describeStatus(at), verdict: met(at.response?.status === 401) };
    },
  },
  {
    step: "request_without_token",
    expected: ({ resourceMetadata, stepUp }) =>
      resourceMetadata
        ? stepUp
          ? "WWW-Authenticate: Bearer, with resource_metadata unless it is at the well-known place"
          : "WWW-Authenticate: Bearer with resource_metadata"
        : undefined,
    clause: () => "RFC 9728 §5.1; RFC 6750 §3",
    observe({ own: [at], rules }) {
      if (at === undefined || at.response === null) return undefined;
      const challenge = headerValue(at.response, "www-authenticate");
      const bearer = /(^|,)\s*(Bearer|DPoP)\b/i.test(challenge ?? "");
      return {
        at,
        received: challenge === undefined ? "no WWW-Authenticate" : short(challenge),
        verdict: met(bearer && (rules.stepUp || /resource_metadata\s*=/i.test(challenge ?? ""))),
      };
    },
  },
  {
    step: "resource_metadata",
    expected: ({ resourceMetadata }) =>
      resourceMetadata ? "200 with resource and authorization_servers" : undefined,
    clause: () => "RFC 9728 §3.2; MCP authorization, Authorization Server Location",
    observe: metadataRow("resource_metadata", (document) => {
      const servers = stringListMember(document, "authorization_servers") ?? [];
      return {
        received: `authorization_servers: ${servers.map(value).join(", ") || "none"}`,
        verdict: met(servers.length > 0),
      };
    }),
  },
  {
    step: "resource_metadata",
    expected: ({ resourceMetadata }) =>
      resourceMetadata ? "resource is the address of the MCP server" : undefined,
    clause: () => "RFC 9728 §3.3",
    observe: metadataRow("resource_metadata", (document, { artifact }) => {
      const own = resultOf(artifact)["serverUrl"];
      const { resource } = document;
      const same = typeof own === "string" && typeof resource === "string" &&
        URL.parse(own)?.href === URL.parse(resource)?.href;
      return { received: `resource: ${value(resource)}`, verdict: met(same) };
    }),
  },
  {
    step: "authorization_server_metadata",
    expected: ({ resourceMetadata }) =>
      resourceMetadata
        ? "200, and its issuer is the one that the resource metadata names"
        : "200 with an issuer, or default endpoints at the server's origin",
    clause: ({ resourceMetadata }) =>
      resourceMetadata ? "RFC 8414 §3.3" : "MCP authorization, Server Metadata Discovery",
    observe: metadataRow("authorization_server_metadata", (document, seen) => {
      const { issuer } = document;
      const named = issuersOf(seen);
      const fits = typeof issuer === "string" && (named.length === 0 || named.includes(issuer));
      return { received: `issuer: ${value(issuer)}`, verdict: met(fits) };
    }),
  },
  {
    step: "authorization_server_metadata",
    expected: ({ pkceAdvertisement }) =>
      pkceAdvertisement === "required" ? "code_challenge_methods_supported lists S256" : undefined,
    clause: () => "MCP authorization, Authorization Code Protection; RFC 8414 §2",
    observe: metadataRow("authorization_server_metadata", (document) => {
      const methods = stringListMember(document, "code_challenge_methods_supported");
      return {
        received: methods === undefined ? "the member is missing" : methods.map(value).join(", "),
        verdict: met(methods?.includes("S256") ?? false),
      };
    }),
  },
  {
    step: "registration",
    expected: ({ registrationOrder }) => `a client: ${registrationOrder.join(", else ")}`,
    clause: () => "MCP authorization, Client Registration Approaches; RFC 7591 §3.2.1",
    observe({ artifact, own }) {
      const taken = resultOf(artifact)["registrationStrategy"];
      const at = own.findLast(({ purpose }) => purpose === "registration");
      if (at !== undefined) {
        const registered = typeof bodyOf(at)?.["client_id"] === "string";
        const fits = at.response?.status === 201 && registered;
        return {
          at,
          received: `dcr: ${describeStatus(at)}, ${registered ? "a client_id" : "no client_id"}`,
          verdict: met(fits),
        };
      }
      return typeof taken === "string" ? { received: taken, verdict: "met" } : undefined;
    },
  },
  {
    step: "authorization",
    expected: ({ resourceParameter }) =>
      `a request with state, an S256 code challenge${resourceParameter ? " and resource" : ""}`,
    clause: ({ resourceParameter }) =>
      `RFC 7636 §4.3; OAuth 2.1 §4.1.1${resourceParameter ? "; RFC 8707 §2" : ""}`,
    observe({ own, rules, artifact }) {
      const at = own.find(({ request }) => request.url.includes("code_challenge"));
      const reached = artifact.steps.some(({ step }) => step === "authorization");
      if (at === undefined) {
        return reached
          ? { received: "sent by the browser, which is not recorded", verdict: "open" }
          : undefined;
      }
      const query = URL.parse(at.request.url)?.searchParams;
      const names = ["state", "code_challenge", ...rules.resourceParameter ? ["resource"] : []];
      const missing = names.filter((name) => !query?.get(name));
      const method = query?.get("code_challenge_method");
      return {
        at,
        received: missing.length > 0
          ? `no ${missing.join(", no ")}`
          : `code_challenge_method: ${value(method)}, ${names.join(", ")}`,
        verdict: met(missing.length === 0 && method === "S256"),
      };
    },
  },
  {
    step: "authorization",
    expected: () => "a redirect to the redirect URI with code and state, and iss where announced",
    clause: () => "RFC 6749 §4.1.2; RFC 9207 §2",
    observe({ own, artifact }) {
      const at = own.findLast(({ purpose }) => purpose === "authorization");
      if (at === undefined || at.response === null) return undefined;
      const query = URL.parse(headerValue(at.response, "location") ?? "", at.request.url)
        ?.searchParams;
      const names = [...query?.keys() ?? []];
      const document = bodyOf(documentAt(artifact.exchanges, "authorization_server_metadata"));
      const wantsIss = document?.["authorization_response_iss_parameter_supported"] === true;
      const wanted = ["code", "state", ...wantsIss ? ["iss"] : []];
      return {
        at,
        received: `${describeStatus(at)}, ${
          names.length === 0 ? "no parameters" : names.join(", ")
        }`,
        verdict: met(wanted.every((name) => names.includes(name))),
      };
    },
  },
  {
    step: "token",
    expected: () => "200 with access_token and token_type, Cache-Control: no-store",
    clause: () => "RFC 6749 §5.1",
    observe({ own }) {
      const at = own.findLast(({ purpose }) => purpose === "token");
      if (at === undefined) return undefined;
      const body = bodyOf(at) ?? {};
      const missing = ["access_token", "token_type"].filter((name) => !Object.hasOwn(body, name));
      const stored = at.response !== null &&
        !/no-store/i.test(headerValue(at.response, "cache-control") ?? "");
      const error = typeof body["error"] === "string" ? [`error: ${value(body["error"])}`] : [];
      const faults = [
        ...missing.map((name) => `no ${name}`),
        ...stored ? ["no Cache-Control: no-store"] : [],
        ...error,
      ];
      return {
        at,
        received: short([describeStatus(at), ...faults].join(", ")),
        verdict: met(at.response?.status === 200 && faults.length === 0),
      };
    },
  },
  {
    step: "token",
    expected: ({ resourceParameter }) =>
      resourceParameter ? "the request names the resource" : undefined,
    clause: () => "RFC 8707 §2.2; MCP authorization, Resource Parameter Implementation",
    observe({ own }) {
      const at = own.findLast(({ purpose }) => purpose === "token");
      if (at === undefined) return undefined;
      const resource = new URLSearchParams(at.request.body ?? "").get("resource");
      return { at, received: `resource: ${value(resource)}`, verdict: met(resource !== null) };
    },
  },
  verifyRow("verify_list_tools", "tools/list"),
  verifyRow("verify_call_tool", "tools/call"),
];

const isRevision = (id: unknown): id is RevisionId => REVISION_IDS.some((known) => known === id);

/** The revision whose rules an artifact is held to, and whether the command had chosen it. */
export function revisionOf(
  artifact: Artifact,
): { readonly rules: Revision; readonly chosen: boolean } {
  const chosen = [
    resultOf(artifact)["protocolVersion"],
    artifact.command.options["protocolVersion"],
  ].find(isRevision);
  return { rules: chosen === undefined ? LATEST : revision(chosen), chosen: chosen !== undefined };
}

/** Every expectation of the revision, in the order of a login; empty where no step of one was taken. */
export function compareWithRevision(artifact: Artifact): Comparison[] {
  const { rules } = revisionOf(artifact);
  const rows = ROWS.flatMap((row): Comparison[] => {
    const expected = row.expected(rules);
    if (expected === undefined) return [];
    const own = artifact.exchanges.filter(({ step }) => step === row.step);
    const { at, ...found } = row.observe({ artifact, rules, own }) ??
      { received: "not reached", verdict: "open" as const, at: undefined };
    return [{
      step: row.step,
      expected,
      clause: row.clause(rules),
      ...found,
      ...at === undefined ? {} : { exchange: at.id },
    }];
  });
  return rows.some(({ exchange }) => exchange !== undefined) ? rows : [];
}
