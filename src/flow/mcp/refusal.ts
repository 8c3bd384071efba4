import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { mediaType } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import type { Secrets } from "../../trace/secrets.ts";
import { type SignIn, signInRemedy } from "../context/sign_in_needed.ts";

/** What the commands in a remedy are made from. */
export interface Commands {
  readonly signIn: SignIn;
  /** Undefined if the token cannot be refreshed. */
  readonly refresh?: PrintedCommand | undefined;
  /** Undefined in the command itself. */
  readonly doctor?: PrintedCommand | undefined;
}

export interface Refusal extends Omit<Judgement, "remedy"> {
  /**
   * The text is made from the sign-in, because replacing a part of a finished text could change
   * words of the server.
   */
  readonly remedy: (commands: Commands) => string;
}

export type ReportRefusal = (refusal: Refusal) => void;

/**
 * What the server says, as the end of a message that has already said `said`. The response stays
 * readable. An event stream may not end, so it is not read.
 */
export async function serverText(
  response: Response,
  said: string,
  { maskForeign: mask }: Pick<Secrets, "maskForeign">,
): Promise<string> {
  const { status, headers, url } = response;
  if (mediaType(response) === "text/event-stream") return "";
  const body = await response.clone().text().catch(() => "");
  const { words } = errorResponse({ url, status, headers, body, mask });
  return words === "" || said.includes(words) ? "" : `; it says ${quoted(words)}`;
}

/** For a 403 where the same request without a token gets 401: the server has read the token. */
export function tokenRefusedRemedy(commands: Partial<Commands>): string {
  const { signIn } = commands;
  return [
    'Compare "aud", "client_id" and "iss" of the token with what the server accepts, or ask the ' +
    "operator whether this account and client may use it",
    ...diagnosis(commands),
    ...signIn === undefined ? [] : [signInRemedy(signIn, "Sign in again")],
  ].join("\n");
}

export function diagnosis({ doctor }: Partial<Commands>): string[] {
  return doctor === undefined ? [] : [withCommand("Show details of the token", doctor)];
}

export const TOOL_ERROR_REMEDY =
  "The server ran the tool, which reported an error. Pass arguments with --tool-args '<json>'";

/** For a 403 that may be about the token or not. */
export const ACCESS_REMEDY =
  "Ask the operator: the server does not say whether it refuses the token, the account (its plan) or " +
  "the client (a firewall, an Origin check)";
