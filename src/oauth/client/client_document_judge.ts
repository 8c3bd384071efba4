import { commandText, withCommand } from "../../core/command_text.ts";
import type { Judgement } from "../../core/finding.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
  repeatedMembers,
  stringListMember,
} from "../../core/json.ts";
import { describeDifference, quoted } from "../../core/text.ts";
import { isLoopbackHost, parseUrl } from "../../core/url.ts";
import { type Checks, error, runChecks, warning } from "../common/judgement.ts";
import { type PrivateJwk, publicJwk } from "../common/signing.ts";
import {
  described,
  keysOf,
  MEMBER_CHECKS,
  redirectUris,
  usesRedirects,
} from "./client_document_members.ts";
import { DRAFT, judgeDocumentUrl } from "./client_document_url.ts";

export interface DocumentFlow {
  /** Undefined for the default of a login, `http://127.0.0.1:<free port>/callback`. */
  readonly redirectUri?: string | undefined;
  readonly method?: string | undefined;
  readonly privateKey?: PrivateJwk | undefined;
  /** The metadata of the authorization server. */
  readonly server?: JsonObject | undefined;
}

interface DocumentSubject extends DocumentFlow {
  readonly document: JsonObject;
  readonly url: string | undefined;
}

const TEXT_CHECKS: Checks<{ readonly text: string; readonly parsed: unknown }> = {
  client_document_size: warning(
    `${DRAFT} §6.6`,
    "Leave out what is not needed: publish a key set at jwks_uri, a logo at logo_uri",
    ({ text, parsed }) => {
      const bytes = new TextEncoder().encode(text).length;
      return isObject(parsed) && bytes > 5120 &&
        `the document has ${bytes} bytes; authorization servers read 5 KB (5120 bytes) at most`;
    },
  ),
  client_document_json: error(
    `${DRAFT} §4.1; RFC 8259 §4`,
    "Serve one JSON object in which no member is repeated",
    ({ text, parsed }) => {
      if (parsed === undefined) return "the text is not JSON";
      if (!isObject(parsed)) return "the text is JSON, but not an object";
      const repeated = repeatedMembers(text).join(", ");
      return repeated !== "" &&
        `the document has ${
          quoted(repeated)
        } more than once, and programs differ in which value they use`;
    },
  ),
};

const OWN_URL = 'Write the document\'s own URL into "client_id", character by character';

const ID_CHECK: Checks<DocumentSubject> = {
  client_document_id: error(`${DRAFT} §4.1`, OWN_URL, ({ document: { client_id: own }, url }) => {
    if (typeof own === "string" && (url === undefined || own === url)) return false;
    const message = typeof own === "string" && url !== undefined
      ? `"client_id" is ${quoted(own)}, and the document is at ${quoted(url)}: ` +
        describeDifference(url, own)
      : `"client_id" is ${described(own)}`;
    return url === undefined ? message : { message, remedy: `${OWN_URL}: ${url}` };
  }),
};

/** A redirect URI without its port, when it is a loopback one (RFC 8252 §7.3). */
function withoutPort(text: string): string {
  const url = parseUrl(text);
  if (url === undefined || url.protocol !== "http:" || !isLoopbackHost(url.hostname)) return text;
  url.port = "";
  return url.href;
}

const ANNOUNCE = "Authorization server: support these documents, and publish " +
  '"client_id_metadata_document_supported": true';

