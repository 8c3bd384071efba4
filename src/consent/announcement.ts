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
}

const HINTS: readonly Hint[] = [
  {
    applies: ({ ssh }) => ssh !== null,
    text: () =>
      "This is an SSH session. So that the browser on your own computer comes back here, keep this " +
      "running there (with the host name you know this machine by):",
    command: sshCommand,
  },
  {
    applies: ({ container }) => container === "pod",
    text: () =>
      "This is a pod. So that the browser on your own computer comes back here, keep this running " +
      "there:",
    command: (port, { hostname }) =>
      `kubectl port-forward pod/${hostname ?? "<pod>"} ${port}:${port}`,
  },
  {
    applies: ({ container }) => container === "container",
    text: (port) =>
      "This is a container, and the browser outside comes back to 127.0.0.1, which here is the " +
      `container's own: "docker run -p 127.0.0.1:${port}:${port}" does not lead to it. Start the ` +
      "container with this, so that both share one network:",
    command: () => "docker run --network host ...",
  },
  {
    applies: ({ wsl }) => wsl,
    text: (port) =>
      `This is WSL. The browser on Windows reaches 127.0.0.1:${port} here unless forwarding is off; ` +
      'then put this line under [wsl2] in %UserProfile%\\.wslconfig and run "wsl --shutdown":',
    command: () => "localhostForwarding=true",
  },
  {
    applies: ({ display, ssh, container }) => !display && ssh === null && container === null,
    text: () =>
      "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). For a browser on " +
      "another computer, keep this running there:",
    command: sshCommand,
  },
];

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

/** URL and commands are on lines of their own that are not wrapped, so they can be copied. */
export function announcement(parts: AnnouncementParts): string {
  const { url, opening, link, host, port, canPaste, timeoutMs, columns } = parts;
  const prose = (text: string) => wrap(text, columns);
  const server = new URL(url).host;
  const hints = HINTS.filter(({ applies }) => applies(host));
  const lines = [
    ...prose(
      opening
        ? `Opening a browser to sign in at ${server}. If none appears, open this address:`
        : `To sign in at ${server}, open this address in a browser:`,
    ),
    "",
    url,
    "",
  ];
  if (link && url.length <= MAX_LINK_LENGTH) {
    const target = `\x1b]8;;${url}\x1b\\sign in at ${server}\x1b]8;;\x1b\\`;
    lines.push(`Or click this link, in most terminals: ${target}`, "");
  }
  for (const { text, command } of hints) {
    lines.push(...prose(text(port)), "", `  ${command(port, host)}`, "");
  }
  if (hints.length > 0 && canPaste) {
    lines.push(
      ...prose("If the final page does not load, paste its complete address here."),
      "",
    );
  }
  const seconds = Math.ceil(timeoutMs / 1000);
  lines.push(...prose(`Waiting for the sign-in, at most ${seconds} s (Ctrl-C cancels).`));
  return `${lines.join("\n")}\n`;
}
