/** The members of a suite file and of a baseline. @module */

import * as z from "zod";
import { CLIENT_AUTH_METHODS } from "../../oauth/client/client_auth.ts";
import { REVISION_IDS } from "../../oauth/mcp/revision.ts";
import { GROUP_IDS } from "../context/verdict.ts";

export const REGISTRATIONS = ["dcr", "cimd", "preregistered"] as const;
export const AUTH_MODES = [
  "headless",
  "interactive",
  "device",
  "client_credentials",
  "none",
] as const;

const text = z.string().min(1);
const url = text.describe("URL");
const texts = z.array(text);
const checks = texts.describe("ids of checks; * matches any text");
const secret = text.describe("${env:NAME} or ${file:path}");
const revision = z.enum(REVISION_IDS);
const registration = z.enum(REGISTRATIONS);

const client = z.strictObject({
  id: text,
  secret: secret.nullish(),
  authMethod: z.enum(CLIENT_AUTH_METHODS).nullish(),
});

/** Of a server and of the defaults; null removes what the defaults say. */
const SETTINGS = {
  revisions: z.array(revision).min(1).nullish()
    .describe("MCP revisions (default: the newest that the server supports)"),
  registrations: z.array(registration).min(1).nullish()
    .describe("how mcpass gets its client (default: dcr, or preregistered with a client)"),
  exclude: z.array(z.strictObject({
    revision: revision.optional(),
    registration: registration.optional(),
    client: text.optional(),
  })).nullish().describe("combinations that do not run"),
  client: client.nullish(),
  clients: z.record(text, client).nullish().describe("several clients, by a name of your choice"),
  secondClient: client.nullish(),
  secondAccount: z.strictObject({ accessToken: secret }).nullish()
    .describe("as --second-account-token-file"),
  scopes: text.nullish().describe("as --scopes"),
  authMode: z.enum(AUTH_MODES).nullish().describe("who consents (default: headless)"),
  consentCommand: text.nullish().describe("as --consent-command"),
  redirectUrl: url.nullish(),
  safe: z.boolean().nullish().describe("as --safe"),
  consents: z.int().min(1).max(50).nullish().describe("as --consents"),
  maxRegistrations: z.int().min(1).max(200).nullish().describe("as --registrations"),
  maxWaitSeconds: z.int().min(1).max(3600).nullish().describe("as --max-wait"),
  browserClients: z.boolean().nullish().describe("as --browser-clients"),
  groups: z.array(z.enum(GROUP_IDS)).nullish(),
  only: checks.nullish(),
  skip: checks.nullish(),
  require: checks.nullish().describe("ids of checks that must not be skipped; * matches any text"),
  headers: z.record(text, secret).nullish().describe("header fields for the MCP server"),
  authorizationServer: url.nullish().describe("issuer; required with a client secret"),
  trustPkce: url.nullish(),
  cimdBase: url.nullish().describe("as --cimd-base"),
  cimdPort: z.int().min(1).max(65_535).nullish().describe("as --cimd-port"),
  accessToken: secret.nullish(),
  otherResource: url.nullish(),
  tokens: z.strictObject({ expired: secret.nullish(), otherAudience: secret.nullish() }).nullish(),
  stepUp: z.strictObject({
    tool: text,
    arguments: z.record(z.string(), z.unknown()).nullish(),
    scope: text.nullish(),
  }).nullish(),
};

const settings = z.strictObject(SETTINGS);

export const SUITE_FILE = z.strictObject({
  $schema: text.optional(),
  version: z.literal(1),
  name: text.optional().describe("in reports (default: suite)"),
  concurrency: z.int().min(1).max(64).optional()
    .describe("authorization servers that are audited at the same time (default: 8)"),
  timeoutMs: z.int().min(1000).optional().describe("time limit of one flow"),
  retries: z.int().min(0).max(5).optional()
    .describe("further attempts of a flow that did not reach the server (default: 0)"),
  defaults: settings.optional(),
  servers: z.array(z.strictObject({
    id: text.regex(/^[\w.-]+$/).describe("letters, digits, _ . and -"),
    url,
    ...SETTINGS,
  })).min(1),
  baseline: text.optional().describe("file with expected failures, relative to this file"),
}).describe("The file of oauth conformance-suite --config: JSON, JSON with comments, or YAML");

export const BASELINE_FILE = z.array(z.strictObject({
  flow: text.describe("server/revision/registration[/client]; * matches any text"),
  check: text.describe("id of a check"),
  verdict: z.enum(["failed", "warning", "inconclusive"]),
  reason: text.describe("why it is expected"),
  until: z.iso.date().optional().describe("last day on which it is expected"),
  issue: text.optional().describe("URL of the issue that tracks it"),
})).describe("The baseline of a suite: verdicts that are expected");

export type SuiteFile = z.output<typeof SUITE_FILE>;
export type FlowSettings = z.output<typeof settings>;
export type BaselineEntry = z.output<typeof BASELINE_FILE>[number];
export type RegistrationMode = typeof REGISTRATIONS[number];
