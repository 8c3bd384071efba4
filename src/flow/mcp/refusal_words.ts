/**
 * What the body of a refusal says to a person.
 *
 * @module
 */

import { quoted } from "../../core/text.ts";
import { visibleText } from "../../oauth/common/visible_text.ts";

/** Text, markup, JSON. */
const READABLE = /^(text\/(?!event-stream)|application\/([\w.+-]+\+)?json)/i;

/** `; it says "…"`, or nothing; the response stays readable. */
export async function refusalWords(response: Response): Promise<string> {
  if (!READABLE.test(response.headers.get("content-type") ?? "")) return "";
  const words = visibleText(await response.clone().text().catch(() => ""));
  return words === "" ? "" : `; it says ${quoted(words, 200)}`;
}
