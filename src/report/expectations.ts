/** Comparing each step with what the chosen revision of MCP expects. @module */

import type { Exchange } from "../core/exchange.ts";
import { isObject, type JsonObject, parseJson, stringListMember } from "../core/json.ts";
import type { StepId } from "../core/step.ts";
import { LATEST, type Revision, REVISIONS } from "../oauth/mcp/revision.ts";
import type { Artifact } from "../trace/artifact.ts";
import { headerValue } from "./report_model.ts";

interface Observation {
  readonly received: string;
  /** `open` if the recording does not show it. */
  readonly verdict: "met" | "differs" | "open";
}

export interface Comparison extends Observation {
  readonly step: StepId;
  readonly expected: string;
  readonly clause: string;
  /** The exchange that shows it. */
  readonly exchange?: number | undefined;
}

interface Evidence {
  readonly artifact: Artifact;
  readonly rules: Revision;
  /** The exchanges of the step. */
  readonly own: readonly Exchange[];
}

interface Expectation {
  readonly step: StepId;
  /** Undefined if the revision does not require it. */
  expected(rules: Revision): string | undefined;
  clause(rules: Revision): string;
  find(own: readonly Exchange[]): Exchange | undefined;
  /** Undefined if the step was not reached. */
  judge(at: Exchange, evidence: Evidence): Observation | undefined;
  /** What is known without an exchange. */
  readonly otherwise?: (artifact: Artifact) => Observation | undefined;
}

const shorten = (text: string) => text.length > 160 ? `${text.slice(0, 159)}…` : text;
const quotedValue = (text: unknown) => typeof text === "string" ? `"${text}"` : "nothing";

const lastOf = (wanted: Exchange["purpose"]) => (own: readonly Exchange[]) =>
  own.findLast(({ purpose }) => purpose === wanted);

function observed(received: string, isMet: boolean): Observation {
  return { received, verdict: isMet ? "met" : "differs" };
}

function describeStatus({ response, fault }: Exchange): string {
  if (response !== null) return `HTTP ${response.status}`;
  return fault === null ? "no response" : `no response: ${fault.message}`;
}

function succeeded({ response }: Exchange): boolean {
  return response !== null && response.status < 400;
}

function bodyOf(exchange: Exchange | undefined): JsonObject | undefined {
  const parsed = parseJson(exchange?.response?.body ?? "");
  return isObject(parsed) ? parsed : undefined;
}

/** The last response with 200 and a JSON object, else the last response. */
const documentAt = (wanted: Exchange["purpose"]) => (own: readonly Exchange[]) =>
  own.findLast((it) => it.purpose === wanted && it.response?.status === 200 && bodyOf(it)) ??
    lastOf(wanted)(own);

function aboutDocument(
  step: "resource_metadata" | "authorization_server_metadata",
  judge: (document: JsonObject, artifact: Artifact) => Observation,
): Pick<Expectation, "step" | "find" | "judge"> {
  return {
    step,
    find: documentAt(step),
    judge(at, { artifact }) {
      const document = at.response?.status === 200 ? bodyOf(at) : undefined;
      if (document !== undefined) return judge(document, artifact);
      return observed(`${describeStatus(at)}, not a JSON object`, false);
    },
  };
}

function resultOf({ outcome: { result } }: Artifact): JsonObject {
  return isObject(result) ? result : {};
}

function verification(step: "verify_list_tools" | "verify_call_tool", method: string): Expectation {
  return {
    step,
    expected: ({ era }) =>
      era === "stateless"
        ? `200 for ${method}, requested with the token and without a session`
        : `200 for initialize and ${method}, each requested with the token`,
    clause: () => "MCP authorization, Access Token Usage; MCP transports, Streamable HTTP",
    find(own) {
      const last = lastOf("mcp")(own);
      return last && (own.find((it) => !succeeded(it)) ?? last);
    },
    judge(at, { own }) {
      const last = lastOf("mcp")(own) ?? at;
      return observed(own.map(describeStatus).join(", "), succeeded(last));
    },
  };
}

