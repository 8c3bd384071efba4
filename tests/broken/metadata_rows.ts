/**
 * Documents with a fault in them, as `oauth metadata` judges them.
 *
 * @module
 */

import { html } from "../lab/misbehaviour.ts";
import type { FakeLab } from "../lab/fake_lab.ts";
import { serverSays } from "./discovery_rows.ts";
import type { BrokenServer } from "./row.ts";

const AT = (url: string) => ["oauth", "metadata", "--url", url];
const SERVER = AT("{as}/.well-known/oauth-authorization-server");
const CHAIN = AT("{url}");

/** A document of the test's own at the authorization server's well-known URL. */
const instead = (body: object) => (lab: FakeLab) => {
  lab.asServer.routes["GET /.well-known/oauth-authorization-server"] = { body };
};

/** Rows of single documents. */
export const METADATA_ROWS: readonly BrokenServer[] = [
  {
    code: "issuer_missing",
    fault: "the metadata has no issuer",
    lab: serverSays({ issuer: undefined }),
    args: SERVER,
    first: /no "?issuer/,
    remedy: /"issuer"/,
  },
  {
    code: "issuer_invalid",
    fault: "the issuer is a host name",
    lab: serverSays({ issuer: "auth.example" }),
    args: [...SERVER, "--protocol-version", "2025-03-26"],
    first: /the issuer.*(not a usable URL|"auth.example")/,
    remedy: /https URL/,
  },
  {
    code: "issuer_template",
    fault: "the issuer is a template for tenants",
    lab: serverSays({ issuer: "https://login.example/{tenantid}/v2.0" }),
    args: SERVER,
    first: /template/,
    remedy: /one tenant.*--trust-issuer/s,
  },
  {
    code: "endpoint_insecure",
    fault: "an endpoint is http",
    lab: serverSays({ registration_endpoint: "http://auth.example/register" }),
    args: SERVER,
    first: /not https/,
    remedy: /https/,
  },
  {
    code: "metadata_kind_unexpected",
    fault: "the other kind of metadata stands there",
    before: instead({
      resource: "https://a.example",
      authorization_servers: ["https://b.example"],
    }),
    args: SERVER,
    first: /another kind of metadata/,
    remedy: /own well-known URL/,
  },
  {
    code: "resource_metadata_missing",
    fault: "a web page stands in place of resource metadata",
    before: (lab) => {
      lab.mcp.routes["GET /.well-known/oauth-protected-resource/mcp"] = html();
    },
    args: AT("{origin}/.well-known/oauth-protected-resource/mcp"),
    first: /text\/html|no protected resource metadata/,
    remedy: /"resource"|JSON/,
  },
  {
    code: "server_metadata_missing",
    fault: "a single page application answers everything",
    lab: { wellKnown: [] },
    args: SERVER,
    first: /404|no authorization server metadata/,
    remedy: /metadata/,
  },
  {
    code: "discovery_failed",
    fault: "a web site is no MCP server",
    before: (lab) => {
      lab.mcp.routes["*"] = html();
    },
    args: CHAIN,
    first: /metadata|web page/,
    remedy: /metadata|path/,
  },
  {
    code: "resource_mismatch",
    fault: "the resource is another path",
    lab: { prm: { document: (it) => ({ ...it, resource: `${it["resource"]}/other` }) } },
    args: CHAIN,
    first: /another server/,
    remedy: /--resource/,
  },
];
