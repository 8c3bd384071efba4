import * as z from "zod";
import type { StepRecord } from "../../core/step.ts";
import type { PlannedLogin, Verification } from "../../flow/context/login_result.ts";
import type { BegunDocument } from "../commands/login/hand_over/begun_document.ts";
import type { LoginDocument, PrintedCredentials } from "../commands/login/result/login_document.ts";
import {
  count,
  finding,
  milliseconds,
  object,
  registration,
  result,
  step,
  text,
  time,
  url,
} from "./schema.ts";

export const stepRecord = object<StepRecord>()("One run of a step", {
  step,
  status: z.enum(["running", "done", "failed", "skipped"]),
  startedAt: time,
  durationMs: milliseconds.nullable(),
  detail: text.optional(),
}).meta({ id: "step" });

const hiddenBy = z.enum(["--hide-secrets", "--credentials-out", "given"]).optional();

const credentials = object<PrintedCredentials>()("The issued credentials", {
  accessToken: text.nullable().describe("null if it is hidden"),
  refreshToken: text.nullable().describe("null if none was issued, or if it is hidden"),
  idToken: text.nullable().optional(),
  tokenType: text.describe("Bearer or DPoP, as the server sent it"),
  expiresIn: z.number().nullable().describe("seconds; null if unknown"),
  expiresAt: time.nullable().describe("ISO 8601, UTC; null if unknown"),
  scope: text.nullable().describe("granted scopes, separated by spaces; else the requested ones"),
  clientId: text,
  clientSecret: text.nullable().optional().describe("only if the authorization server issued it"),
  issuer: text,
  resource: text.nullable().describe("resource parameter (RFC 8707); null if it was not sent"),
  hidden: z.strictObject({
    accessToken: hiddenBy,
    refreshToken: hiddenBy,
    idToken: hiddenBy,
    clientSecret: hiddenBy,
  }).optional().describe("why a secret is null"),
}).refine(
  ({ hidden = {}, ...members }) =>
    Object.entries(members).every(([name, value]) =>
      !Object.hasOwn(hidden, name) || value === null
    ),
  "a hidden secret must be null",
).refine(
  ({ accessToken, hidden }) => accessToken !== null || hidden?.accessToken !== undefined,
  "an access token is null only if it is hidden",
);

const check = { passed: z.boolean(), durationMs: milliseconds, error: text.optional() };

const verification = object<Verification>()("--verify-tools and --verify-call-tool", {
  listTools: z.strictObject({ ...check, toolCount: count.optional() }).optional(),
  callTool: z.strictObject({ ...check, toolName: text }).optional(),
});

const plan = object<PlannedLogin>()("What the login would do (--dry-run)", {
  issuer: text,
  registration,
  tokenAuthMethod: text.nullable().describe("null if the registration decides it"),
  scope: text.nullable(),
  resource: text.nullable(),
  endpoints: z.strictObject({
    authorization: url.nullable(),
    token: url,
    registration: url.nullable(),
  }),
});

const begun = result<BegunDocument>()("A pending login (--begin)", {
  completed: z.literal(true).describe("same as ok"),
  url: url.describe("the page to open in a browser"),
  expiresAt: time.describe("until when the login can be finished, by the clock of the store"),
  urlExpiresAt: time.optional().describe(
    "until when the page must be opened, if the server says it",
  ),
  handle: text.optional().describe("secret; required to finish the login"),
  handleFile: text.optional().describe("the file of --handle-out, which has the handle"),
  redirectUrl: url,
  serverUrl: url,
  account: text,
  issuer: text,
  clientId: text,
  scope: text.nullable().describe("requested scopes, separated by spaces"),
  resource: text.nullable().describe("resource parameter (RFC 8707); null if it was not sent"),
  finish: text.describe("the command line that finishes the login"),
  wait: text.describe("the command line that waits for the sign-in"),
  findings: z.array(finding),
});

const finished = result<LoginDocument>()("Result of a login", {
  completed: z.boolean().describe("same as ok"),
  serverUrl: url,
  protocolVersion: text.describe("MCP revision; auto if the login ended before it was known"),
  registrationStrategy: registration.nullable(),
  authMode: text.nullable().describe("--auth-mode; null for an invalid value"),
  redirectUrl: url.nullable(),
  currentStep: step.describe("the last step that started"),
  steps: z.array(stepRecord),
  findings: z.array(finding),
  credentials: credentials.nullable().describe("null if no token was obtained"),
  verification: verification.nullable().describe("null if none was requested, or not reached"),
  plan: plan.optional(),
});

export const LOGIN = z.union([finished, begun]).describe("Result of a login, or of --begin");
