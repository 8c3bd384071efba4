/**
 * Refusals of an MCP server that another token did not end.
 *
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { visibleText } from "../../oauth/common/visible_text.ts";
import type { SignIn } from "../context/sign_in_needed.ts";

/** A refusal of the MCP server; what mends it depends on the sign-in. */
export interface Refusal extends Omit<Judgement, "remedy"> {
  /**
   * What to change: made from the sign-in, never by replacing a part of a text in which a server's
   * words stand too.
   */
  readonly remedy: (signIn: SignIn) => string;
}

/** Learns what a refusal that could not be mended comes to. */
export type ReportRefusal = (refusal: Refusal) => void;

/** Text, markup, JSON. */
export const READABLE = /^(text\/(?!event-stream)|application\/([\w.+-]+\+)?json)/i;

/** `; it says "…"`, or nothing; the response stays readable. */
export async function serverText(response: Response): Promise<string> {
  if (!READABLE.test(response.headers.get("content-type") ?? "")) return "";
  const words = visibleText(await response.clone().text().catch(() => ""));
  return words === "" ? "" : `; it says ${quoted(words, 200)}`;
}
