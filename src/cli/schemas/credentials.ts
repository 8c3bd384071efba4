import * as z from "zod";
import { CLIENT_AUTH_METHODS } from "../../oauth/client/client_auth.ts";
import type { StoreDescription } from "../../store/store.ts";
import type { ClientDocument } from "../commands/client/client_command.ts";
import type { DecodedToken } from "../commands/credentials/decode_token.ts";
import type { LogoutDocument } from "../commands/credentials/logout_command.ts";
import type {
  ConfigImportDocument,
  ImportedDocument,
  ServerDocument,
} from "../commands/config/import_document.ts";
import type { RenameDocument } from "../commands/credentials/rename_command.ts";
import type { RefreshDocument } from "../commands/credentials/refresh_command.ts";
import type { StatusDocument } from "../commands/credentials/status_command.ts";
import type { TokenDocument } from "../commands/credentials/token_text.ts";
import {
  error,
  finding,
  foreign,
  object,
  registration,
  relaxations,
  result,
  text,
  time,
  url,
} from "./schema.ts";

const account = text.nullable().describe("--account; null for a credentials file");
const where = text.describe("where the sign-in is stored");

const TOKEN = result<TokenDocument>()("A valid access token (--format json)", {
  accessToken: text.min(1),
  tokenType: text.describe("Bearer or DPoP"),
  expiresAt: time.nullable().describe("ISO 8601, UTC; null if unknown"),
  scope: text.nullable().describe("granted scopes, separated by spaces"),
  serverUrl: url,
  account: text,
  issuer: text,
  resource: text.nullable(),
  relaxations,
});

const judgements = z.array(finding.omit({ step: true }));

const DECODED_TOKEN = result<DecodedToken>()("An access token, decoded (--decode)", {
  serverUrl: url.nullable(),
  account,
  format: z.enum(["jwt", "jwe", "opaque"]),
  header: foreign.nullable(),
  claims: foreign.nullable().describe("no signature was verified"),
  times: z.record(z.string(), text).describe("exp, iat, nbf and auth_time as ISO 8601, UTC"),
  tokenType: text.nullable(),
  scope: text.nullable(),
  clientId: text.nullable(),
  issuer: text.nullable(),
  resource: text.nullable(),
  expiresAt: text.nullable().describe("ISO 8601, UTC"),
  findings: judgements as z.ZodType as z.ZodType<DecodedToken["findings"]>,
});

export const TOKENS = z.union([TOKEN, DECODED_TOKEN])
  .describe("A valid access token (--format json), or its header and claims (--decode)");

const store = object<StoreDescription>()("Where sign-ins are stored", {
  mode: z.enum(["auto", "keyring", "file", "postgres", "none"]),
  folder: text.nullable().describe("null with --store none and --store postgres"),
  keyring: text.nullable().describe("helper program of the keyring"),
  text: text,
});

const entry = object<StatusDocument["entries"][number]>()("A stored sign-in, without its secrets", {
  serverUrl: url,
  name: text.nullable().describe("--name; every command accepts it instead of the URL"),
  account: text,
  subject: text.optional().describe("the user that the ID token names"),
  signedIn: z.boolean().describe("true if the token is valid, or can be refreshed"),
  due: z.enum(["nothing", "refresh", "sign_in"]),
  issuer: text,
  clientId: text,
  registration,
  clientType: z.enum(["public", "confidential"]),
  tokenAuthMethod: z.enum(CLIENT_AUTH_METHODS).describe("none for a public client"),
  registrationManaged: z.boolean().describe("true if mcpass oauth client can change the client"),
  registeredOnly: z.boolean().optional().describe(
    "true if only the client is registered, without a sign-in",
  ),
  certificate: z.strictObject({
    certFile: text,
    keyFile: text,
    passphraseFile: text.optional(),
    boundToken: z.boolean(),
  }).optional(),
  authMode: text,
  tokenType: text.nullable(),
  state: z.enum(["valid", "expired", "lifetime_unknown", "gone", "refused"])
    .describe("refused: only with --check"),
  obtainedAt: time.nullable(),
  expiresAt: time.nullable().describe("ISO 8601, UTC; null if unknown"),
  renewable: z.boolean().describe("true if the token can be refreshed without a person"),
  scope: text.nullable(),
  requestedScopes: z.array(text).nullable(),
  resource: text.nullable(),
  protocolVersion: text,
  relaxations,
  headerNames: z.array(text),
  secretsIn: z.enum(["file", "keyring", "postgres"]),
  storedIn: text.describe("path of the file, or the database"),
  written: z.strictObject({ by: text.describe("machine and process"), at: time }).optional()
    .describe("who wrote the sign-in last; absent in a file store"),
  obtained: z.strictObject({
    event: text.describe("signed_in, refreshed or imported"),
    by: text.describe("machine and process"),
    at: time,
  }).optional()
    .describe("who obtained these tokens, how and when; absent in a file store"),
  refreshCutOff: text.optional().describe("start of a refresh that was interrupted"),
  refreshBy: text.optional().describe("machine and process of that refresh"),
  moved: z.strictObject({ at: time, to: text }).optional()
    .describe("where the tokens are now: mcpass oauth export or store copy moved them"),
  check: z.strictObject({
    by: z.enum(["introspection", "probe", "nobody"]),
    accepted: z.boolean().nullable(),
    detail: text,
  }).optional().describe("--check"),
});

