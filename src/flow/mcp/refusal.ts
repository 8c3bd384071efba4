import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { visibleText } from "../../oauth/common/endpoint_response.ts";
import type { SignIn } from "../context/sign_in_needed.ts";

export interface Refusal extends Omit<Judgement, "remedy"> {
  /**
   * The text is made from the sign-in, because replacing a part of a finished text could change
   * words of the server.
   */
  readonly remedy: (signIn: SignIn) => string;
}

export type ReportRefusal = (refusal: Refusal) => void;

const READABLE = /^(text\/(?!event-stream)|application\/([\w.+-]+\+)?json)/i;

/** `; it says "…"`, or nothing. The response stays readable. */
export async function serverText(response: Response): Promise<string> {
  if (!READABLE.test(response.headers.get("content-type") ?? "")) return "";
  const words = visibleText(await response.clone().text().catch(() => ""));
  return words === "" ? "" : `; it says ${quoted(words, 200)}`;
}

export const POLICY_REMEDY =
  "This is a refusal by policy (a firewall, an Origin check, a plan), not for a missing scope: " +
  "ask the operator";
