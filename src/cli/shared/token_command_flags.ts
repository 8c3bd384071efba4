import { PROGRESS_FLAG, REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../args/common_flags.ts";
import { VERSION_FLAG } from "../args/version_value.ts";
import type { OptionsOf } from "../command/flag.ts";
import type { SessionNeeds } from "./command_session.ts";
import { ACCESS_TOKEN_FLAGS, type SourceInvocation } from "./sign_in/credential_source.ts";

export const TOKEN_COMMAND_FLAGS = {
  ...SERVER_FLAGS,
  protocolVersion: VERSION_FLAG,
  ...ACCESS_TOKEN_FLAGS,
  ...PROGRESS_FLAG,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

export type TokenCommandOptions = OptionsOf<typeof TOKEN_COMMAND_FLAGS>;

export interface TokenCommandInvocation extends SourceInvocation {
  readonly options: TokenCommandOptions;
}

export const TOKEN_NOTES: readonly string[] = [
  "mcpass uses the token of --access-token (or MCPASS_ACCESS_TOKEN), else of --credentials-file, else " +
  "of the stored sign-in, which it refreshes if it has expired or is refused. If the server requires " +
  "more scope, mcpass asks you on a terminal to sign in again.",
];

export function tokenNeeds(
  { sources }: Pick<SourceInvocation, "sources">,
): Partial<SessionNeeds> {
  const typed = ["accessToken", "oauthAccessToken"].some((name) => sources.get(name) === "flag");
  const warning =
    "a token on the command line is visible in the shell history and in process lists: use " +
    "MCPASS_ACCESS_TOKEN or mcpass login";
  return { ...HIDES_STEPS, warnings: typed ? [warning] : [] };
}

/** The result states the outcome of each step. */
export const HIDES_STEPS: Partial<SessionNeeds> = {
  shows: ({ type }) => type !== "step_started" && type !== "step_ended",
};