export const STATUS = result<StatusDocument>()("Stored sign-ins", {
  completed: z.boolean().describe("same as ok"),
  store,
  entries: z.array(entry),
  problems: z.array(error).describe("sign-ins that cannot be read"),
});

export const REFRESH = result<RefreshDocument>()("A refreshed sign-in", {
  completed: z.boolean().describe("same as ok"),
  renewed: z.boolean().describe("false if another process had just refreshed it"),
  serverUrl: url,
  account,
  issuer: text,
  expiresAt: time.nullable(),
  scope: text.nullable(),
  refreshTokenReplaced: z.boolean(),
  where,
  relaxations,
});

export const RENAME = result<RenameDocument>()("A sign-in with its new name", {
  completed: z.boolean().describe("same as ok"),
  serverUrl: url,
  account: text,
  name: text,
  formerName: text.nullable().describe("null if it is unknown"),
});

const revoked = z.boolean().nullable().describe("null if there was no token or no endpoint");

export const LOGOUT = result<LogoutDocument>()("Deleted sign-ins", {
  completed: z.boolean().describe("same as ok"),
  signedOut: z.array(z.strictObject({
    serverUrl: url,
    account,
    issuer: text.nullable(),
    deleted: z.boolean(),
    revoked: z.strictObject({ refreshToken: revoked, accessToken: revoked }),
    notRevoked: z.array(z.strictObject({
      token: z.enum(["refreshToken", "accessToken"]),
      validUntil: text.nullable().describe("ISO 8601, UTC; null if unknown"),
    })).describe("tokens that remain valid"),
    note: text.nullable(),
    unregistered: z.boolean().nullable().describe("--unregister"),
    findings: judgements as z.ZodType as z.ZodType<LogoutDocument["signedOut"][number]["findings"]>,
  })),
  problems: z.array(error),
});

export const CLIENT = result<ClientDocument>()("The registration of the client (RFC 7592)", {
  completed: z.boolean().describe("same as ok"),
  action: z.enum(["show", "update", "delete"]),
  serverUrl: url,
  account,
  issuer: text,
  clientId: text,
  registrationUri: url.nullable().describe("registration_client_uri"),
  metadata: foreign.nullable().describe("client metadata as the server has it; null after delete"),
  changed: z.array(text).describe("members that the update changed"),
  registrationTokenReplaced: z.boolean(),
  where,
});

const candidate = object<ImportedDocument>()("A sign-in of another client", {
  serverUrl: url.nullable().describe("null if the other client stores only a hash of it"),
  client: text,
  name: text.nullable().describe("the client's own name for the server"),
  path: text,
  issuer: text.nullable(),
  clientId: text.nullable(),
  scope: text.nullable(),
  expiresAt: text.nullable().describe("ISO 8601, UTC; null if unknown"),
  hasRefreshToken: z.boolean(),
  status: z.enum(["available", "unavailable", "imported", "failed"]),
  reason: text.nullable().describe("why it is not available, or not imported"),
  moved: z.boolean().nullable().describe("true if the tokens were removed from the other client"),
  account,
});

const configured = object<ServerDocument>()("A server in a configuration of another client", {
  serverUrl: url.nullable().describe("null if mcpass cannot use it"),
  problem: text.nullable(),
  name: text,
  client: text,
  path: text,
  headerNames: z.array(text),
  hasStaticSecret: z.boolean().describe("true if a header or the URL has a secret"),
  signedIn: z.boolean().describe("true if a sign-in for it is stored"),
});

export const CONFIG_IMPORT = result<ConfigImportDocument>()(
  "Sign-ins and servers of other clients",
  {
    completed: z.boolean().describe("same as ok"),
    signIns: z.array(candidate),
    servers: z.array(configured),
    problems: z.array(error).describe("files that cannot be read"),
  },
);
