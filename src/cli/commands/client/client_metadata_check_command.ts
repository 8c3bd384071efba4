import { EXIT_STATUS, Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import type { Finding, Judgement } from "../../../core/finding.ts";
import { type JsonObject, member, stringMember } from "../../../core/json.ts";
import { commandText, withCommand } from "../../../core/command_text.ts";
import { quoted } from "../../../core/text.ts";
import { findingFrom } from "../../../flow/context/login_context.ts";
import { judgeClientDocument } from "../../../oauth/client/client_document_judge.ts";
import {
  judgeDocumentResponse,
  judgeDocumentUrl,
} from "../../../oauth/client/client_document_url.ts";
import { singleOperand } from "../../args/parse_command.ts";
import { readClientKey } from "./client_key.ts";
import { CHECK_FLAGS, type CheckOptions } from "./client_metadata_flags.ts";
import type { Command } from "../../command/command.ts";
import { documentSecrets } from "./document_secrets.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readInput } from "../../shared/input_files.ts";
import { type CommandReport, sessionCommand } from "../../shared/session_command.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import {
  countsText,
  findingsText,
  nextLines,
  type Row,
  rowsText,
  safeText,
  type View,
  worstFirst,
} from "../../terminal/finding_text.ts";
import { wrap } from "../../terminal/layout.ts";

export interface CheckDocument {
  readonly valid: boolean;
  readonly source: string;
  /** The client identifier that the document must have; null if nothing names one. */
  readonly clientId: string | null;
  /** HTTP status; null for a file, and without a response. */
  readonly status: number | null;
  readonly document: JsonObject | null;
  /** The login's redirect URI; null for the default one. */
  readonly redirectUrl: string | null;
  /** The MCP server of `--url`, and its authorization server. */
  readonly server: {
    readonly url: string;
    readonly issuer: string | null;
    /** Whether the metadata announces support for CIMD; null without metadata. */
    readonly supported: boolean | null;
  } | null;
  readonly findings: readonly Finding[];
  readonly error?: ErrorMember;
}

function checkDocument(
  found: Partial<Omit<CheckDocument, "valid" | "error">>,
  failure: Failure | undefined,
): CheckDocument {
  const findings = worstFirst(found.findings ?? []);
  const fault = failure ?? findings.find(({ severity }) => severity === "error");
  return {
    valid: fault === undefined,
    source: "",
    clientId: null,
    status: null,
    document: null,
    redirectUrl: null,
    server: null,
    ...found,
    findings,
    ...(fault === undefined ? {} : { error: errorMember(fault) }),
  };
}

const MEMBERS = [
  ["Client name", "client_name"],
  ["Redirect URIs", "redirect_uris"],
  ["Authentication", "token_endpoint_auth_method"],
  ["Grants", "grant_types"],
] as const;

function rows({ clientId, document, server }: CheckDocument): Row[] {
  const memberText = (name: string) => {
    const value = document === null ? undefined : member(document, name);
    if (value === undefined) return undefined;
    return Array.isArray(value) ? value.join(" ") : String(value ?? "");
  };
  const supports = server?.supported ? "supports" : "does not announce support for";
  const support = server?.supported === null
    ? "no authorization server found"
    : `${server?.issuer} ${supports} client metadata documents (CIMD)`;
  return [
    ["Client ID", clientId, "exact"],
    ...MEMBERS.map(([label, name]): Row => [label, memberText(name)]),
    ["Server", server && support],
  ];
}

function checkText(result: CheckDocument, view: View): string {
  const { style, width } = view;
  const { valid, source, clientId, document, findings, server } = result;
  const counts = findings.length === 0 ? "no findings" : countsText(findings);
  const verdict = document === null
    ? "not a client ID metadata document"
    : valid
    ? "valid client ID metadata document"
    : "invalid client ID metadata document";
  const lines = [
    ...wrap(`${safeText(source, view)}: ${verdict} (${counts})`, width)
      .map(valid ? style.green : style.red),
    "",
    ...rowsText(rows(result), view),
  ];
  if (findings.length > 0) lines.push("", ...findingsText(findings, view, Infinity));
  if (valid && clientId !== null) {
    const login = { url: server?.url ?? "<url>", clientMetadataUrl: clientId };
    const line = commandText("login", login);
    lines.push("", ...nextLines(["Sign in with it", { line }], view));
  }
  return `${lines.join("\n")}\n`;
}

interface DocumentSource {
  readonly text?: string | undefined;
  /** Undefined for a file without `--client-metadata-url`. */
  readonly url: string | undefined;
  readonly status?: number;
  readonly judgements?: readonly Judgement[];
  readonly failure?: Failure;
}

