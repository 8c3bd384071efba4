/**
 * Where this program runs, as far as it decides whether a browser here can be of use.
 *
 * @module
 */

import type { Env } from "../core/deps.ts";

/** What can be looked at; handed in so that tests can be on any machine. */
export interface SurroundingsSource {
  /** `Deno.build.os`. */
  readonly os: string;
  /** Environment variables. */
  readonly env: Env;
  /** Text of a file, or null when it cannot be read. */
  readText(path: string): string | null;
}

/** What was found out. */
export interface Surroundings {
  /** Operating system, as `Deno.build.os` names it. */
  readonly os: string;
  /** Set in an SSH session; its parts are null when unknown. */
  readonly ssh: { readonly host: string | null; readonly port: number | null } | null;
  /** The person's name here, or null. */
  readonly user: string | null;
  /** Kind of container, or null. */
  readonly container: "container" | "pod" | null;
  /** Name of the pod or container. */
  readonly hostname: string | null;
  /** Windows Subsystem for Linux. */
  readonly wsl: boolean;
  /** True where windows can be opened. */
  readonly display: boolean;
}

/** Only what a shell leaves alone: the values end up in lines to be copied. */
function plain(value: string | undefined): string | null {
  return value !== undefined && /^[A-Za-z0-9_][A-Za-z0-9_.:@%-]*$/.test(value) ? value : null;
}

function sshSession(env: Env): Surroundings["ssh"] {
  const connection = env.get("SSH_CONNECTION");
  if (connection === undefined && env.get("SSH_TTY") === undefined) return null;
  const [, , host, port] = (connection ?? "").split(" ");
  return {
    host: plain(host),
    port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : null,
  };
}

function containerKind({ env, readText }: SurroundingsSource): Surroundings["container"] {
  if (env.get("KUBERNETES_SERVICE_HOST")) return "pod";
  const cgroup = readText("/proc/1/cgroup") ?? "";
  if (/kubepods/.test(cgroup)) return "pod";
  const marked = env.get("container") || readText("/.dockerenv") !== null ||
    readText("/run/.containerenv") !== null || /docker|containerd|libpod|lxc/.test(cgroup);
  return marked ? "container" : null;
}

/** Looks around. */
export function lookAround(source: SurroundingsSource): Surroundings {
  const { os, env, readText } = source;
  const linux = os === "linux";
  const wsl = linux &&
    (Boolean(env.get("WSL_DISTRO_NAME") || env.get("WSL_INTEROP")) ||
      /microsoft/i.test(readText("/proc/sys/kernel/osrelease") ?? ""));
  return {
    os,
    ssh: sshSession(env),
    user: plain(env.get("USER")) ?? plain(env.get("LOGNAME")),
    container: linux ? containerKind(source) : null,
    hostname: plain(env.get("HOSTNAME")),
    wsl,
    display: os === "windows" || os === "darwin" || wsl ||
      Boolean(env.get("DISPLAY") || env.get("WAYLAND_DISPLAY")),
  };
}

/** Reads a file of this machine. */
export function readLocalText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
