/** The flags for tokens and tools of the operator, and the members of the plan that they set. @module */

import { resolve } from "node:path";
import type { AuditPlan } from "../../../audit/context/audit.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import type { Judgement } from "../../../core/finding.ts";
import type { ClientCertificate } from "../../../oauth/client/client_certificate.ts";
import { isAccessToken } from "../../../oauth/common/issued_token.ts";
import { requires } from "../../args/flag_rules.ts";
import { serverUrl } from "../../args/url_value.ts";
import { path, scopes, text } from "../../args/values.ts";
import type { FlagRule } from "../../command/command.ts";
import { flagGroup, type OptionsOf, value } from "../../command/flag.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import {
  ACCESS_TOKEN_FLAGS,
  type CredentialSource,
  findCredentials,
  type SourceInvocation,
} from "../../shared/sign_in/credential_source.ts";
import { readJsonObject, readSecret } from "../../shared/input_files.ts";

export const AUDIT_TOKEN_FLAGS = {
  ...ACCESS_TOKEN_FLAGS,
  ...flagGroup("Tokens and tools:", {
    otherResource: value(
      "<url>",
      "URL of another server with the same authorization server, whose tokens must be refused",
      serverUrl,
    ),
    otherAudienceTokenFile: value(
      "<path>",
      "file with an access token for another server, or - for standard input",
      path,
    ),
    expiredTokenFile: value(
      "<path>",
      "file with an expired access token, or - for standard input",
      path,
    ),
    secondAccountTokenFile: value(
      "<path>",
      "file with an access token of another account, or - for standard input",
      path,
    ),
    clientCert: value(
      "<path>",
      "client certificate for tokens that are bound to it (RFC 8705): PEM with its chain",
      path,
    ),
    clientKey: value(
      "<path>",
      "private key of --client-cert: PEM, not encrypted (default: in the same file)",
      path,
    ),
    stepUpTool: value("<name>", "tool that needs more scope than the first sign-in requests", text),
    stepUpArgs: value("<json>", "arguments of --step-up-tool: a JSON object, @file or -", text),
    stepUpScope: value(
      "<scopes>",
      "scopes that --step-up-tool needs, and that the token must not have",
      scopes,
    ),
  }),
};

type TokenOptions = OptionsOf<typeof AUDIT_TOKEN_FLAGS>;

type AuditInvocation = SourceInvocation & { readonly options: TokenOptions };

const NAME_TOOL = "Add --step-up-tool <name>";

export const AUDIT_TOKEN_RULES: readonly FlagRule<typeof AUDIT_TOKEN_FLAGS>[] = [
  requires("stepUpArgs", ["stepUpTool"], {
    message: "--step-up-args requires --step-up-tool",
    remedy: NAME_TOOL,
  }),
  requires("stepUpScope", ["stepUpTool"], {
    message: "--step-up-scope requires --step-up-tool",
    remedy: NAME_TOOL,
  }),
  requires("clientKey", ["clientCert"], {
    message: "--client-key requires --client-cert",
    remedy: "Add the certificate with --client-cert <path>",
  }),
];

const isNamed = ({ account, credentialsFile }: TokenOptions): boolean =>
  account !== undefined || credentialsFile !== undefined;

/** Returns undefined if no sign-in was named: the audit then obtains its own tokens. */
function orNone(error: unknown, options: TokenOptions, session: CommandSession): undefined {
  const isFatal = !(error instanceof Failure) || error.kind === "usage" ||
    error.kind === "cancelled" || isNamed(options);
  if (isFatal) throw error;
  if (error.code !== "not_signed_in") {
    session.note(`the stored sign-in is not used: ${error.message}`);
  }
}

/** Finds `--access-token`, a credentials file or a stored sign-in, before the first request. */
export async function findTokens(
  session: CommandSession,
  invocation: AuditInvocation,
): Promise<CredentialSource | undefined> {
  const { serverUrl: url, runtime } = session;
  try {
    const source = await findCredentials(url, invocation, runtime);
    session.trustAsStored((await source.repository?.read())?.loginFlags);
    return source;
  } catch (error) {
    return orNone(error, invocation.options, session);
  }
}

async function givenTokens(
  session: CommandSession,
  options: TokenOptions,
  source: CredentialSource,
): Promise<Pick<AuditPlan, "accessToken" | "storedToken">> {
  const holder = source.holder(session, () => undefined, undefined);
  const token = await holder.token().catch((error) => orNone(error, options, session));
  if (token === undefined) return {};
  // Checks with a given token send no proof.
  if (holder.signer?.() !== undefined || holder.certificate?.() !== undefined) {
    session.note("the stored token is bound to a key or certificate, and is not used");
    return {};
  }
  session.secrets.add(token);
  return source.kind === "store" && !isNamed(options)
    ? { storedToken: token }
    : { accessToken: token };
}

function report({ emit }: CommandSession, findings: readonly Judgement[]): void {
  for (const finding of findings) {
    emit({ type: "finding", finding: { ...finding, step: "request" } });
  }
}

/** @throws Failure `invalid_value`, `file_unreadable`, `secret_…` (usage). */
async function tokenInFile(
  session: CommandSession,
  name: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const { secret, findings } = await readSecret(name, file, session.runtime.io);
  report(session, findings);
  session.secrets.add(secret);
  if (isAccessToken(secret)) return secret;
  throw usageFailure(
    "invalid_value",
    `${name}: the file does not contain an access token (RFC 6750 §2.1)`,
    "The file has to contain the token only, without Bearer or quotes",
  );
}

async function readCertificate(
  { clientCert, clientKey = clientCert }: TokenOptions,
  session: CommandSession,
): Promise<ClientCertificate | undefined> {
  if (clientCert === undefined || clientKey === undefined) return undefined;
  const { readClientCertificate } = await import("../../../flow/client/certificate_files.ts");
  const files = { certFile: resolve(clientCert), keyFile: resolve(clientKey) };
  const read = await readClientCertificate(files, "usage", () => Promise.resolve(undefined));
  for (const secret of read.secrets) session.secrets.add(secret);
  report(session, read.findings);
  return read;
}

/** The members of the plan that these flags set. */
export async function tokenPlan(
  session: CommandSession,
  options: TokenOptions,
  source: CredentialSource | undefined,
): Promise<Partial<AuditPlan>> {
  const { stepUpTool, stepUpArgs = "{}", stepUpScope, otherResource } = options;
  const read = (name: string, file: string | undefined) => tokenInFile(session, name, file);
  return {
    ...source === undefined ? {} : await givenTokens(session, options, source),
    otherResource,
    certificate: await readCertificate(options, session),
    tokens: {
      expired: await read("--expired-token-file", options.expiredTokenFile),
      otherAudience: await read("--other-audience-token-file", options.otherAudienceTokenFile),
      secondAccount: await read("--second-account-token-file", options.secondAccountTokenFile),
    },
    stepUp: stepUpTool === undefined ? undefined : {
      tool: stepUpTool,
      arguments: await readJsonObject("--step-up-args", stepUpArgs, session.runtime.io),
      scope: stepUpScope?.join(" "),
    },
  };
}