const isUrl = (source: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(source);

const hasError = (judgements: readonly Judgement[]) =>
  judgements.some(({ severity }) => severity === "error");

async function fetchDocument(url: string, { http }: CommandSession): Promise<DocumentSource> {
  const aboutUrl = judgeDocumentUrl(url);
  if (hasError(aboutUrl)) return { url, judgements: aboutUrl };
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
    return { text: hasError(judgements) ? undefined : body, url, status, judgements };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind !== "operation") throw failure;
    return { url, failure };
  }
}

async function inspectServer(
  url: string,
  { header: headers }: CheckOptions,
  session: CommandSession,
) {
  const { stepTimeoutMs } = session;
  const plan = { url, headers, stepTimeoutMs, protocolVersion: undefined };
  const { inspect } = await import("../../../flow/inspect/inspect.ts");
  const { document, kind, failure } = await inspect(plan, session);
  if (document === null || kind === "protected_resource") {
    const missing = new Failure(
      "server_metadata_missing",
      `no authorization server metadata was found for ${quoted(url)}`,
      {
        remedy: withCommand("See which documents were requested", {
          line: commandText("oauth metadata", { url }),
        }),
      },
    );
    return { failure: failure ?? missing, server: { url, issuer: null, supported: null } };
  }
  const issuer = stringMember(document, "issuer") ?? null;
  const supported = document["client_id_metadata_document_supported"] === true;
  return { metadata: document, server: { url, issuer, supported } };
}

async function check(
  session: CommandSession,
  source: string,
  options: CheckOptions,
): Promise<CommandReport> {
  const { runtime } = session;
  if (options.clientMetadataUrl !== undefined && isUrl(source)) {
    throw usageFailure(
      "impossible_combination",
      "--client-metadata-url is for a file, but the document to check is given as a URL",
      "Omit --client-metadata-url",
    );
  }
  const privateKey = await readClientKey(options, runtime);
  const read: DocumentSource = isUrl(source) ? await fetchDocument(source, session) : {
    url: options.clientMetadataUrl,
    text: await readInput("oauth client-metadata check", source, runtime.io),
  };
  const found = options.url === undefined
    ? undefined
    : await inspectServer(options.url, options, session);
  const verdict = read.text === undefined ? undefined : judgeClientDocument(read.text, read.url, {
    redirectUri: options.redirectUrl,
    method: options.tokenAuthMethod,
    privateKey,
    server: found?.metadata,
  });
  for (const secret of documentSecrets(verdict?.document)) session.secrets.add(secret);
  const failure = read.failure ?? found?.failure;
  const judgements = [...read.judgements ?? [], ...verdict?.judgements ?? []];
  const login = session.commands((flags) => {
    const { url = "<url>" } = options;
    const clientMetadataUrl = verdict?.clientId ?? read.url ?? "<url>";
    return { line: commandText("login", { url, clientMetadataUrl, ...flags }) };
  });
  const result = checkDocument({
    source,
    clientId: verdict?.clientId ?? read.url ?? null,
    status: read.status ?? null,
    document: verdict?.document ?? null,
    redirectUrl: options.redirectUrl ?? null,
    server: found?.server ?? null,
    findings: judgements.map((it) => findingFrom(it, "registration", login)),
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
  summary: "Check a client ID metadata document, and whether a login can use it",
  operands: "<file or URL>",
  operandChoices: "files",
  examples: [
    ["a published document", "mcpass oauth client-metadata check https://app.example/client.json"],
    ["a file, before you publish it", "mcpass oauth client-metadata check client.json"],
    [
      "for a login at a server with this redirect URI",
      "mcpass oauth client-metadata check https://app.example/client.json \\\n" +
      "  --url https://server.example/mcp \\\n" +
      "  --redirect-url http://localhost:8787/callback",
    ],
  ],
  flags: CHECK_FLAGS,
  requiredOptions: [{
    operand: "<file or URL>",
    missing: (_options, [source]) => source === undefined,
    message: "File or URL of the document",
    reason: "Give a file or a URL, or - for standard input",
    example: "https://app.example/oauth/client.json",
    objection: (source) => source.trim() === "" ? "the value is empty" : undefined,
  }],
  notes: [
    "The rules are those of draft-ietf-oauth-client-id-metadata-document-00, which MCP references, and " +
    "of later drafts: the response must be 200 without a redirect. With --url, mcpass also reads the " +
    "metadata of the server; it registers nothing and signs nobody in. Use - to read standard input.",
    "Exit status: 0 no error found, 1 an error, 2 usage, 130 cancelled.",
  ],
  needs: ({ options: { url }, operands: [source = ""] }) =>
    isUrl(source)
      ? { serverUrl: url ?? source, http: () => Promise.resolve({ namedUrls: [source] }) }
      : {},
  async report(session, invocation) {
    const command = "oauth client-metadata check";
    const source = singleOperand(invocation, command, "document", "Give one file or URL") ?? "";
    return await check(session, source, invocation.options);
  },
  failureDocument: (failure, invocation) =>
    checkDocument({ source: invocation?.operands[0] ?? "" }, failure),
});
