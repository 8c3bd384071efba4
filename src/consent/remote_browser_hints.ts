/** How a browser on another computer reaches the listener. @module */

import type { HostEnvironment } from "./host_environment.ts";

function sshCommand(port: number, { ssh, user }: HostEnvironment): string {
  const sshPort = ssh?.port === null || ssh?.port === undefined || ssh.port === 22
    ? ""
    : `-p ${ssh.port} `;
  return `ssh -L ${port}:127.0.0.1:${port} ${sshPort}${user ?? "<user>"}@${ssh?.host ?? "<host>"}`;
}

/** An environment whose browser may not reach 127.0.0.1 here, and what to do about it. */
interface Hint {
  readonly applies: (host: HostEnvironment) => boolean;
  readonly lines: (port: number, host: HostEnvironment) => readonly string[];
}

const HINTS: readonly Hint[] = [
  {
    applies: (host) => host.ssh !== null,
    lines: (port, host) => [
      "This is an SSH session. So that the browser on your own computer comes back here, keep this " +
      "running there (with the host name you know this machine by):",
      "",
      `  ${sshCommand(port, host)}`,
    ],
  },
  {
    applies: (host) => host.container === "pod",
    lines: (port, host) => [
      "This is a pod. So that the browser on your own computer comes back here, keep this running " +
      "there:",
      "",
      `  kubectl port-forward pod/${host.hostname ?? "<pod>"} ${port}:${port}`,
    ],
  },
  {
    applies: (host) => host.container === "container",
    lines: (port) => [
      "This is a container, and the browser outside comes back to 127.0.0.1, which here is the " +
      `container's own: "docker run -p 127.0.0.1:${port}:${port}" does not lead to it. Start the ` +
      "container with this, so that both share one network:",
      "",
      "  docker run --network host ...",
    ],
  },
  {
    applies: (host) => host.wsl,
    lines: (port) => [
      `This is WSL. The browser on Windows reaches 127.0.0.1:${port} here unless forwarding is off; ` +
      'then put this line under [wsl2] in %UserProfile%\\.wslconfig and run "wsl --shutdown":',
      "",
      "  localhostForwarding=true",
    ],
  },
  {
    applies: (host) => !host.display && host.ssh === null && host.container === null,
    lines: (port, host) => [
      "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). For a browser on " +
      "another computer, keep this running there:",
      "",
      `  ${sshCommand(port, host)}`,
    ],
  },
];

/**
 * The hints for a person, in lines; empty on an ordinary desktop.
 *
 * @param canPaste True if a person can paste the URL of the callback.
 */
export function remoteBrowserHints(
  port: number,
  host: HostEnvironment,
  canPaste: boolean,
): string[] {
  const lines = HINTS.filter((hint) => hint.applies(host))
    .flatMap((hint) => [...hint.lines(port, host), ""]);
  if (lines.length > 0 && canPaste) {
    lines.push(
      "Or let the browser fail to load the last page, and paste its whole address here.",
      "",
    );
  }
  return lines;
}
