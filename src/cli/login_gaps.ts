/**
 * What a login still has to be told: asked for on a terminal, named all at once without one.
 *
 * @module
 */

import { type Failure, usageFailure } from "../core/failure.ts";
import type { Given, Source } from "./command.ts";
import { longName, variableName } from "./flag.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import type { Question } from "./prompter.ts";

/** An option that can be asked for. */
export type Askable =
  | "url"
  | "clientId"
  | "clientSecret"
  | "clientMetadataUrl"
  | "assertionFile"
  | "idpIssuer"
  | "idpClientId"
  | "idTokenFile";

/** One thing that may be missing. */
export interface Gap {
  /** The option that fills it. */
  readonly option: Askable;
  /** True when it is needed and not there. */
  missing(options: LoginOptions): boolean;
  /** Why it is needed, after the flag's name. */
  readonly reason: string;
  /** The question. */
  readonly message: string;
  /** An example answer. */
  readonly example?: string;
}

const needsSecret = (options: LoginOptions) =>
  options.privateKeyFile !== undefined
    ? false
    : options.clientId !== undefined || options.registration === "preregistered"
    ? options.authMode === "client_credentials" ||
      (options.tokenAuthMethod ?? "none") !== "none"
    : false;

const GAPS: readonly Gap[] = [
  {
    option: "url",
    missing: (options) => options.url === undefined,
    reason: "the MCP server to sign in to",
    message: "MCP server URL",
    example: "https://server.example/mcp",
  },
  {
    option: "clientId",
    missing: (options) =>
      options.registration === "preregistered" && options.clientId === undefined,
    reason: "--registration preregistered needs the client's id",
    message: "Client id, as the authorization server issued it",
  },
  {
    option: "clientSecret",
    missing: (options) =>
      needsSecret(options) && options.clientSecret === undefined &&
      options.clientSecretFile === undefined,
    reason: "this client has to authenticate at the token endpoint; better from " +
      "--client-secret-file or MCPASS_CLIENT_SECRET",
    message: "Client secret",
  },
  {
    option: "clientMetadataUrl",
    missing: (options) =>
      options.registration === "cimd" && options.clientMetadataUrl === undefined,
    reason: "--registration cimd needs the client's metadata document",
    message: "URL of the client ID metadata document",
    example: "https://app.example/client.json",
  },
  {
    option: "assertionFile",
    missing: (options) => options.authMode === "jwt_bearer" && options.assertionFile === undefined,
    reason: "--auth-mode jwt_bearer needs the workload's JWT",
    message: "File with the workload's JWT",
    example: "/var/run/secrets/tokens/mcp",
  },
  {
    option: "idpIssuer",
    missing: (options) => options.authMode === "enterprise" && options.idpIssuer === undefined,
    reason: "--auth-mode enterprise needs the identity provider",
    message: "Issuer of the identity provider",
    example: "https://idp.example",
  },
  {
    option: "idpClientId",
    missing: (options) => options.authMode === "enterprise" && options.idpClientId === undefined,
    reason: "--auth-mode enterprise needs the client that the ID token was issued to",
    message: "Client id at the identity provider",
  },
  {
    option: "idTokenFile",
    missing: (options) => options.authMode === "enterprise" && options.idTokenFile === undefined,
    reason: "--auth-mode enterprise needs an ID token of the person",
    message: "File with the ID token",
  },
];

/** The gaps of these options, in the order in which they are asked for. */
export function gapsIn(options: LoginOptions): readonly Gap[] {
  return GAPS.filter((gap) => gap.missing(options));
}

/** The question for a gap; its check is the flag's own reader. */
export function questionFor(gap: Gap): Question {
  const flag = LOGIN_FLAGS[gap.option];
  return {
    message: gap.message,
    example: gap.example,
    secret: flag.secret,
    check: (answer) => {
      const parsed = flag.read([answer]);
      if (!("problem" in parsed)) return undefined;
      return parsed.remedy === undefined ? parsed.problem : `${parsed.problem}. ${parsed.remedy}`;
    },
  };
}

/** One failure that names everything that is missing. */
export function missingFailure(gaps: readonly Gap[]): Failure {
  const names = gaps.map((gap) => longName(LOGIN_FLAGS[gap.option]));
  const reasons = gaps.map((gap) => {
    const flag = LOGIN_FLAGS[gap.option];
    return `${longName(flag)} (or ${variableName(flag)}): ${gap.reason}`;
  });
  return usageFailure(
    "missing_options",
    `missing ${names.join(", ")}`,
    `Give ${reasons.join("; ")}`,
  );
}

/**
 * Fills the gaps.
 *
 * @param ask Asks a person; undefined where nobody can be asked.
 * @throws Failure `missing_options` when nobody can be asked, `cancelled` when the person gave up.
 */
export async function fillGaps(
  given: Given<typeof LOGIN_FLAGS>,
  ask: ((question: Question) => Promise<string>) | undefined,
): Promise<Given<typeof LOGIN_FLAGS>> {
  const gaps = gapsIn(given.options);
  if (gaps.length === 0) return given;
  if (ask === undefined) throw missingFailure(gaps);
  let { options } = given;
  const sources = new Map<keyof LoginOptions, Source>(given.sources);
  const texts = new Map<keyof LoginOptions, readonly string[]>(given.texts);
  for (const gap of gaps) {
    const answer = await ask(questionFor(gap));
    const parsed = LOGIN_FLAGS[gap.option].read([answer]);
    if ("problem" in parsed) {
      throw usageFailure("invalid_value", `${gap.message}: ${parsed.problem}`, parsed.remedy);
    }
    options = { ...options, [gap.option]: parsed.value };
    sources.set(gap.option, "answer");
    texts.set(gap.option, [answer]);
  }
  return { ...given, options, sources, texts };
}
