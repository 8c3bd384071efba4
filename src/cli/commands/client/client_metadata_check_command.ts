/**
 * `mcpass oauth client-metadata check`.
 *
 * @module
 */

import { EXIT_STATUS, Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import type { Judgement } from "../../../core/finding.ts";
import type { JsonObject } from "../../../core/json.ts";
import { quoted, shellWord } from "../../../core/text.ts";
import { judgeDocumentResponse } from "../../../oauth/client/client_document_answer.ts";
import { judgeClientDocument } from "../../../oauth/client/client_document_judge.ts";
import { judgeDocumentUrl } from "../../../oauth/client/client_document_url.ts";
import { maskDocument } from "../../../trace/own_document.ts";
import { openProgress, viewsOf } from "../../shared/account.ts";
import {
  checkDocument,
  type CheckedServer,
  findingsOf,
  unstartedCheck,
} from "./client_metadata_document.ts";
import { CHECK_FLAGS, type CheckOptions } from "./client_metadata_flags.ts";
import { askFor, keyFrom } from "./client_metadata_input.ts";
import { checkText } from "./client_metadata_text.ts";
import type { Command, Context } from "../../command/command.ts";
import { failureText } from "../../terminal/finding_text.ts";
import { readAuthorities, readInput } from "../../shared/input_files.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { text } from "../../args/values.ts";

/** What was read. */
interface Source {
  /** The text; undefined when there is none. */
  readonly text: string | undefined;
  /** Where it stands; undefined for a file without `--client-metadata-url`. */
  readonly url: string | undefined;
  readonly status: number | null;
  readonly judgements: readonly Judgement[];
  readonly failure?: Failure | undefined;
}

const isUrl = (source: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(source);

/** The door and what is told on the way. */
async function openDoor(options: CheckOptions, url: string, { runtime }: Context) {
  const { io, env, clock, signal } = runtime;
  const caCerts = await readAuthorities(options.caFile, io);
  const parts = await import("../metadata/metadata_parts.ts");
  const secrets = parts.createSecrets();
  const view = viewsOf(runtime, options, (text) => secrets.mask(text));
  const progress = await openProgress(runtime, options, secrets);
  const { emit } = progress;
  const stepTimeoutMs = options.stepTimeout ?? 30_000;
  const http = parts.createHttpClient({
    ...{ serverUrl: options.url ?? url, namedUrls: [url], customHeaders: options.header },
    ...{ stepTimeoutMs, caCerts, emit, secrets, clock, env, signal },
    ...options.proxy === undefined ? {} : { proxy: options.proxy },
  });
  const deps = { emit, secrets, clock, signal };
  return { parts, http, progress, view, deps, stepTimeoutMs };
}

type Door = Awaited<ReturnType<typeof openDoor>>;

async function fetchDocument(url: string, { http }: Door): Promise<Source> {
  const aboutUrl = judgeDocumentUrl(url);
  if (aboutUrl.some(({ severity }) => severity === "error")) {
    return { text: undefined, url, status: null, judgements: aboutUrl };
  }
  try {
    const { status, headers, body } = await http.send({
      ...{ purpose: "endpoint", step: "registration", method: "GET", url },
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

/** What an MCP server's URL led to. */
interface ServerFound {
  readonly server: CheckedServer;
  /** Metadata of its authorization server. */
  readonly metadata: JsonObject | undefined;
  /** Why there is none. */
  readonly failure: Failure | undefined;
}

/** The metadata of the MCP server's authorization server. */
async function serverOf(
  url: string,
  options: CheckOptions,
  { parts, http, deps, stepTimeoutMs }: Door,
): Promise<ServerFound> {
  const plan = { url, headers: options.header, stepTimeoutMs, protocolVersion: undefined };
  const send = (request: Parameters<typeof http.send>[0]) => http.send(request);
  const { document, kind, failure } = await parts.inspect(plan, { ...deps, send });
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

async function check(source: string, options: CheckOptions, context: Context): Promise<number> {
  const { runtime, format } = context;
  const { io } = runtime;
  if (options.clientMetadataUrl !== undefined && isUrl(source)) {
    throw usageFailure(
      "impossible_combination",
      "--client-metadata-url says where a file will stand, and a URL was given to check",
      "Leave one of them out",
    );
  }
  const privateKey = await keyFrom(options, runtime);
  const door = await openDoor(options, isUrl(source) ? source : options.url ?? "", context);
  const { http, progress, view } = door;
  try {
    const read: Source = isUrl(source) ? await fetchDocument(source, door) : {
      ...{ url: options.clientMetadataUrl, status: null, judgements: [] },
      text: await readInput("oauth client-metadata check", source, io),
    };
    const found = options.url === undefined
      ? undefined
      : await serverOf(options.url, options, door);
    const verdict = read.text === undefined ? undefined : judgeClientDocument(read.text, read.url, {
      ...{ redirectUri: options.redirectUrl, method: options.tokenAuthMethod, privateKey },
      server: found?.metadata,
    });
    progress.finish();
    const failure = read.failure ?? found?.failure;
    const result = maskDocument(
      checkDocument({
        source,
        clientId: verdict?.clientId ?? read.url ?? null,
        status: read.status,
        document: verdict?.document ?? null,
        redirectUrl: options.redirectUrl ?? null,
        server: found?.server ?? null,
        findings: findingsOf([...read.judgements, ...verdict?.judgements ?? []]),
      }, failure),
      door.deps.secrets,
    );
    if (failure !== undefined) {
      io.err(`${failureText(undefined, failure, view(io.stderrIsTerminal)).join("\n")}\n`);
    }
    if (format === "json") io.out(jsonText(result));
    else if (read.failure === undefined) io.out(checkText(result, view(io.stdoutIsTerminal)));
    return result.valid ? 0 : EXIT_STATUS.operation;
  } finally {
    progress.finish();
    await http.close();
  }
}

/** Checks a Client ID Metadata Document. */
export const CHECK_COMMAND: Command<typeof CHECK_FLAGS> = {
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
  notes: [
    "Held against draft-ietf-oauth-client-id-metadata-document-00, the one that MCP names, with the " +
    "later drafts' demand for 200 without a redirect. With --url the server's own metadata is read " +
    "too; nothing is registered and nobody signs in. - reads the document from standard input.",
    "Exit status: 0 no error found, 1 an error, 2 usage, 130 cancelled.",
  ],
  async run({ options, operands: [source, ...more] }, context) {
    if (more.length > 0) {
      throw usageFailure(
        "unexpected_argument",
        `mcpass oauth client-metadata check takes one document, and ${more.length + 1} came`,
        "Name one file or URL",
      );
    }
    const given = source ?? await askFor(
      {
        name: "the document",
        remedy: "Name a file or a URL; - reads standard input",
        message: "File or URL of the document",
        example: "https://app.example/oauth/client.json",
        parse: text,
      },
      options,
      context.runtime,
    );
    return await check(given, options, context);
  },
  failed: (failure, given) => unstartedCheck(failure, given?.operands[0]),
};
