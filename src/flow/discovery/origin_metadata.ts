/**
 * The request sequence of 2025-03-26, without protected resource metadata: the metadata of the
 * authorization server, or its default endpoints, at the origin of the MCP server. @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { ORIGIN_METADATA } from "../../oauth/mcp/revision.ts";
import {
  defaultServerMetadata,
  type ServerMetadata,
} from "../../oauth/metadata/server_metadata.ts";
import { authorizationBase } from "../../oauth/mcp/well_known.ts";
import type { LoginContext } from "../context/login_context.ts";
import {
  acceptMetadata,
  type AssertUsable,
  findServerMetadata,
  listMissing,
  type MissingDocument,
} from "./fetch_metadata.ts";

/**
 * @param attempts Where protected resource metadata was searched.
 * @throws Failure `discovery_failed`, and as {@link findServerMetadata}.
 */
export async function serverAtOrigin(
  context: LoginContext,
  attempts: readonly MissingDocument[],
  usable: AssertUsable,
): Promise<ServerMetadata> {
  const base = authorizationBase(context.plan.serverUrl);
  const shown = quoted(base);
  const reached = attempts.length > 0
    ? ` (no protected resource metadata: ${listMissing(attempts)})`
    : "";
  try {
    const from = { sequence: ORIGIN_METADATA, isDefault: true };
    const found = await findServerMetadata(context, base, from);
    if (context.rules.resourceMetadata) {
      context.judge([{
        code: "older_request_sequence",
        severity: "warning",
        message:
          "the server publishes no protected resource metadata that names an authorization " +
          `server, so mcpass uses the request sequence of ${ORIGIN_METADATA.id}: metadata at ` +
          `${shown}. The checks are still those of ${context.rules.id}`,
        remedy: "Server: publish protected resource metadata with authorization_servers",
        reference: "RFC 9728 §3; MCP authorization, Authorization Server Discovery",
      }]);
    }
    return acceptMetadata(context, found, usable);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== "server_metadata_missing") throw error;
    if (!context.rules.defaultEndpoints) {
      throw new Failure("discovery_failed", `${failure.message}${reached}`, {
        remedy: "Server: publish protected resource metadata that names an authorization server\n" +
          "If you know the endpoints, pass --authorization-server-metadata <file>\n" +
          "For a server of 2025-03-26 without metadata, pass --protocol-version 2025-03-26\n" +
          "If you know the issuer, specify it",
        loginFlags: { authorizationServer: "<issuer>" },
        reference: "RFC 9728 §3.1; MCP authorization, Authorization Server Discovery",
        cause: error,
      });
    }
    context.judge([{
      code: "default_endpoints",
      severity: "warning",
      message: `there is no authorization server metadata at ${shown}, so the default endpoints ` +
        `of ${context.rules.id} are used there: /authorize, /token and /register`,
      remedy: "Authorization server: publish it\n" +
        "If the server publishes protected resource metadata, omit --protocol-version",
      reference: "MCP authorization 2025-03-26, Fallbacks for Servers without Metadata Discovery",
    }]);
    return defaultServerMetadata(base);
  }
}
