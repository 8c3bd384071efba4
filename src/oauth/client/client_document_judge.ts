/** Judging a Client ID Metadata Document, alone and for the sign-in that uses it. @module */

import type { Judgement } from "../../core/finding.ts";
import {
  describeValue,
  isObject,
  type JsonObject,
  member,
  parseJson,
  repeatedMembers,
  stringListMember,
} from "../../core/json.ts";
import { commandArgument, difference, quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { judgeSize } from "./client_document_answer.ts";
import { judgeDocumentMembers, usesRedirects } from "./client_document_members.ts";
import { judgeDocumentUrl } from "./client_document_url.ts";
import { type PrivateJwk, publicJwk } from "../common/signing.ts";

export interface DocumentFlow {
  /** Undefined for the default of a login, `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUri?: string | undefined;
  readonly method?: string | undefined;
  readonly privateKey?: PrivateJwk | undefined;
  readonly server?: JsonObject | undefined;
}

export interface DocumentVerdict {
  readonly document: JsonObject | undefined;
  /** The URL that the document was judged for, else its own `client_id`. */
  readonly clientId: string | null;
  readonly judgements: readonly Judgement[];
}

const DRAFT = "Client ID Metadata Document draft-00";

/** A redirect URI without its port, when it is a loopback one (RFC 8252 §7.3). */
function withoutPort(text: string): string {
  const url = parseUrl(text);
  if (url === undefined || url.protocol !== "http:" || !isLoopbackHost(url.hostname)) return text;
  url.port = "";
  return url.href;
}

function judgeRedirect(document: JsonObject, redirectUri: string | undefined): Judgement[] {
  const listed = stringListMember(document, "redirect_uris") ?? [];
  if (!usesRedirects(document) || listed.length === 0) return [];
  if (redirectUri !== undefined && listed.includes(redirectUri)) return [];
  const used = redirectUri ?? "http://127.0.0.1/callback";
  const flexible = listed.some((uri) => withoutPort(uri) === withoutPort(used));
  if (flexible && redirectUri === undefined) return [];
  const fixed = listed.find((uri) => parseUrl(uri)?.port && withoutPort(uri) !== uri);
  return [{
    code: "client_document_redirect_unlisted",
    severity: flexible ? "warning" : "error",
    message: `the redirect URI ${
      redirectUri === undefined
        ? 'of a login, "http://127.0.0.1:<free port>/callback",'
        : quoted(used)
    } is not in "redirect_uris"${
      flexible ? ", only with another port: a server that compares ports refuses it" : ""
    }`,
    remedy: fixed === undefined
      ? "Add it to the document"
      : `Add it to the document, or sign in with --redirect-url ${commandArgument(fixed)}`,
    reference: `${DRAFT} §4.5; RFC 8252 §7.3`,
  }];
}

function judgeMethod(document: JsonObject, { method, privateKey }: DocumentFlow): Judgement[] {
  const own = document["token_endpoint_auth_method"] ?? "client_secret_basic";
  const used = method ?? (privateKey === undefined ? "none" : "private_key_jwt");
  const judgements: Judgement[] = [];
  if (own !== used && (own === "none" || own === "private_key_jwt")) {
    judgements.push({
      code: "client_document_method_differs",
      severity: "error",
      message: `a login ${
        privateKey === undefined ? "without a key" : "with this key"
      } authenticates with "${used}", and the document says ${describeValue(own)}`,
      remedy: own === "none"
        ? "Sign in without --private-key-file, or put its public half into the document"
        : "Give the key with --private-key-file <path>",
      reference: `${DRAFT} §6.2`,
    });
  }
  const { jwks } = document;
  const keys = isObject(jwks) && Array.isArray(jwks["keys"]) ? jwks["keys"] : [];
  if (privateKey !== undefined && keys.length > 0) {
    const wanted = Object.entries(publicJwk(privateKey));
    const there = keys.some((key) =>
      isObject(key) && wanted.every(([name, value]) => member(key, name) === value)
    );
    if (!there) {
      judgements.push({
        code: "client_document_key_unlisted",
        severity: "error",
        message: 'the public half of the private key is not in "jwks"',
        remedy: "Put it there: mcpass oauth client-metadata generate --private-key-file <path>",
        reference: `${DRAFT} §6.2`,
      });
    }
  }
  return judgements;
}

function judgeServer(document: JsonObject, server: JsonObject): Judgement[] {
  const judgements: Judgement[] = [];
  const issuer = quoted(String(server["issuer"]));
  if (server["client_id_metadata_document_supported"] !== true) {
    judgements.push({
      code: "cimd_not_offered",
      severity: "error",
      message: `the authorization server ${issuer} does not announce ` +
        "client_id_metadata_document_supported",
      remedy:
        'Server: support these documents and publish "client_id_metadata_document_supported": ' +
        "true. Meanwhile: --registration dcr or preregistered",
      reference: `${DRAFT} §5`,
    });
  }
  const method = document["token_endpoint_auth_method"];
  const offered = stringListMember(server, "token_endpoint_auth_methods_supported") ??
    ["client_secret_basic"];
  const algorithm = document["token_endpoint_auth_signing_alg"];
  const algorithms = stringListMember(server, "token_endpoint_auth_signing_alg_values_supported");
  const fault = typeof method === "string" && !offered.includes(method)
    ? `"token_endpoint_auth_method" is ${quoted(method)}, and ${issuer} accepts ` +
      quoted(offered.join(", "))
    : method === "private_key_jwt" && typeof algorithm === "string" && algorithms !== undefined &&
        !algorithms.includes(algorithm)
    ? `"token_endpoint_auth_signing_alg" is ${quoted(algorithm)}, and ${issuer} accepts ` +
      quoted(algorithms.join(", "))
    : undefined;
  if (fault !== undefined) {
    judgements.push({
      code: "client_document_method_refused",
      severity: "error",
      message: fault,
      remedy: "Server: list the method and the algorithm of such clients. Client: write one that " +
        "the server lists",
      reference: "RFC 8414 §2",
    });
  }
  return judgements;
}

function judgeIdentity(document: JsonObject, url: string | undefined): Judgement[] {
  const own = document["client_id"];
  if (typeof own === "string" && (url === undefined || own === url)) return [];
  return [{
    code: "client_document_id",
    severity: "error",
    message: typeof own !== "string"
      ? `"client_id" is ${own === undefined ? "missing" : describeValue(own)}`
      : `"client_id" is ${quoted(own)}, and the document stands at ${quoted(url ?? "")}: ` +
        difference(url ?? "", own),
    remedy: `Write the document's own URL into "client_id", character by character${
      url === undefined ? "" : `: ${url}`
    }`,
    reference: `${DRAFT} §4.1`,
  }];
}

/** Judges a document; `url` is undefined if only its own `client_id` says where it is published. */
export function judgeClientDocument(
  text: string,
  url: string | undefined,
  flow: DocumentFlow,
): DocumentVerdict {
  const parsed = parseJson(text);
  const own = isObject(parsed) ? parsed["client_id"] : undefined;
  const clientId = url ?? (typeof own === "string" ? own : null);
  const aboutUrl = clientId === null ? [] : judgeDocumentUrl(clientId);
  const repeated = repeatedMembers(text);
  const unreadable = !isObject(parsed)
    ? `the text is ${parsed === undefined ? "not JSON" : "JSON, but no object"}`
    : repeated.length > 0
    ? `the document has ${
      quoted(repeated.join(", "))
    } more than once, and readers differ in which counts`
    : undefined;
  const notJson: Judgement[] = unreadable === undefined ? [] : [{
    code: "client_document_json",
    severity: "error",
    message: unreadable,
    remedy: "Serve one JSON object in which no member is repeated",
    reference: `${DRAFT} §4.1; RFC 8259 §4`,
  }];
  if (!isObject(parsed)) {
    return { document: undefined, clientId, judgements: [...aboutUrl, ...notJson] };
  }
  return {
    document: parsed,
    clientId,
    judgements: [
      ...aboutUrl,
      ...judgeSize(text),
      ...notJson,
      ...judgeIdentity(parsed, url),
      ...judgeDocumentMembers(parsed),
      ...judgeRedirect(parsed, flow.redirectUri),
      ...judgeMethod(parsed, flow),
      ...flow.server === undefined ? [] : judgeServer(parsed, flow.server),
    ],
  };
}
