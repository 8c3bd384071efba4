import { REQUEST_FLAGS, RESULT_FLAGS, SERVER_FLAGS } from "../args/common_flags.ts";
import { VERSION_FLAG } from "../args/version_value.ts";
import type { OptionsOf } from "../command/flag.ts";
import type { SessionNeeds } from "./command_session.ts";
import { ACCESS_TOKEN_FLAGS, type SourceInvocation } from "./credential_source.ts";

export const TOKEN_COMMAND_FLAGS = {
  ...SERVER_FLAGS,
  protocolVersion: VERSION_FLAG,
  ...ACCESS_TOKEN_FLAGS,
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

export type TokenCommandOptions = OptionsOf<typeof TOKEN_COMMAND_FLAGS>;

export interface TokenCommandInvocation extends SourceInvocation {
  readonly options: TokenCommandOptions;
}

export const TOKEN_NOTES: readonly string[] = [
  "The token is --access-token (or MCPASS_ACCESS_TOKEN), else that of --credentials-file, else the " +
  "stored sign-in. A kept token is renewed when it expires or is refused; when the server wants " +
  "more scope, a person at a terminal is asked to sign in for it.",
];

/** @param attempted A phrase between "could not" and the URL. */
export function tokenNeeds(
  { options, sources }: TokenCommandInvocation,
  attempted: string,
): Partial<SessionNeeds> {
  const typed = ["accessToken", "oauthAccessToken"].some((name) => sources.get(name) === "flag");
  const warning =
    "a token on the command line stands in the shell's history and in the list of processes; " +
    "MCPASS_ACCESS_TOKEN and mcpass login do not leave it there";
  return { ...serverNeeds(options.url, attempted), warnings: typed ? [warning] : [] };
}

export function serverNeeds(url: string | undefined, attempted: string): Partial<SessionNeeds> {
  return {
    attempted: `could not ${attempted} ${url}`,
    // The result states the outcome of each step.
    shows: ({ type }) => type !== "step_started" && type !== "step_ended",
  };
}
