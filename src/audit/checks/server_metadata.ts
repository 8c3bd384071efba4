/** The authorization server metadata (RFC 8414). @module */

import { listMember } from "../../oauth/metadata/list_member.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { deviates, passed, skipped } from "../context/outcome.ts";

const CHECKS: readonly AuditCheck[] = [
  {
    id: "asm_found",
    severity: "error",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      const { server, attempts } = discovery;
      const tried = attempts.filter(({ kind }) => kind === "authorization_server_metadata");
      cite(...tried.map(({ answer }) => answer));
      if (server !== undefined) return passed(`found at ${server.url}`);
      return deviates(tried.map(({ url, answer }) => `${url}: HTTP ${answer.status}`).join("; "));
    },
  },
  {
    id: "asm_endpoints",
    severity: "error",
    requires: ["asm_found"],
    cost: { requests: 0 },
    run({ discovery, cite }) {
      cite(discovery.server?.answer);
      const missing = ["authorization_endpoint", "token_endpoint"]
        .filter((name) => typeof discovery.serverDocument[name] !== "string");
      return missing.length === 0
        ? passed("authorization_endpoint and token_endpoint are there")
        : deviates(`${missing.join(" and ")} missing`);
    },
  },
  {
    id: "asm_no_plain",
    severity: "warning",
    cost: { requests: 0 },
    run({ discovery, cite }) {
      cite(discovery.server?.answer);
      const methods = listMember(discovery.serverDocument, "code_challenge_methods_supported");
      if (methods === undefined) return skipped("not_advertised", "no PKCE method is listed");
      return methods.includes("plain")
        ? deviates('code_challenge_methods_supported lists "plain"')
        : passed("plain is not listed");
    },
  },
];

export const SERVER_METADATA_GROUP: CheckGroup = {
  id: "server_metadata",
  title: "Authorization server metadata",
  requires: ["asm_found"],
  checks: CHECKS,
};