const FLOW_CHECKS: Checks<DocumentSubject> = {
  client_document_redirect_unlisted: error(
    `${DRAFT} §4.5; RFC 8252 §7.3`,
    "Add it to the document",
    ({ document, redirectUri }) => {
      const listed = redirectUris(document);
      if (!usesRedirects(document) || listed.length === 0) return false;
      if (redirectUri !== undefined && listed.includes(redirectUri)) return false;
      const used = redirectUri ?? "http://127.0.0.1/callback";
      const flexible = listed.some((uri) => withoutPort(uri) === withoutPort(used));
      if (flexible && redirectUri === undefined) return false;
      const name = redirectUri === undefined
        ? 'of a login, "http://127.0.0.1:<free port>/callback",'
        : quoted(used);
      const message = `the redirect URI ${name} is not in "redirect_uris"`;
      const fixed = listed.find((uri) => parseUrl(uri)?.port && withoutPort(uri) !== uri);
      const advice = fixed === undefined ? {} : {
        remedy: "Add it to the document, or use a listed one",
        loginFlags: { redirectUrl: fixed },
      };
      if (!flexible) return { message, ...advice };
      const exception = "only with another port; servers that compare ports refuse it";
      return { severity: "warning", message: `${message}, ${exception}`, ...advice };
    },
  ),
  client_document_method_differs: error(
    `${DRAFT} §6.2`,
    "Add the public key to the document, or sign in without the key",
    ({ document, method, privateKey }) => {
      const own = document["token_endpoint_auth_method"] ?? "client_secret_basic";
      const used = method ?? (privateKey === undefined ? "none" : "private_key_jwt");
      if (own === used || (own !== "none" && own !== "private_key_jwt")) return false;
      const key = privateKey === undefined ? "without a key" : "with this key";
      const message = `a login ${key} authenticates with "${used}", and the document says "${own}"`;
      if (own === "none") return message;
      return { message, remedy: "Give the key", loginFlags: { privateKeyFile: "<path>" } };
    },
  ),
  client_document_key_unlisted: error(
    `${DRAFT} §6.2`,
    "Add the public key",
    ({ document, privateKey, url }) => {
      const keys = keysOf(document);
      if (privateKey === undefined || keys.length === 0) return false;
      const wanted = Object.entries(publicJwk(privateKey));
      const there = keys.some((key) =>
        isObject(key) && wanted.every(([name, value]) => member(key, name) === value)
      );
      if (there) return false;
      const options = { clientMetadataUrl: url ?? "<url>", privateKeyFile: "<path>" };
      const line = commandText("oauth client-metadata generate", options);
      return {
        message: 'the public key of the private key is not in "jwks"',
        remedy: withCommand("Generate a document that has it", { line }),
      };
    },
  ),
  cimd_not_offered: error(
    `${DRAFT} §5`,
    ANNOUNCE,
    ({ server }) => {
      if (server === undefined || server["client_id_metadata_document_supported"] === true) {
        return false;
      }
      return {
        message: `the authorization server ${quoted(String(server["issuer"]))} does not announce ` +
          "client_id_metadata_document_supported",
        ...server["registration_endpoint"] === undefined ? {} : {
          remedy: `${ANNOUNCE}\nRegister a client instead`,
          loginFlags: { registration: "dcr", clientMetadataUrl: undefined },
        },
      };
    },
  ),
  client_document_method_refused: error(
    "RFC 8414 §2",
    "Server: list the method and the algorithm of such clients. Client: write one that the " +
      "server lists",
    ({ document, server }) => {
      if (server === undefined) return false;
      const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: algorithm } =
        document;
      const accepts = `and ${quoted(String(server["issuer"]))} accepts`;
      const methods = stringListMember(server, "token_endpoint_auth_methods_supported") ??
        ["client_secret_basic"];
      if (typeof method === "string" && !methods.includes(method)) {
        return `"token_endpoint_auth_method" is ${quoted(method)}, ${accepts} ` +
          quoted(methods.join(", "));
      }
      const algorithms = stringListMember(
        server,
        "token_endpoint_auth_signing_alg_values_supported",
      );
      return method === "private_key_jwt" && typeof algorithm === "string" &&
        algorithms?.includes(algorithm) === false &&
        `"token_endpoint_auth_signing_alg" is ${quoted(algorithm)}, ${accepts} ` +
          quoted(algorithms.join(", "));
    },
  ),
};

interface DocumentVerdict {
  readonly document: JsonObject | undefined;
  /** The URL that the document was judged for, else its own `client_id`. */
  readonly clientId: string | null;
  readonly judgements: readonly Judgement[];
}

export function judgeClientDocument(
  text: string,
  /** Undefined if only the document's own `client_id` says where it is published. */
  url: string | undefined,
  flow: DocumentFlow,
): DocumentVerdict {
  const parsed = parseJson(text);
  const document = isObject(parsed) ? parsed : undefined;
  const own = document?.["client_id"];
  const clientId = url ?? (typeof own === "string" ? own : null);
  const judgements = clientId === null ? [] : judgeDocumentUrl(clientId);
  judgements.push(...runChecks(TEXT_CHECKS, { text, parsed }));
  if (document !== undefined) {
    const subject = { ...flow, document, url };
    judgements.push(
      ...runChecks(ID_CHECK, subject),
      ...runChecks(MEMBER_CHECKS, document),
      ...runChecks(FLOW_CHECKS, subject),
    );
  }
  return { document, clientId, judgements };
}
