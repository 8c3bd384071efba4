/** The request to sign in, with hints for a browser on another computer. @module */

import { wrap } from "../core/width.ts";
import type { HostEnvironment } from "./host_environment.ts";

function sshCommand(port: number, { ssh, user }: HostEnvironment): string {
  const sshPort = ssh === null || ssh.port === null || ssh.port === 22 ? "" : `-p ${ssh.port} `;
  return `ssh -L ${port}:127.0.0.1:${port} ${sshPort}${user ?? "<user>"}@${ssh?.host ?? "<host>"}`;
}

/** A situation in which a browser may not reach 127.0.0.1 here, and what to do about it. */
interface Hint {
  readonly applies: (host: HostEnvironment) => boolean;
  readonly text: (port: number) => string;
  readonly command: (port: number, host: HostEnvironment) => string;
  /** Shown instead if the person can paste the final URL and that is less work. */
  readonly pasteText?: string;
}

const PASTE = "If the final page does not load, paste its full URL here.";

const HINTS: readonly Hint[] = [
  {
    applies: ({ ssh }) => ssh !== null,
    text: () =>
      "This is an SSH session. To let a browser on your computer reach mcpass, keep this running there:",
    command: sshCommand,
  },
  {
    applies: ({ container }) => container === "pod",
    text: () =>
      "This is a pod. To let a browser on your computer reach mcpass, keep this running there:",
    command: (port, { hostname }) =>
      `kubectl port-forward pod/${hostname ?? "<pod>"} ${port}:${port}`,
  },
  {
    applies: ({ container }) => container === "container",
    text: (port) =>
      `This is a container: a browser outside cannot reach 127.0.0.1:${port} in it, not even with ` +
      '"docker run -p". Start the container with the network of the host:',
    command: () => "docker run --network host ...",
    pasteText:
      "This is a container: the final page may not load in a browser outside. If it does not, " +
      "paste its full URL here.",
  },
  {
    applies: ({ wsl }) => wsl,
    text: (port) =>
      `This is WSL. If the browser on Windows cannot reach 127.0.0.1:${port}, put this line under ` +
      '[wsl2] in %UserProfile%\\.wslconfig and run "wsl --shutdown":',
    command: () => "localhostForwarding=true",
    pasteText: PASTE,
  },
  {
    applies: ({ display, ssh, container }) => !display && ssh === null && container === null,
    text: () =>
      "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set). To use a browser on " +
      "another computer, keep this running there:",
    command: sshCommand,
  },
];

function hintLines(
  { opening, host, port, canPaste, columns }: AnnouncementParts,
): { readonly before: string[]; readonly paste: string | undefined } {
  // A browser that opens here can reach this machine; in WSL it is a program of Windows.
  const hints = opening && !host.wsl ? [] : HINTS.filter(({ applies }) => applies(host));
  const [short] = canPaste ? hints.flatMap(({ pasteText }) => pasteText ?? []) : [];
  const long = hints.filter(({ pasteText }) => !canPaste || pasteText === undefined);
  const before = long.flatMap(({ text, command }) => [
    ...wrap(text(port), columns),
    "",
    `  ${command(port, host)}`,
    "",
  ]);
  return { before, paste: short ?? (canPaste && !opening ? PASTE : undefined) };
}

interface AnnouncementParts {
  /** A URL that passed `browsableUrl`. */
  readonly url: string;
  readonly opening: boolean;
  /** True when the terminal displays links (OSC 8). */
  readonly link: boolean;
  readonly host: HostEnvironment;
  readonly port: number;
  readonly canPaste: boolean;
  readonly timeoutMs: number;
  readonly columns: number;
}

const MAX_LINK_LENGTH = 2083;

/**
 * The URL and commands are on lines of their own that are not wrapped, so they can be copied. The URL is
 * near the end: a small window still shows it.
 */
export function announcement(parts: AnnouncementParts): string {
  const { url, opening, link, timeoutMs, columns } = parts;
  const prose = (text: string) => wrap(text, columns);
  const server = new URL(url).host;
  const { before, paste } = hintLines(parts);
  const lines = [
    ...before,
    ...prose(
      opening
        ? `Opening a browser to sign in at ${server}. If none appears, open this URL:`
        : `To sign in at ${server}, open this URL in a browser:`,
    ),
    "",
    url,
    "",
  ];
  if (link && url.length <= MAX_LINK_LENGTH) {
    lines.push(`(or click: \x1b]8;;${url}\x1b\\sign in at ${server}\x1b]8;;\x1b\\)`, "");
  }
  if (paste !== undefined) lines.push(...prose(paste));
  const seconds = Math.ceil(timeoutMs / 1000);
  lines.push(...prose(`Waiting for the sign-in, at most ${seconds} s (Ctrl-C cancels).`));
  return `${lines.join("\n")}\n`;
}
