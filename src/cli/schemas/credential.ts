import * as z from "zod";
import { ACTIONS, type CredentialRequest } from "../commands/credentials/credential_request.ts";
import {
  type CapabilitiesDocument,
  type CredentialDocument,
  type CredentialError,
  ERROR_CODES,
  type ListedSignIn,
} from "../commands/credentials/credential_response.ts";
import { code, object, text, time, url } from "./schema.ts";

const version = z.literal(1).describe("version of the protocol");
const scopes = z.array(text).nullable().describe("granted scopes; null if unknown");
const expiresAt = time.nullable().describe("ISO 8601, UTC; null if unknown");
const headers = z.record(z.string(), text)
  .describe("header fields to add to a request; they contain the secret");

const seconds = z.number().nonnegative();

const members = object<CredentialRequest>()("A request to mcpass credential", {
  action: z.enum(ACTIONS),
  url: url.optional().describe("URL of the request; required for get and erase"),
  account: text.optional().describe("account label, if a server has several sign-ins"),
  scope: z.array(text).optional().describe("scopes that the token must have"),
  minValidSeconds: seconds.optional().describe("refresh the token if it expires sooner"),
  challenge: text.optional()
    .describe("WWW-Authenticate of the response that refused the token"),
  rejected: z.string().regex(/^sha256:[0-9a-f]{64}$/).optional()
    .describe("SHA-256 of the refused access token; required for erase"),
  request: z.strictObject({
    method: text,
    url,
    nonce: text.optional().describe("DPoP-Nonce of the server's last response"),
  }).optional().describe("the request that a DPoP proof is for"),
});

export const CREDENTIAL_REQUEST = members.extend({
  v: version,
  interaction: z.literal("never").optional().describe("nobody is asked; the default"),
}).describe("A request to mcpass credential, on standard input");

const credential = object<CredentialDocument>()("The result of get", {
  headers,
  tokenType: text.describe("Bearer or DPoP"),
  expiresAt,
  refreshAfter: time.nullable()
    .describe("from then on, get refreshes the token; null if its lifetime is unknown"),
  cache: z.enum(["until-expiry", "never"])
    .describe("never: the headers are valid for one request only"),
  scope: scopes,
  issuer: text,
  account: text.nullable(),
  url: url.describe("server URL of the sign-in"),
  clientCertificate: z.strictObject({ certFile: text, keyFile: text }).optional()
    .describe("the certificate that the connection must have (RFC 8705)"),
});

const listed = object<ListedSignIn>()("A stored sign-in, without its secrets", {
  url,
  account: text,
  name: text.nullable(),
  issuer: text,
  tokenType: text.nullable(),
  scope: scopes,
  expiresAt,
  signedIn: z.boolean().describe("true if the token is valid, or can be refreshed"),
});

const capabilities = object<CapabilitiesDocument>()("The result of capabilities", {
  versions: z.array(z.int()),
  actions: z.array(z.enum(ACTIONS)),
  interaction: z.array(z.literal("never")),
  tokenTypes: z.array(text),
  timeLimitSeconds: z.number(),
});

const error = object<CredentialError>()("Why there is no credential", {
  code: z.enum(ERROR_CODES),
  message: text,
  reason: code,
  command: z.array(text).nullable()
    .describe("arguments of the command that helps; null if none does"),
  retryAfterSeconds: seconds.nullable().describe("null if unknown"),
});

export const CREDENTIAL = z.union([
  z.strictObject({
    v: version,
    ok: z.union([
      credential,
      z.strictObject({ signIns: z.array(listed) }).describe("the result of list"),
      z.strictObject({ erased: z.boolean() })
        .describe("the result of erase; false if that token was not stored"),
      capabilities,
    ]),
  }).describe("a result"),
  z.strictObject({ v: version, error }).describe("a failure"),
  z.strictObject({
    apiVersion: text,
    kind: z.literal("ExecCredential"),
    status: z.strictObject({ token: text, expirationTimestamp: text.optional() }),
  }).describe("mcpass credential kubernetes"),
  headers.describe("mcpass credential headers"),
]).describe("A response of mcpass credential, or the output of headers or kubernetes");
