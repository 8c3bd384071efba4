import type { Env } from "../core/system.ts";

export interface Host {
  readonly os: string;
  /** The text of a file; null if it cannot be read. */
  readonly readText: (path: string) => string | null;
}

export const THIS_HOST: Host = {
  os: Deno.build.os,
  readText(path) {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return null;
    }
  },
};

/** Where mcpass runs, to decide whether a browser here is useful. Null means unknown. */
export interface HostEnvironment {
  readonly os: string;
  readonly ssh: { readonly host: string | null; readonly port: number | null } | null;
  readonly user: string | null;
  readonly container: "container" | "pod" | null;
  /** The name of the pod or container. */
  readonly hostname: string | null;
  /** True in the Windows Subsystem for Linux. */
  readonly wsl: boolean;
  /** True if a browser can show a window. */
  readonly display: boolean;
}

/** Accepts only characters without a meaning in a shell: the values become part of commands to copy. */
function shellSafe(value = ""): string | null {
  return /^[A-Za-z0-9_][A-Za-z0-9_.:@%-]*$/.test(value) ? value : null;
}

function sshSession(env: Env): HostEnvironment["ssh"] {
  const connection = env.get("SSH_CONNECTION");
  if (connection === undefined && env.get("SSH_TTY") === undefined) return null;
  const [, , host, port = ""] = (connection ?? "").split(" ");
  return { host: shellSafe(host), port: /^\d{1,5}$/.test(port) ? Number(port) : null };
}

function containerKind(env: Env, { readText }: Host): HostEnvironment["container"] {
  if (env.get("KUBERNETES_SERVICE_HOST")) return "pod";
  const cgroup = readText("/proc/1/cgroup") ?? "";
  if (/kubepods/.test(cgroup)) return "pod";
  const isContainer = env.get("container") || readText("/.dockerenv") !== null ||
    readText("/run/.containerenv") !== null || /docker|containerd|libpod|lxc/.test(cgroup);
  return isContainer ? "container" : null;
}

export function detectHostEnvironment(env: Env, host: Host = THIS_HOST): HostEnvironment {
  const { os, readText } = host;
  const has = (...names: string[]) => names.some((name) => Boolean(env.get(name)));
  const isLinux = os === "linux";
  const wsl = isLinux && (has("WSL_DISTRO_NAME", "WSL_INTEROP") ||
    /microsoft/i.test(readText("/proc/sys/kernel/osrelease") ?? ""));
  return {
    os,
    ssh: sshSession(env),
    user: shellSafe(env.get("USER")) ?? shellSafe(env.get("LOGNAME")),
    container: isLinux ? containerKind(env, host) : null,
    hostname: shellSafe(env.get("HOSTNAME")),
    wsl,
    display: os === "windows" || os === "darwin" || wsl || has("DISPLAY", "WAYLAND_DISPLAY"),
  };
}
