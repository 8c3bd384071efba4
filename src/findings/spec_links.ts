/** The address of each clause that a page or a finding names. @module */

export interface SpecLink {
  /** As it is written: `RFC 9728 §3.3`, `MCP authorization, Error Handling`. */
  readonly clause: string;
  readonly url: string;
}

const MCP = "https://modelcontextprotocol.io/specification";
const MCP_DOCS = "https://modelcontextprotocol.io/docs";
const MCP_PROPOSALS = "https://github.com/modelcontextprotocol/modelcontextprotocol/pull";
const DRAFTS = "https://datatracker.ietf.org/doc/html/draft-ietf-";
const CIMD = `${DRAFTS}oauth-client-id-metadata-document`;
const OPENID = "https://openid.net/specs/openid-connect";

/** Pages of MCP 2026-07-28 by the heading that a clause of `MCP authorization` names; default: the overview. */
const AUTHORIZATION_PAGES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  "authorization-server-discovery": [
    "Authorization Server Location",
    "Protected Resource Metadata Discovery Requirements",
    "Authorization Server Metadata Discovery",
  ],
  "client-registration": [
    "Client ID Metadata Documents",
    "Implementation Requirements",
    "Dynamic Client Registration",
    "Application Type and Redirect URI Constraints",
    "Authorization Server Binding",
  ],
  "security-considerations": [
    "Token Audience Binding and Validation",
    "Token Theft",
    "Communication Security",
    "Authorization Code Protection",
    "Mix-Up Attacks",
    "Open Redirection",
    "Authorization Server Abuse Protection",
    "Confused Deputy Problem",
    "Access Token Privilege Restriction",
  ],
}));

/** Clauses that have another address than their words say. */
const OTHER_ADDRESSES: ReadonlyMap<string, string> = new Map(Object.entries({
  "MCP authorization, Client Registration Approaches":
    `${MCP}/2026-07-28/basic/authorization/client-registration`,
  "MCP authorization, Authorization Server Discovery":
    `${MCP}/2026-07-28/basic/authorization/authorization-server-discovery`,
  "MCP transports, Streamable HTTP": `${MCP}/2026-07-28/basic/transports/streamable-http`,
  "MCP lifecycle, Capability Negotiation":
    `${MCP}/2025-11-25/basic/lifecycle#capability-negotiation`,
  "MCP versioning": `${MCP}/2026-07-28/basic/versioning`,
  "MCP elicitation": `${MCP}/2026-07-28/client/elicitation`,
  "MCP pagination": `${MCP}/2026-07-28/server/utilities/pagination`,
  "MCP base protocol": `${MCP}/2026-07-28/basic`,
  "MCP tools, Multi Round-Trip Requests":
    `${MCP}/2026-07-28/server/tools#input-required-tool-results`,
  "OpenID Connect Core §3.1.2.6": `${OPENID}-core-1_0.html#AuthError`,
  "OpenID Connect Core §3.1.3.3": `${OPENID}-core-1_0.html#TokenResponse`,
  "OpenID Connect Core §3.1.3.7": `${OPENID}-core-1_0.html#IDTokenValidation`,
  "OpenID Connect Core §12.2": `${OPENID}-core-1_0.html#RefreshTokenResponse`,
  "OpenID Connect Discovery §3": `${OPENID}-discovery-1_0.html#ProviderMetadata`,
  "OpenID Connect Discovery §4": `${OPENID}-discovery-1_0.html#ProviderConfig`,
  "OpenID Connect Dynamic Client Registration 1.0 §2":
    `${OPENID}-registration-1_0.html#ClientMetadata`,
  "Fetch, CORS protocol": "https://fetch.spec.whatwg.org/#http-cors-protocol",
  "JSON-RPC 2.0 §5.1": "https://www.jsonrpc.org/specification#error_object",
}));

const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(" ", "-");

/** `MCP <page>[ <revision>][, <heading>…]` */
function mcpUrl(page: string, revision: string | undefined, headings: readonly string[]): string {
  const heading = headings.at(-1);
  const anchor = heading === undefined ? "" : `#${anchorOf(heading)}`;
  const version = revision ?? "2026-07-28";
  if (page === "security best practices") {
    return `${MCP_DOCS}/${version}/tutorials/security/security_best_practices${anchor}`;
  }
  if (page === "transports") {
    const streamableHttp = revision === undefined ? "/streamable-http" : "";
    return `${MCP}/${version}/basic/transports${streamableHttp}${anchor}`;
  }
  if (page !== "authorization") return `${MCP}/${version}/server/${page}${anchor}`;
  const base = `${MCP}/${version}/basic/authorization`;
  const subpage = [...AUTHORIZATION_PAGES]
    .find(([, named]) => heading !== undefined && named.includes(heading))?.[0];
  return subpage === undefined || revision !== undefined
    ? base + anchor
    : `${base}/${subpage}${anchor}`;
}

function urlOf(clause: string): string | undefined {
  const other = OTHER_ADDRESSES.get(clause);
  if (other !== undefined) return other;
  const section = clause.match(/ §([\d.]+)(?:, \w+)?$/)?.[1];
  const anchor = section === undefined ? "" : `#section-${section}`;
  const rfc = clause.match(/^RFC (\d+)(?= §|$)/)?.[1];
  if (rfc !== undefined) return `https://www.rfc-editor.org/rfc/rfc${rfc}${anchor}`;
  if (clause.startsWith("OAuth 2.1")) return `${DRAFTS}oauth-v2-1-13${anchor}`;
  const draft = clause.match(/^(?:Client ID Metadata Document )?draft(?:-(\d\d))?(?= §)/);
  if (draft !== null) return `${CIMD}-${draft[1] ?? "00"}${anchor}`;
  const proposal = clause.match(/^SEP-(\d+)$/)?.[1];
  if (proposal !== undefined) return `${MCP_PROPOSALS}/${proposal}`;
  const mcp = clause.match(
    /^MCP (security best practices|[a-z]+)(?: (\d{4}-\d\d-\d\d))?((?:, [A-Z][\w +-]*)*)$/,
  );
  if (mcp === null) return undefined;
  const [, page = "", revision, headings = ""] = mcp;
  return mcpUrl(page, revision, headings.split(", ").slice(1));
}

/** `RFC 6749 §5.1, §5.2; MCP authorization, Overview` as its clauses. */
export function clausesOf(spec: string): string[] {
  return spec.split("; ").flatMap((part) => {
    const [document = "", ...sections] = part.split(/,? (?=§)/);
    return sections.length === 0 ? [document] : sections.map((it) => `${document} ${it}`);
  });
}

/** Each clause with its address; one that has no known address is left out. */
export function specLinks(spec: string): SpecLink[] {
  return clausesOf(spec).flatMap((clause) => {
    const url = urlOf(clause);
    return url === undefined ? [] : [{ clause, url }];
  });
}
