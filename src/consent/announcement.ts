/**
 * What a person reads when it is time to sign in.
 *
 * @module
 */

import { wrap } from "../core/wrap.ts";

/** What the announcement is made from. */
export interface AnnouncementParts {
  /** A URL that passed `browsableUrl`. */
  readonly url: string;
  /** True when a browser is being opened. */
  readonly opening: boolean;
  /** True where the terminal understands links. */
  readonly link: boolean;
  /** Lines on reaching the listener from elsewhere. */
  readonly hints: readonly string[];
  /** Milliseconds until the wait ends. */
  readonly timeoutMs: number;
  /** Columns of the terminal. */
  readonly columns: number;
}

/** Longest URL that terminals accept in a link. */
const LONGEST_LINK = 2083;

/** A terminal link (OSC 8). */
function terminalLink(url: string, text: string): string {
  return `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\`;
}

/** The text; the URL stands bare and unwrapped on a line of its own. */
export function announcement(parts: AnnouncementParts): string {
  const { url, opening, link, hints, timeoutMs, columns } = parts;
  const prose = (text: string) => wrap(text, columns);
  const { host } = new URL(url);
  const lines = [
    ...prose(
      opening
        ? `Opening a browser to sign in at ${host}. If none appears, open this address:`
        : `To sign in at ${host}, open this address in a browser:`,
    ),
    "",
    url,
    "",
    ...(link && url.length <= LONGEST_LINK
      ? [`In most terminals this is a link to it: ${terminalLink(url, `sign in at ${host}`)}`, ""]
      : []),
    // What is indented is to be copied, and stays whole.
    ...hints.flatMap((hint) => hint === "" || hint.startsWith(" ") ? [hint] : prose(hint)),
    ...prose(`Waiting for the sign-in, at most ${Math.ceil(timeoutMs / 1000)} s (Ctrl-C cancels).`),
  ];
  return `${lines.join("\n")}\n`;
}
