/**
 * How a browser elsewhere reaches the listener here.
 *
 * @module
 */

import type { Surroundings } from "./surroundings.ts";

function sshLine(port: number, { ssh, user }: Surroundings): string {
  const sshPort = ssh?.port === null || ssh?.port === undefined || ssh.port === 22
    ? ""
    : `-p ${ssh.port} `;
  return `ssh -L ${port}:127.0.0.1:${port} ${sshPort}${user ?? "<user>"}@${ssh?.host ?? "<host>"}`;
}

/** One place to be in: when it holds, and what to do there. */
interface Place {
  readonly holds: (where: Surroundings) => boolean;
  readonly lines: (port: number, where: Surroundings) => readonly string[];
}

/** Every place in which a browser may not reach 127.0.0.1 as it stands. */
const PLACES: readonly Place[] = [
  {
    holds: (where) => where.ssh !== null,
    lines: (port, where) => [
      "This is an SSH session. So that the browser on your own computer comes back here, keep this " +
      "running there (with the host name you know this machine by):",
      "",
      `  ${sshLine(port, where)}`,
    ],
  },
  {
    holds: (where) => where.container === "pod",
    lines: (port, where) => [
      "This is a pod. So that the browser on your own computer comes back here, keep this running " +
      "there:",
      "",
      `  kubectl port-forward pod/${where.hostname ?? "<pod>"} ${port}:${port}`,
    ],
  },
  {
    holds: (where) => where.container === "container",
    lines: (port) => [
      "This is a container, and the browser outside comes back to 127.0.0.1, which here is the " +
      `container's own: "docker run -p 127.0.0.1:${port}:${port}" does not lead to it. Start the ` +
      "container with this, so that both share one network:",
      "",
      "  docker run --network host ...",
    ],
  },
  {
    holds: (where) => where.wsl,
    lines: (port) => [
      `This is WSL. The browser on Windows reaches 127.0.0.1:${port} here unless forwarding is off; ` +
      'then put this line under [wsl2] in %UserProfile%\\.wslconfig and run "wsl --shutdown":',
      "",
      "  localhostForwarding=true",
    ],
  },
  {
    holds: (where) => !where.display && where.ssh === null && where.container === null,
    lines: (port, where) => [
      "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). For a browser on " +
      "another computer, keep this running there:",
      "",
      `  ${sshLine(port, where)}`,
    ],
  },
];

/**
 * What to tell a person whose browser may be elsewhere; empty on an ordinary desktop.
 *
 * @param port The listener's port.
 * @param canPaste Whether the paste prompt is there.
 */
export function reachHints(port: number, where: Surroundings, canPaste: boolean): string[] {
  const lines = PLACES.filter((place) => place.holds(where))
    .flatMap((place) => [...place.lines(port, where), ""]);
  if (lines.length > 0 && canPaste) {
    lines.push(
      "Or let the browser fail to load the last page, and paste its whole address here.",
      "",
    );
  }
  return lines;
}
