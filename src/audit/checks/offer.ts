/** Checks of a connection with the token, and of what the server offers. @module */

import type { CheckId } from "../../findings/mod.ts";
import { REVISIONS } from "../../oauth/mcp/revision.ts";
import type { ListKind } from "../../mcp/list_kind.ts";
import { type Check, error, ok, skipped, warning } from "../check.ts";
import type { Facts } from "../facts.ts";

const NO_CONNECTION = "there is no connection";

const CONNECTION: Check<Facts> = {
  id: "connection",
  title: "Connection",
  run({ connection, connectionError, probe, loginCommand }) {
    if (connection !== null) {
      const { name, version } = connection.serverInfo ?? {};
      return ok(
        typeof name === "string"
          ? `${name}${typeof version === "string" ? ` ${version}` : ""}`
          : "it names no server",
      );
    }
    if (connectionError === null) {
      return skipped(
        probe.authorizationRequired === true ? "it needs a token" : "no MCP server answers",
      );
    }
    const { code, message, remedy, reference, kind } = connectionError;
    return error(
      message,
      code === "token_rejected"
        ? `Sign in: ${loginCommand}`
        : remedy ?? "Look at the exchanges with --verbose",
      reference ?? null,
      kind === "sign_in_needed",
    );
  },
};

const PROTOCOL_ERA: Check<Facts> = {
  id: "wire",
  title: "Wire and version",
  run({ connection }) {
    if (connection === null) return skipped(NO_CONNECTION);
    const { version = "unknown", wire } = connection;
    const era = wire === "stateless" ? "modern, stateless" : "legacy, initialize handshake";
    const row = REVISIONS.find(({ id }) => id === version);
    if (row !== undefined) return ok(`${version} (${era})`);
    return warning(
      `${version} (${era}), which is no revision this program knows`,
      `Server: speak ${REVISIONS.map(({ id }) => id).join(", ")}`,
      "MCP lifecycle, Version Negotiation",
    );
  },
};

function listCheck(id: CheckId, title: string, kind: ListKind): Check<Facts> {
  return {
    id,
    title,
    run({ lists }) {
      const list = lists?.[kind];
      if (list === undefined) return skipped(NO_CONNECTION);
      if (!list.offered) return skipped("the server does not announce them");
      if (list.error !== null) {
        const { message, remedy, reference, kind: ending } = list.error;
        return error(
          message,
          remedy ?? "Look at the exchanges with --verbose",
          reference ?? null,
          ending === "sign_in_needed",
        );
      }
      return list.repeated.length === 0 ? ok(String(list.count)) : warning(
        `${list.count}; more than once: ${list.repeated.slice(0, 5).join(", ")}`,
        "Server: give each a name of its own",
        "MCP server features",
      );
    },
  };
}

export const OFFER_CHECKS: readonly Check<Facts>[] = [
  CONNECTION,
  PROTOCOL_ERA,
  listCheck("tools", "Tools", "tools"),
  listCheck("resources", "Resources", "resources"),
  listCheck("resource_templates", "Resource templates", "resourceTemplates"),
  listCheck("prompts", "Prompts", "prompts"),
];
