import * as z from "zod";
import { VERDICTS } from "../../audit/context/verdict.ts";
import { CLIENT_AUTH_METHODS } from "../../oauth/client/client_auth.ts";
import { code, finding, registration, relaxations, step, text, time, url } from "./schema.ts";

/** `src/store/entry_codec.ts` reads it: other members stay in the file. */
export const CREDENTIALS_FILE = z.looseObject({
  version: z.literal(1),
  serverUrl: url,
  accessToken: text.nullable().describe("null after a sign-out"),
  refreshToken: text.nullish(),
  idToken: text.nullish(),
  tokenType: text.nullish().describe("Bearer or DPoP (default: Bearer)"),
  obtainedAt: time.nullish(),
  expiresAt: time.nullish().describe("ISO 8601, UTC; null if unknown"),
  issuer: text.nullish(),
  clientId: text.nullish(),
  clientSecret: text.nullish(),
  clientSecretSource: z.enum(["given", "issued"]).nullish(),
  registration: registration.nullish(),
  redirectUrl: url.nullish(),
  scope: text.nullish().describe("granted scopes, separated by spaces"),
  requestedScopes: z.array(text).nullish(),
  resource: text.nullish(),
  tokenEndpoint: url.nullish().describe("without it the token cannot be refreshed"),
  revocationEndpoint: url.nullish(),
  introspectionEndpoint: url.nullish(),
  tokenAuthMethod: z.enum(CLIENT_AUTH_METHODS).nullish(),
  registrationClientUri: url.nullish().describe("RFC 7592"),
  registrationAccessToken: text.nullish().describe("RFC 7592"),
  privateKey: text.nullish().describe("JWK in JSON, for private_key_jwt"),
  dpopKey: text.nullish().describe("JWK in JSON (RFC 9449)"),
  authMode: text.nullish(),
  protocolVersion: text.nullish(),
  headerNames: z.array(text).nullish(),
  relaxed: relaxations.nullish(),
}).describe(
  "The file of --credentials-out and --credentials-file, version 1. Its values are secrets",
);

const at = time.optional();

const EVENTS = [
  z.strictObject({ event: z.literal("step_started"), at: time, step }),
  z.strictObject({
    event: z.literal("step_ended"),
    at: time,
    step,
    status: z.enum(["running", "done", "failed", "skipped"]),
    detail: text.optional(),
  }),
  z.strictObject({
    event: z.literal("authorization_url"),
    url,
    until: time.describe("when the sign-in times out"),
  }),
  z.strictObject({
    event: z.literal("device_code"),
    userCode: text,
    verificationUri: url,
    verificationUriComplete: url.nullable(),
    until: time,
  }),
  z.strictObject({ event: z.literal("waiting"), at: time, until: time }),
  finding.extend({ event: z.literal("finding") }),
  z.strictObject({ event: z.literal("note"), at, message: text }),
  z.strictObject({ event: z.literal("exchange"), message: text }).describe("--verbose"),
  z.strictObject({
    event: z.literal("check_ended"),
    id: text,
    verdict: z.enum(VERDICTS),
    message: text,
  }).describe("oauth conformance: the result of a check"),
  z.strictObject({
    event: z.literal("token_written"),
    at: time,
    path: text,
    expiresAt: time.nullable().describe("null if unknown"),
  }).describe("oauth token --watch: the file has a new token"),
  z.strictObject({ event: z.literal("token_removed"), at: time, path: text })
    .describe("oauth token --watch: the token has expired, and the file was removed"),
  z.looseObject({
    event: z.literal("error"),
    code,
    message: text,
    remedy: text.optional(),
  }).describe("why the command failed; with oauth token --watch, why there is no new token"),
] as const;

export const PROGRESS_EVENT = z.discriminatedUnion("event", EVENTS)
  .describe("A line of standard error with --progress json; mcpass help events");
