import { usageFailure } from "../../../core/failure.ts";
import type { TokenHolder } from "../../../flow/mcp/authorized_fetch.ts";
import type { RefreshEffects } from "../../../flow/context/effects.ts";
import {
  type CredentialRepository,
  storeRepository,
} from "../../../flow/credentials/credential_repository.ts";
import type { StoredTokenOptions } from "../../../flow/credentials/stored_token.ts";
import type { ReportRefusal } from "../../../flow/mcp/refusal.ts";
import { isAccessToken } from "../../../oauth/common/issued_token.ts";
import type { StoredFlags } from "../../../store/stored_entry.ts";
import type { Source } from "../../command/command.ts";
import {
  flagGroup,
  longName,
  type OptionsOf,
  type Parsed,
  problem,
  secretValue,
  value,
  variableName,
} from "../../command/flag.ts";
import { findStoredSignIn, type SourceRuntime } from "./find_sign_in.ts";
import { obtainedAt, openStoreAs, STORE_FLAGS, storeMode } from "./store_options.ts";
import { path } from "../../args/values.ts";
import { REQUEST_FLAGS } from "../../args/common_flags.ts";
import { serverUrl } from "../../args/url_value.ts";

const GROUP = "Credentials:";

/** Accepts what an `Authorization` header can carry (RFC 6750 §2.1). */
function accessToken(text: string): Parsed<string> {
  return isAccessToken(text) ? { value: text } : problem(
    "the value is not a valid access token (RFC 6750 §2.1)",
    "Use the token only, without Bearer or quotes",
  );
}

const STORED_FLAGS = flagGroup(GROUP, {
  credentialsFile: value(
    "<path>",
    "use the credentials in this file (from --credentials-out) instead of the store",
    path,
  ),
  ...STORE_FLAGS,
});

export const SIGN_IN_SERVER_FLAGS = flagGroup("Server:", {
  url: value("<url>", "the server: the same as the argument <server>", serverUrl),
});

export const STORED_SIGN_IN_FLAGS = { ...SIGN_IN_SERVER_FLAGS, ...STORED_FLAGS, ...REQUEST_FLAGS };

export const ACCESS_TOKEN_FLAGS = {
  ...flagGroup(GROUP, {
    accessToken: secretValue(
      "<token>",
      "access token to use; safer in MCPASS_ACCESS_TOKEN",
      accessToken,
    ),
    oauthAccessToken: secretValue("<token>", "the same as --access-token", accessToken),
  }),
  ...STORED_FLAGS,
};

type AccessTokenOptions = OptionsOf<typeof ACCESS_TOKEN_FLAGS>;

interface SourceOptions
  extends
    OptionsOf<typeof STORED_FLAGS>,
    Partial<Pick<AccessTokenOptions, "accessToken" | "oauthAccessToken">> {
  readonly noInput: boolean;
  readonly caFile?: string | undefined;
  readonly caStore?: string | undefined;
  readonly proxy?: string | undefined;
  readonly stepTimeout?: number | undefined;
}

export interface SourceInvocation {
  readonly options: SourceOptions;
  readonly sources: ReadonlyMap<string, Source>;
}

interface RepositorySource {
  readonly kind: "file" | "store";
  readonly repository: CredentialRepository;
  /** Account label; undefined for a file. */
  readonly account: string | undefined;
  /** When the token of a store was obtained; empty without one. */
  readonly obtainedAt: string;
  readonly loginFlags: StoredFlags | undefined;
}

export interface CredentialSource extends Partial<Omit<RepositorySource, "kind">> {
  readonly kind: "token" | "file" | "store";
  readonly where: string;
  /** @param report Called for a refusal that neither a refresh nor a step-up fixed. */
  holder(
    deps: RefreshEffects,
    report: ReportRefusal,
    stepUp: StoredTokenOptions["stepUp"],
  ): TokenHolder;
}

type Name = "accessToken" | "oauthAccessToken" | "credentialsFile" | "account" | "store";

