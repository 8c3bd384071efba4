import { type PrintedCommand, withCommand } from "../../core/command_text.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { visibleText } from "../../oauth/common/endpoint_response.ts";
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

const READABLE = /^(text\/(?!event-stream)|application\/([\w.+-]+\+)?json)/i;

/** `; it says "…"`, or nothing. The response stays readable. */
export async function serverText(response: Response): Promise<string> {
  if (!READABLE.test(response.headers.get("content-type") ?? "")) return "";
  const words = visibleText(await response.clone().text().catch(() => ""));
  return words === "" ? "" : `; it says ${quoted(words, 200)}`;
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
  return doctor === undefined ? [] : [withCommand("To see more about the token, run", doctor)];
}

export const TOOL_ERROR_REMEDY =
  "The server ran the tool, which reported an error. Pass arguments with --tool-args '<json>'";

/** For a 403 that may be about the token or not. */
export const ACCESS_REMEDY =
  "The server does not say whether this is about the token, the account or the client (a plan, a " +
  "firewall, an Origin check): ask the operator";
