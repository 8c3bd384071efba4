import { withCommand } from "../../core/command_text.ts";
import type { CheckId } from "../../findings/mod.ts";
import type { ListKind } from "../../mcp/list_kind.ts";
import { ERA_NAMES, httpSseTransport, TRANSPORT_NAMES } from "../../oauth/mcp/http_sse.ts";
import { REVISION_IDS } from "../../oauth/mcp/revision.ts";
import { judgeCertificate, RENEW_CERTIFICATE } from "../judge/certificate.ts";
import { type DoctorCheck, fail, failWith, pass, skip, warn } from "./doctor_check.ts";
import { formatPeriod } from "../../core/quantities.ts";
import { REFRESH_FAILURES } from "./token_checks.ts";

/** A larger difference between clocks may cause the refusal of tokens. */
const TOLERATED_SECONDS = 30;

export const NETWORK_CHECKS: readonly DoctorCheck[] = [
  {
    id: "reachable",
    title: "Server reached",
    run({ connection, probe: { eras, status, error: cause, transport } }) {
      if (status === "unreachable" || status === "not_mcp") {
        return fail(
          cause?.message ?? "no MCP server answers",
          cause?.remedy ?? "Check the address",
        );
      }
      const shown = eras.some(({ spoken }) => spoken === true) ? transport : null;
      const used = connection?.transport ?? (transport === "sse" ? transport : shown);
      return pass(
        `it answers as an MCP server${used === null ? "" : ` over ${TRANSPORT_NAMES[used]}`}`,
      );
    },
  },
  {
    id: "tls",
    title: "TLS and certificate",
    run({ serverUrl, tls, tlsNote, now }) {
      if (!serverUrl.toLowerCase().startsWith("https:")) {
        return skip("http on loopback has no TLS");
      }
      if (tls === null || tls === undefined) {
        return skip(tlsNote ?? "the certificate could not be inspected");
      }
      const { status, text } = judgeCertificate(tls, now);
      if (status === "unknown") return skip(text);
      if (status === "valid") return pass(text);
      return status === "expired" ? fail(text, RENEW_CERTIFICATE) : warn(text, RENEW_CERTIFICATE);
    },
  },
  {
    id: "clock",
    title: "Clock",
    run({ clocks }) {
      if (clocks.length === 0) return skip("no response had a Date header");
      const rows = clocks.map(({ origin, aheadSeconds }) => {
        const apart = Math.abs(aheadSeconds);
        const direction = aheadSeconds > 0 ? "ahead of" : "behind";
        return apart > TOLERATED_SECONDS
          ? { off: true, text: `${origin} is ${formatPeriod(apart)} ${direction} this machine` }
          : { off: false, text: `${origin}: ${apart} s apart` };
      });
      const off = rows.filter((row) => row.off);
      const detail = (off.length === 0 ? rows : off).map((row) => row.text).join("; ");
      if (off.length === 0) return pass(detail);
      const who = off.length === clocks.length
        ? "Synchronize the clock of this machine, or of the server"
        : "Server: synchronize its clock";
      const remedy = `${who}. With a wrong clock, tokens seem expired or not yet valid`;
      return warn(detail, remedy, "RFC 7519 §4.1.4");
    },
  },
];

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
      if (list.invalid !== undefined) {
        const { message, remedy, reference } = list.invalid;
        return warn(`${list.count}; ${message}`, remedy, reference);
      }
      return list.repeated.length === 0 ? pass(String(list.count)) : warn(
        `${list.count}; duplicates: ${list.repeated.slice(0, 5).join(", ")}`,
        "Server: give each one a unique name",
        "MCP server features",
      );
    },
  };
}

export const CONNECTION_CHECKS: readonly DoctorCheck[] = [
  {
    id: "connection",
    title: "Connection",
    run({ connection, connectionError, probe, login, token }) {
      if (connection !== null) {
        const { name, version } = connection.serverInfo ?? {};
        if (typeof name !== "string") return pass("the server does not state its name");
        return pass(typeof version === "string" ? `${name} ${version}` : name);
      }
      if (connectionError === null) {
        return skip(
          probe.authorizationRequired === true ? "it requires a token" : "no MCP server answers",
        );
      }
      // The checks of the credentials and of the renewal say why.
      if (token === null && connectionError.kind === "sign_in_needed") {
        return skip("it requires a token");
      }
      if (REFRESH_FAILURES.includes(connectionError.code)) return skip("it requires another token");
      const outcome = failWith(connectionError);
      return connectionError.code === "token_rejected"
        ? { ...outcome, remedy: withCommand("Sign in", login({})) }
        : outcome;
    },
  },
  {
    id: "protocol_era",
    title: "Protocol and version",
    run({ connection, serverUrl }) {
      if (connection === null) return skip(NO_CONNECTION);
      const { version = "unknown", transport } = connection;
      if (transport === "sse") return pass(`${version}: ${httpSseTransport(serverUrl).message}`);
      const era = ERA_NAMES[connection.era];
      return REVISION_IDS.some((id) => id === version) ? pass(`${version} (${era})`) : warn(
        `${version} (${era}), which mcpass does not know`,
        `Server: support one of: ${REVISION_IDS.join(", ")}`,
        "MCP lifecycle, Version Negotiation",
      );
    },
  },
  listCheck("tools", "Tools", "tools"),
  listCheck("resources", "Resources", "resources"),
  listCheck("resource_templates", "Resource templates", "resourceTemplates"),
  listCheck("prompts", "Prompts", "prompts"),
];
