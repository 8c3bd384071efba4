/** The text that asks a person to sign in. @module */

import { wrap } from "../core/wrap.ts";

/** The parts of an {@link announcement}. */
export interface AnnouncementParts {
  /** A URL that passed `browsableUrl`. */
  readonly url: string;
  /** True when mcpass opens a browser. */
  readonly opening: boolean;
  /** True when the terminal displays links (OSC 8). */
  readonly link: boolean;
  /** How a browser on another computer reaches the listener, in lines. */
  readonly hints: readonly string[];
  /** Milliseconds until the wait ends. */
  readonly timeoutMs: number;
  readonly columns: number;
}

const MAX_LINK_LENGTH = 2083;

function terminalLink(url: string, text: string): string {
  return `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\`;
}

/** Writes the text. The URL has a line of its own and is not wrapped, so that it can be copied. */
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
    ...(link && url.length <= MAX_LINK_LENGTH
      ? [`In most terminals this is a link to it: ${terminalLink(url, `sign in at ${host}`)}`, ""]
      : []),
    // Indented lines are commands to copy: they are not wrapped.
    ...hints.flatMap((hint) => hint === "" || hint.startsWith(" ") ? [hint] : prose(hint)),
    ...prose(`Waiting for the sign-in, at most ${Math.ceil(timeoutMs / 1000)} s (Ctrl-C cancels).`),
  ];
  return `${lines.join("\n")}\n`;
}
