/**
 * `mcpass oauth metadata`.
 *
 * @module
 */

import { usageFailure } from "../core/failure.ts";
import type { Command } from "./command.ts";
import { METADATA_FLAGS, type MetadataOptions } from "./metadata_flags.ts";
import { unstartedMetadata } from "./metadata_document.ts";
import { runMetadata } from "./metadata_run.ts";
import type { World } from "./world.ts";

/** The URL, asked for where somebody can be asked. */
async function urlOf(options: MetadataOptions, world: World): Promise<string> {
  const { io } = world;
  if (options.url !== undefined) return options.url;
  if (options.noInput || !io.stdinIsTerminal || !io.stderrIsTerminal) {
    throw usageFailure(
      "missing_options",
      "missing --url",
      "Give --url (or MCPASS_URL): a metadata document, an MCP server, or an issuer",
    );
  }
  const prompter = await world.prompter();
  return await prompter.ask({
    message: "URL of a metadata document, an MCP server, or an issuer",
    example: "https://server.example/.well-known/oauth-protected-resource",
    secret: false,
    check(answer) {
      const parsed = METADATA_FLAGS.url.read([answer]);
      return "problem" in parsed
        ? [parsed.problem, parsed.remedy].filter(Boolean).join(". ")
        : undefined;
    },
  });
}

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
  notes: [
    "A URL with a well-known path is a document. Any other is tried as an MCP server, without a " +
    "token; when it gives neither 401 nor resource metadata, it is looked at as a document, then " +
    "as an issuer.",
    "Findings are by the checks of --protocol-version, or of the newest revision. An error is " +
    "what makes a client of that revision refuse. While MCPASS_HOSTED=1 the safety rules of oauth " +
    "proxy hold.",
    "Exit status: 0 no error found, 1 a document is missing or has an error, 2 usage, 130 cancelled.",
  ],
  run: async ({ options }, context) =>
    await runMetadata(await urlOf(options, context.world), options, context),
  failed: (failure, given) => unstartedMetadata(failure, given?.options.url),
};
