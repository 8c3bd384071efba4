import type { HeaderList } from "../../core/exchange.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import {
  judgeMetadataResponse,
  type MetadataResponse,
  type SoughtDocument,
} from "../../oauth/metadata/metadata_response.ts";
import type { Revision } from "../../oauth/mcp/revision.ts";
import { judgeServerMetadata, type ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { authorizationServerCandidates } from "../../oauth/mcp/well_known.ts";
import {
  failureOf,
  judgementOf,
  type LoginContext,
  type MetadataAttempt,
} from "../context/login_context.ts";
import type { GivenMetadata } from "../context/login_plan.ts";

export const ACCEPT_JSON: HeaderList = [["accept", "application/json"]];

export interface MissingDocument {
  readonly url: string;
  readonly outcome: string;
}

export function listMissing(attempts: readonly MissingDocument[]): string {
  return attempts.map(({ url, outcome }) => `${quoted(url)}: ${outcome}`).join("; ");
}

/** Fetches a document; after a server error, a second time. */
export async function getDocument(
  context: LoginContext,
  purpose: SoughtDocument,
  url: string,
  headers: HeaderList,
): Promise<HttpResponse> {
  const { deps: { http }, plan: { serverMetadata } } = context;
  if (serverMetadata?.source === url && serverMetadata.text !== undefined) {
    const headers = new Headers({ "content-type": "application/json" });
    return { exchangeId: 0, url, status: 200, headers, body: serverMetadata.text };
  }
  const certificate = context.certificateAt(url);
  const request = { purpose, step: purpose, method: "GET", url, headers, certificate } as const;
  const answer = await http.send(request);
  return answer.status >= 500 ? await http.send(request) : answer;
}

/**
 * Reports a response without a document, except a plain 404 or 405, and except authorization server
 * metadata that a challenge names.
 *
 * @throws Failure `metadata_invalid` for a document that must not be ignored, and as the request.
 */
export async function readDocument(
  context: LoginContext,
  place: Omit<MetadataAttempt, "answer" | "document" | "objection">,
  headers: HeaderList,
): Promise<MetadataResponse & { readonly answer: HttpResponse }> {
  const { kind, url } = place;
  const answer = await getDocument(context, kind, url, headers);
  const read = judgeMetadataResponse(answer, kind, url);
  if (read.verdict !== "found") {
    const { verdict, reason, judgement } = read;
    context.recordAttempt?.({ ...place, answer, document: undefined, objection: reason });
    if (place.source === "challenge" && read.serverMetadata !== undefined) {
      return { ...read, answer };
    }
    if (judgement !== undefined && verdict === "refused") throw failureOf(judgement);
    if (judgement !== undefined) context.judge([judgement]);
  }
  return { ...read, answer };
}

function addListingUrl(url: string | undefined, issuer: string, error: unknown): unknown {
  if (url === undefined || !(error instanceof Failure) || error.kind !== "operation") return error;
  const listed = `the authorization server ${quoted(issuer)} is listed in ${quoted(url)}`;
  return new Failure(error.code, `${error.message} (${listed})`, {
    ...error,
    cause: error.cause,
    observed: error.observed && `${error.observed} (${listed})`,
  });
}

/** The failure if no URL returned the document, and one could not answer. */
export function metadataUnavailable(attempts: readonly MissingDocument[]): Failure {
  const observed = listMissing(attempts);
  return new Failure(
    "metadata_unavailable",
    `a metadata document could not be read (${observed})`,
    {
      observed,
      remedy: "Server: return 404 where there is no document\n" +
        "Try again later: the server failed or limits requests",
      reference: "RFC 9728 §3.2; RFC 8414 §3.2",
    },
  );
}

const givenMetadataJudgement = (source: string): Judgement => ({
  code: "server_metadata_given",
  severity: "warning",
  message: `the metadata of the authorization server is read from ${quoted(source)} because of ` +
    "--authorization-server-metadata",
  remedy: "Authorization server: publish the metadata at the well-known URL of the issuer",
  reference: "RFC 8414 §3",
});

/** The user can correct a file that the user gave. */
function aboutGiven({ source, text }: Partial<GivenMetadata>, judgements: readonly Judgement[]) {
  if (text === undefined) return judgements;
  const whose = `Correct ${quoted(source ?? "")}, which --authorization-server-metadata names\n`;
  return judgements.map((it) => ({ ...it, remedy: whose + it.remedy }));
}

function missingMetadata(
  issuer: string,
  attempts: readonly MissingDocument[],
  given: GivenMetadata | undefined,
): Failure {
  const found = listMissing(attempts);
  const message = given === undefined
    ? `no metadata of the authorization server ${quoted(issuer)} was found (${found})`
    : `--authorization-server-metadata names a URL without metadata: ${found}`;
  const remedy = given === undefined
    ? {
      observed: `issuer ${quoted(issuer)}: ${found}`,
      remedy: "Authorization server: publish the metadata at one of these URLs\n" +
        'Server: name the right issuer in "authorization_servers"\n' +
        'If you know the endpoints, pass a JSON file with "issuer", "authorization_endpoint", ' +
        '"token_endpoint" and "code_challenge_methods_supported"',
      loginFlags: { authorizationServerMetadata: "<file>" },
    }
    : {
      remedy:
        "Check the URL, or omit the flag: mcpass then tries the well-known URLs of the issuer",
    };
  return new Failure("server_metadata_missing", message, {
    ...remedy,
    reference: "RFC 8414 §3; MCP authorization, Authorization Server Metadata Discovery",
  });
}

export interface FoundMetadata {
  readonly server: ServerMetadata;
  /** With errors if no document was acceptable: everything that the first one shows. */
  readonly judgements: readonly Judgement[];
  readonly refusal: Failure | undefined;
}

/**
 * @param sequence The revision that decides which URLs are tried.
 * @param listedAt URL of the document that lists the issuer.
 * @param isDefault True if nobody named the issuer.
 * @throws Failure `metadata_unavailable` if there was no document and a URL could not answer,
 * `server_metadata_missing` if there was no document, and as {@link readDocument}.
 */
export async function findServerMetadata(
  context: LoginContext,
  issuer: string,
  { sequence = context.rules, listedAt, isDefault = false }: {
    readonly sequence?: Revision;
    readonly listedAt?: string | undefined;
    readonly isDefault?: boolean;
  } = {},
): Promise<FoundMetadata> {
  const { certificate, serverMetadata, serverUrl, trustIssuer, trustPkce, authMode } = context.plan;
  const { codeGrant, endpoint } = AUTH_MODES[authMode];
  const attempts: MissingDocument[] = [];
  const skipped: Judgement[] = [];
  let unacceptable: FoundMetadata | undefined;
  let isUnavailable = false;
  const headers: HeaderList = sequence.versionHeaderOnMetadata
    ? [...ACCEPT_JSON, ["mcp-protocol-version", sequence.id]]
    : ACCEPT_JSON;
  const kind = "authorization_server_metadata";
  const urls = serverMetadata === undefined
    ? authorizationServerCandidates(issuer, sequence)
    : [serverMetadata.source];
  if (serverMetadata !== undefined) skipped.push(givenMetadataJudgement(serverMetadata.source));
  const source = isDefault ? "origin" : "issuer";
  for (const url of urls) {
    const place = { kind, identifier: issuer, source, url } as const;
    const read = await readDocument(context, place, headers).catch((error: unknown) => {
      throw addListingUrl(listedAt, issuer, error);
    });
    if (read.verdict !== "found") {
      attempts.push({ url, outcome: read.reason });
      isUnavailable ||= read.verdict === "unavailable";
      continue;
    }
    const { answer, document } = read;
    const { metadata, judgements: judged } = judgeServerMetadata(answer, document, {
      issuer,
      isDefault,
      serverUrl,
      rules: context.rules,
      trust: { issuer: trustIssuer, pkce: trustPkce },
      codeGrant,
      endpoint,
      certificate: certificate !== undefined,
    });
    const judgements = aboutGiven(serverMetadata ?? {}, judged);
    const fatal = judgements.find(({ severity }) => severity === "error");
    context.recordAttempt?.({ ...place, answer, document, objection: fatal?.message });
    if (fatal === undefined) {
      return { server: metadata, judgements: [...skipped, ...judgements], refusal: undefined };
    }
    unacceptable ??= { server: metadata, judgements, refusal: failureOf(fatal) };
    skipped.push({
      code: "metadata_document_skipped",
      severity: "warning",
      message: `${quoted(url)} is not used: ${fatal.message}`,
      remedy: fatal.remedy,
      reference: "RFC 8414 §3.3",
    });
  }
  if (unacceptable !== undefined) return unacceptable;
  if (isUnavailable) throw metadataUnavailable(attempts);
  throw missingMetadata(issuer, attempts, serverMetadata);
}

/** Throws if a server offers no way to obtain a client ID. */
export type AssertUsable = (server: ServerMetadata) => void;

/** Why a login would end next, if the metadata were accepted. */
function nextRefusal({ server, refusal }: FoundMetadata, usable: AssertUsable): Judgement[] {
  if (refusal === undefined) return [];
  try {
    usable(server);
    return [];
  } catch (error) {
    return [judgementOf(toFailure(error))];
  }
}

/**
 * Reports the findings about metadata. A dry run continues with metadata that is refused.
 *
 * @throws Failure with the code of the first error.
 */
export function acceptMetadata(
  { judge, state }: LoginContext,
  found: FoundMetadata,
  usable: AssertUsable = () => {},
): ServerMetadata {
  const { server, judgements, refusal } = found;
  judge([...judgements, ...nextRefusal(found, usable)]);
  if (refusal !== undefined && state.refusals.length === 0) throw refusal;
  return server;
}