/** Options that name credentials. Options of two different groups contradict each other. */
const TOKEN_OR_FILE: readonly (readonly Name[])[] = [
  ["accessToken", "oauthAccessToken"],
  ["credentialsFile"],
];
const OPTION_GROUPS = [...TOKEN_OR_FILE, ["account", "store"] as const];

/** The options without the variables that a flag overrides. */
function resolveSourceConflicts({ options, sources }: SourceInvocation): SourceOptions {
  const givenBy = (origin: Source, groups: readonly (readonly Name[])[]) =>
    groups.map((group) => group.filter((it) => sources.get(it) === origin))
      .filter((group) => group.length > 0);
  const typed = givenBy("flag", OPTION_GROUPS);
  // The variables of an account and a store are defaults: they contradict nothing.
  const rivals = typed.length > 0 ? typed : givenBy("variable", TOKEN_OR_FILE);
  if (rivals.length > 1) {
    const names = rivals.map(([name = "store"]) => {
      const flag = ACCESS_TOKEN_FLAGS[name];
      return sources.get(name) === "variable" ? variableName(flag) : longName(flag);
    });
    throw usageFailure(
      "conflicting_credentials",
      `${names.join(" and ")} name different credentials`,
      "Use one of them",
    );
  }
  const [winner] = rivals;
  if (winner === undefined) return options;
  const losers = OPTION_GROUPS.filter((group) => !group.some((name) => winner.includes(name)));
  return { ...options, ...Object.fromEntries(losers.flat().map((name) => [name, undefined])) };
}

function accessTokenOf({ accessToken, oauthAccessToken }: SourceOptions): string | undefined {
  const token = accessToken ?? oauthAccessToken;
  if (oauthAccessToken !== undefined && token !== oauthAccessToken) {
    throw usageFailure(
      "conflicting_credentials",
      "--access-token and --oauth-access-token are the same option, with two different tokens",
      "Use one of them",
    );
  }
  return token;
}

/** `--credentials-file`, else the store. */
export async function findCredentialRepository(
  serverUrl: string,
  invocation: SourceInvocation,
  runtime: SourceRuntime,
  orRegistered = false,
): Promise<RepositorySource> {
  const options = resolveSourceConflicts(invocation);
  if (options.credentialsFile !== undefined) {
    const { fileRepository } = await import("../../../flow/credentials/file_repository.ts");
    const repository = fileRepository(
      options.credentialsFile,
      serverUrl,
      options.stepTimeout,
    );
    const { loginFlags } = await repository.read() ?? {};
    return { kind: "file", repository, account: undefined, obtainedAt: "", loginFlags };
  }
  const store = await openStoreAs(storeMode(options), runtime, options);
  const found = await findStoredSignIn(store, serverUrl, options, runtime, orRegistered);
  const { key, account, loginFlags } = found;
  const repository = storeRepository(store, key);
  return { kind: "store", repository, account, obtainedAt: obtainedAt(found), loginFlags };
}

/**
 * `--access-token`, `--credentials-file`, else the store. A flag overrides a variable.
 * @throws Failure `conflicting_credentials`, `account_ambiguous`, `credentials_file_…`, `not_signed_in`.
 */
export async function findCredentials(
  serverUrl: string,
  invocation: SourceInvocation,
  runtime: SourceRuntime,
): Promise<CredentialSource> {
  const token = accessTokenOf(resolveSourceConflicts(invocation));
  const { givenToken, storedToken } = await import("../../../flow/credentials/stored_token.ts");
  if (token !== undefined) {
    return {
      kind: "token",
      where: "the command line",
      holder(deps, report) {
        deps.secrets.add(token);
        return givenToken(token, report, deps.secrets);
      },
    };
  }
  const stored = await findCredentialRepository(serverUrl, invocation, runtime);
  const { repository } = stored;
  return {
    ...stored,
    where: repository.where,
    holder: (deps, report, stepUp) => storedToken({ stepUp, deps, repository, serverUrl, report }),
  };
}
