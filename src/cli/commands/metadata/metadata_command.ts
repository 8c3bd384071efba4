/**
 * `mcpass oauth metadata`.
 *
 * @module
 */

import type { Command } from "../../command/command.ts";
import { METADATA_FLAGS } from "./metadata_flags.ts";
import { unstartedMetadata } from "./metadata_document.ts";
import { runMetadata } from "./metadata_run.ts";
import type { RequiredOption } from "../../command/command.ts";
import { REQUIRED_SERVER, type WithUrl } from "../../shared/required_server.ts";

/** A document is named by its own URL; an MCP server may be one that was signed in to. */
const REQUIRED_URL: RequiredOption<WithUrl> = {
  ...REQUIRED_SERVER,
  message: "Whose metadata?",
  reason: "a metadata document, an MCP server, or an issuer",
  example: "https://server.example/.well-known/oauth-protected-resource",
  other: "Another URL",
};

/** Fetches and judges metadata. */
export const METADATA_COMMAND: Command<typeof METADATA_FLAGS> = {
  name: "oauth metadata",
  summary: "Fetch OAuth metadata and say what is wrong with it, or discover it from an MCP server",
  examples: [
    [
      "the metadata of an MCP server",
      "mcpass oauth metadata \\\n" +
      "  --url https://your-server.com/.well-known/oauth-protected-resource",
    ],
    [
      "the metadata of an authorization server",
      "mcpass oauth metadata \\\n" +
      "  --url https://auth.example.com/.well-known/oauth-authorization-server",
    ],
    [
      "the whole way from an MCP server, nothing registered",
      "mcpass oauth metadata --url https://your-server.com/mcp",
    ],
    [
      "only the errors and warnings",
      "mcpass oauth metadata --url https://auth.example.com --format json |\n" +
      "  jq '.findings[] | select(.severity != \"info\") | .message'",
    ],
  ],
  flags: METADATA_FLAGS,
  requiredOptions: [REQUIRED_URL],
  notes: [
    "A URL with a well-known path is a document. Any other is tried as an MCP server, without a " +
    "token; when it gives neither 401 nor resource metadata, it is looked at as a document, then " +
    "as an issuer.",
    "Findings are by the checks of --protocol-version, or of the newest revision. An error is " +
    "what makes a client of that revision refuse. While MCPASS_HOSTED=1 the safety rules of oauth " +
    "proxy hold.",
    "Exit status: 0 no error found, 1 a document is missing or has an error, 2 usage, 130 cancelled.",
  ],
  run: async ({ options }, context) => await runMetadata(options.url ?? "", options, context),
  failed: (failure, given) => unstartedMetadata(failure, given?.options.url),
};