const EXPECTATIONS: readonly Expectation[] = [
  {
    step: "request_without_token",
    expected: () => "HTTP 401",
    clause: () => "MCP authorization, Error Handling; RFC 9110 §15.5.2",
    find: ([first]) => first,
    judge: (at) => observed(describeStatus(at), at.response?.status === 401),
  },
  {
    step: "request_without_token",
    expected({ resourceMetadata, stepUp }) {
      if (!resourceMetadata) return undefined;
      return stepUp
        ? "WWW-Authenticate: Bearer, with resource_metadata unless it is at the well-known URL"
        : "WWW-Authenticate: Bearer with resource_metadata";
    },
    clause: () => "RFC 9728 §5.1; RFC 6750 §3",
    find: ([first]) => first,
    judge({ response }, { rules }) {
      if (response === null) return undefined;
      const challenge = headerValue(response, "www-authenticate");
      if (challenge === undefined) return observed("no WWW-Authenticate", false);
      const isMet = /(^|,)\s*(Bearer|DPoP)\b/i.test(challenge) &&
        (rules.stepUp || /resource_metadata\s*=/i.test(challenge));
      return observed(shorten(challenge), isMet);
    },
  },
  {
    expected: ({ resourceMetadata }) =>
      resourceMetadata ? "200 with resource and authorization_servers" : undefined,
    clause: () => "RFC 9728 §3.2; MCP authorization, Authorization Server Location",
    ...aboutDocument("resource_metadata", (document) => {
      const servers = stringListMember(document, "authorization_servers") ?? [];
      const listed = servers.map(quotedValue).join(", ") || "none";
      return observed(`authorization_servers: ${listed}`, servers.length > 0);
    }),
  },
  {
    expected: ({ resourceMetadata }) =>
      resourceMetadata ? "resource is the URL of the MCP server" : undefined,
    clause: () => "RFC 9728 §3.3",
    ...aboutDocument("resource_metadata", ({ resource }, artifact) => {
      const own = resultOf(artifact)["serverUrl"];
      const isSame = typeof own === "string" && typeof resource === "string" &&
        URL.parse(own)?.href === URL.parse(resource)?.href;
      return observed(`resource: ${quotedValue(resource)}`, isSame);
    }),
  },
  {
    expected: ({ resourceMetadata }) =>
      resourceMetadata
        ? "200, and its issuer is the one that the resource metadata names"
        : "200 with an issuer, or default endpoints at the server's origin",
    clause: ({ resourceMetadata }) =>
      resourceMetadata ? "RFC 8414 §3.3" : "MCP authorization, Server Metadata Discovery",
    ...aboutDocument("authorization_server_metadata", ({ issuer }, { exchanges }) => {
      const resource = bodyOf(documentAt("resource_metadata")(exchanges)) ?? {};
      const named = stringListMember(resource, "authorization_servers") ?? [];
      const fits = typeof issuer === "string" && (named.length === 0 || named.includes(issuer));
      return observed(`issuer: ${quotedValue(issuer)}`, fits);
    }),
  },
  {
    expected: ({ pkceAdvertisement }) =>
      pkceAdvertisement === "required" ? "code_challenge_methods_supported lists S256" : undefined,
    clause: () => "MCP authorization, Authorization Code Protection; RFC 8414 §2",
    ...aboutDocument("authorization_server_metadata", (document) => {
      const methods = stringListMember(document, "code_challenge_methods_supported");
      if (methods === undefined) return observed("the member is missing", false);
      return observed(methods.map(quotedValue).join(", "), methods.includes("S256"));
    }),
  },
  {
    step: "registration",
    expected: ({ registrationOrder }) => `a client: ${registrationOrder.join(", else ")}`,
    clause: () => "MCP authorization, Client Registration Approaches; RFC 7591 §3.2.1",
    find: lastOf("registration"),
    judge(at) {
      const isRegistered = typeof bodyOf(at)?.["client_id"] === "string";
      return observed(
        `dcr: ${describeStatus(at)}, ${isRegistered ? "a client_id" : "no client_id"}`,
        at.response?.status === 201 && isRegistered,
      );
    },
    otherwise(artifact) {
      const approach = resultOf(artifact)["registrationStrategy"];
      return typeof approach === "string" ? observed(approach, true) : undefined;
    },
  },
  {
    step: "authorization",
    expected: ({ resourceParameter }) =>
      `a request with state, an S256 code challenge${resourceParameter ? " and resource" : ""}`,
    clause: ({ resourceParameter }) =>
      `RFC 7636 §4.3; OAuth 2.1 §4.1.1${resourceParameter ? "; RFC 8707 §2" : ""}`,
    find: (own) => own.find(({ request }) => request.url.includes("code_challenge")),
    judge({ request }, { rules }) {
      const query = URL.parse(request.url)?.searchParams;
      const names = ["state", "code_challenge", ...rules.resourceParameter ? ["resource"] : []];
      const missing = names.filter((name) => !query?.get(name));
      if (missing.length > 0) return observed(`no ${missing.join(", no ")}`, false);
      const method = query?.get("code_challenge_method");
      const received = `code_challenge_method: ${quotedValue(method)}, ${names.join(", ")}`;
      return observed(received, method === "S256");
    },
    otherwise: ({ steps }) =>
      steps.some(({ step }) => step === "authorization")
        ? { received: "sent by the browser, which is not recorded", verdict: "open" }
        : undefined,
  },
  {
    step: "authorization",
    expected: () => "a redirect to the redirect URI with code and state, and iss where announced",
    clause: () => "RFC 6749 §4.1.2; RFC 9207 §2",
    find: lastOf("authorization"),
    judge(at, { artifact: { exchanges } }) {
      if (at.response === null) return undefined;
      const location = URL.parse(headerValue(at.response, "location") ?? "", at.request.url);
      const names = [...location?.searchParams.keys() ?? []];
      const document = bodyOf(documentAt("authorization_server_metadata")(exchanges));
      const hasIss = document?.["authorization_response_iss_parameter_supported"] === true;
      const wanted = ["code", "state", ...hasIss ? ["iss"] : []];
      return observed(
        `${describeStatus(at)}, ${names.join(", ") || "no parameters"}`,
        wanted.every((name) => names.includes(name)),
      );
    },
  },
  {
    step: "token",
    expected: () => "200 with access_token and token_type, Cache-Control: no-store",
    clause: () => "RFC 6749 §5.1",
    find: lastOf("token"),
    judge(at) {
      const { response } = at;
      const body = bodyOf(at) ?? {};
      const { error } = body;
      const faults = ["access_token", "token_type"].filter((name) => !Object.hasOwn(body, name))
        .map((name) => `no ${name}`);
      if (response && !/no-store/i.test(headerValue(response, "cache-control") ?? "")) {
        faults.push("no Cache-Control: no-store");
      }
      if (typeof error === "string") faults.push(`error: ${quotedValue(error)}`);
      return observed(
        shorten([describeStatus(at), ...faults].join(", ")),
        response?.status === 200 && faults.length === 0,
      );
    },
  },
  {
    step: "token",
    expected: ({ resourceParameter }) =>
      resourceParameter ? "the request names the resource" : undefined,
    clause: () => "RFC 8707 §2.2; MCP authorization, Resource Parameter Implementation",
    find: lastOf("token"),
    judge({ request }) {
      const resource = new URLSearchParams(request.body ?? "").get("resource");
      return observed(`resource: ${quotedValue(resource)}`, resource !== null);
    },
  },
  verification("verify_list_tools", "tools/list"),
  verification("verify_call_tool", "tools/call"),
];

/** The revision to compare with; `chosen` if the command selected it. */
export function revisionOf(
  artifact: Artifact,
): { readonly rules: Revision; readonly chosen: boolean } {
  const rules = [resultOf(artifact), artifact.command.options]
    .flatMap(({ protocolVersion }) => REVISIONS.filter(({ id }) => id === protocolVersion))[0];
  return { rules: rules ?? LATEST, chosen: rules !== undefined };
}

/** Every expectation of the revision, in the order of a login; empty if no step has an exchange. */
export function compareWithRevision(artifact: Artifact): Comparison[] {
  const { rules } = revisionOf(artifact);
  const rows = EXPECTATIONS.flatMap((row): Comparison[] => {
    const expected = row.expected(rules);
    if (expected === undefined) return [];
    const own = artifact.exchanges.filter(({ step }) => step === row.step);
    const at = row.find(own);
    const found = at ? row.judge(at, { artifact, rules, own }) : row.otherwise?.(artifact);
    return [{
      step: row.step,
      expected,
      clause: row.clause(rules),
      ...found ?? { received: "not reached", verdict: "open" },
      exchange: found && at?.id,
    }];
  });
  return rows.some(({ exchange }) => exchange !== undefined) ? rows : [];
}
