/** `mcpass oauth client-metadata check`. @module */

import { EXIT_STATUS, Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import type { Judgement } from "../../../core/finding.ts";
import type { JsonObject } from "../../../core/json.ts";
import { quoted, shellWord } from "../../../core/text.ts";
import { judgeClientDocument } from "../../../oauth/client/client_document_judge.ts";
import {
  judgeDocumentResponse,
  judgeDocumentUrl,
} from "../../../oauth/client/client_document_url.ts";
import {
  type CheckDocument,
  checkDocument,
  type CheckedServer,
  failedCheckDocument,
  findingsOf,
} from "./client_metadata_document.ts";
import { CHECK_FLAGS, type CheckOptions } from "./client_metadata_flags.ts";
import { keyFrom } from "./client_key.ts";
import { checkText } from "./client_metadata_text.ts";
import type { Command } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readInput } from "../../shared/input_files.ts";
import { type CommandReport, sessionCommand } from "../../shared/session_command.ts";

interface Source {
  /** Undefined if there is no text. */
  readonly text: string | undefined;
  /** URL of the document; undefined for a file without `--client-metadata-url`. */
  readonly url: string | undefined;
  readonly status: number | null;
  readonly judgements: readonly Judgement[];
  readonly failure?: Failure | undefined;
}

const isUrl = (source: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(source);

async function fetchDocument(url: string, { http }: CommandSession): Promise<Source> {
  const aboutUrl = judgeDocumentUrl(url);
  if (aboutUrl.some(({ severity }) => severity === "error")) {
    return { text: undefined, url, status: null, judgements: aboutUrl };
  }
  try {
    const { status, headers, body } = await http.send({
      purpose: "endpoint",
      step: "registration",
      method: "GET",
      url,
      headers: [["accept", "application/json"]],
    });
    const judgements = judgeDocumentResponse({
      status,
      contentType: headers.get("content-type"),
      location: headers.get("location"),
    });
    const refused = judgements.some(({ severity }) => severity === "error");
    return { text: refused ? undefined : body, url, status, judgements };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind !== "operation") throw failure;
    return { text: undefined, url, status: null, judgements: [], failure };
  }
}

interface ServerFound {
  readonly server: CheckedServer;
  readonly metadata: JsonObject | undefined;
  readonly failure: Failure | undefined;
}

/** The metadata of the MCP server's authorization server. */
async function serverOf(
  url: string,
  options: CheckOptions,
  session: CommandSession,
): Promise<ServerFound> {
  const { http, stepTimeoutMs } = session;
  const plan = { url, headers: options.header, stepTimeoutMs, protocolVersion: undefined };
  const { inspect } = await import("../../../flow/inspect/inspect.ts");
  const { document, kind, failure } = await inspect(plan, {
    ...session,
    send: (request) => http.send(request),
  });
  const metadata = document !== null && kind !== "protected_resource" ? document : undefined;
  const issuer = metadata?.["issuer"];
  return {
    metadata,
    failure: metadata !== undefined ? undefined : failure ?? new Failure(
      "server_metadata_missing",
      `no metadata of an authorization server was found from ${quoted(url)}`,
      { remedy: `mcpass oauth metadata --url ${shellWord(url)} shows where it was looked for` },
    ),
    server: {
      url,
      issuer: typeof issuer === "string" ? issuer : null,
      supported: metadata === undefined
        ? null
        : metadata["client_id_metadata_document_supported"] === true,
    },
  };
}

async function check(
  session: CommandSession,
  source: string,
  options: CheckOptions,
  runtime: Runtime,
): Promise<CommandReport> {
  if (options.clientMetadataUrl !== undefined && isUrl(source)) {
    throw usageFailure(
      "impossible_combination",
      "--client-metadata-url says where a file will stand, and a URL was given to check",
      "Leave one of them out",
    );
  }
  const privateKey = await keyFrom(options, runtime);
  const read: Source = isUrl(source) ? await fetchDocument(source, session) : {
    url: options.clientMetadataUrl,
    status: null,
    judgements: [],
    text: await readInput("oauth client-metadata check", source, runtime.io),
  };
  const found = options.url === undefined
    ? undefined
    : await serverOf(options.url, options, session);
  const verdict = read.text === undefined ? undefined : judgeClientDocument(read.text, read.url, {
    redirectUri: options.redirectUrl,
    method: options.tokenAuthMethod,
    privateKey,
    server: found?.metadata,
  });
  const failure = read.failure ?? found?.failure;
  const result = checkDocument({
    source,
    clientId: verdict?.clientId ?? read.url ?? null,
    status: read.status,
    document: verdict?.document ?? null,
    redirectUrl: options.redirectUrl ?? null,
    server: found?.server ?? null,
    findings: findingsOf([...read.judgements, ...verdict?.judgements ?? []]),
  }, failure);
  return {
    document: result,
    failure,
    exitStatus: result.valid ? 0 : EXIT_STATUS.operation,
    text: (view, shown) =>
      read.failure === undefined ? checkText(shown as CheckDocument, view) : undefined,
  };
}

export const CHECK_COMMAND: Command<typeof CHECK_FLAGS> = sessionCommand({
  name: "oauth client-metadata check",
  summary: "Check a Client ID Metadata Document, and whether a login can use it",
  operands: "<file or URL>",
  operandChoices: "files",
  examples: [
    ["as it is published", "mcpass oauth client-metadata check https://app.example/client.json"],
    ["before it is", "mcpass oauth client-metadata check client.json"],
    [
      "for a login at a server, with a port of its own",
      "mcpass oauth client-metadata check https://app.example/client.json \\\n" +
      "  --url https://server.example/mcp \\\n" +
      "  --redirect-url http://localhost:8787/callback",
    ],
  ],
  flags: CHECK_FLAGS,
  requiredOptions: [{
    missing: (_options, [source]) => source === undefined,
    message: "File or URL of the document",
    reason: "Name a file or a URL; - reads standard input",
    example: "https://app.example/oauth/client.json",
    objection: (source) => source.trim() === "" ? "the value is empty" : undefined,
  }],
  notes: [
    "Held against draft-ietf-oauth-client-id-metadata-document-00, the one that MCP names, with the " +
    "later drafts' demand for 200 without a redirect. With --url the server's own metadata is read " +
    "too; nothing is registered and nobody signs in. - reads the document from standard input.",
    "Exit status: 0 no error found, 1 an error, 2 usage, 130 cancelled.",
  ],
  needs: ({ options: { url }, operands: [source = ""] }) =>
    isUrl(source)
      ? { serverUrl: url ?? source, http: () => Promise.resolve({ namedUrls: [source] }) }
      : {},
  async report(session, { options, operands: [source = "", ...more] }, { runtime }) {
    if (more.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        `mcpass oauth client-metadata check takes one document, and ${more.length + 1} came`,
        "Name one file or URL",
      );
    }
    return await check(session, source, options, runtime);
  },
  failureDocument: (failure, invocation) => failedCheckDocument(failure, invocation?.operands[0]),
});
