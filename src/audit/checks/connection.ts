import type { CheckId } from "../../findings/mod.ts";
import type { ListKind } from "../../mcp/list_kind.ts";
import { REVISION_IDS } from "../../oauth/mcp/revision.ts";
import { type DoctorCheck, failWith, pass, skip, warn } from "../check.ts";

const NO_CONNECTION = "there is no connection";

function listCheck(id: CheckId, title: string, kind: ListKind): DoctorCheck {
  return {
    id,
    title,
    run({ lists }) {
      const list = lists?.[kind];
      if (list === undefined) return skip(NO_CONNECTION);
      if (!list.offered) return skip("the server does not announce them");
      if (list.error !== null) return failWith(list.error);
      return list.repeated.length === 0 ? pass(String(list.count)) : warn(
        `${list.count}; more than once: ${list.repeated.slice(0, 5).join(", ")}`,
        "Server: give each a name of its own",
        "MCP server features",
      );
    },
  };
}

export const CONNECTION_CHECKS: readonly DoctorCheck[] = [
  {
    id: "connection",
    title: "Connection",
    run({ connection, connectionError, probe, loginCommand }) {
      if (connection !== null) {
        const { name, version } = connection.serverInfo ?? {};
        if (typeof name !== "string") return pass("it names no server");
        return pass(typeof version === "string" ? `${name} ${version}` : name);
      }
      if (connectionError === null) {
        return skip(
          probe.authorizationRequired === true ? "it needs a token" : "no MCP server answers",
        );
      }
      const outcome = failWith(connectionError);
      return connectionError.code === "token_rejected"
        ? { ...outcome, remedy: `Sign in: ${loginCommand}` }
        : outcome;
    },
  },
  {
    id: "protocol_era",
    title: "Wire and version",
    run({ connection }) {
      if (connection === null) return skip(NO_CONNECTION);
      const { version = "unknown" } = connection;
      const era = connection.era === "stateless"
        ? "modern, stateless"
        : "legacy, initialize handshake";
      return REVISION_IDS.some((id) => id === version) ? pass(`${version} (${era})`) : warn(
        `${version} (${era}), which is no revision this program knows`,
        `Server: speak ${REVISION_IDS.join(", ")}`,
        "MCP lifecycle, Version Negotiation",
      );
    },
  },
  listCheck("tools", "Tools", "tools"),
  listCheck("resources", "Resources", "resources"),
  listCheck("resource_templates", "Resource templates", "resourceTemplates"),
  listCheck("prompts", "Prompts", "prompts"),
];
