import assert from "node:assert/strict";
import { detectHostEnvironment, THIS_HOST } from "../../src/consent/host_environment.ts";
import { fakeEnv } from "./support.ts";

interface Given {
  readonly os?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function seen({ os = "linux", env = {}, files = {} }: Given) {
  const readText = (path: string) => files[path] ?? null;
  return detectHostEnvironment(fakeEnv(env), { os, readText });
}

const NOTHING = {
  os: "linux",
  ssh: null,
  user: null,
  container: null,
  hostname: null,
  wsl: false,
  display: false,
};

const PLACES: Readonly<Record<string, readonly [given: Given, found: object]>> = {
  "a Linux console": [{}, {}],
  "X11": [{ env: { DISPLAY: ":0" } }, { display: true }],
  "Wayland": [{ env: { WAYLAND_DISPLAY: "wayland-0" } }, { display: true }],
  "an empty DISPLAY": [{ env: { DISPLAY: "" } }, {}],
  "macOS": [{ os: "darwin" }, { os: "darwin", display: true }],
  "Windows": [{ os: "windows" }, { os: "windows", display: true }],
  "FreeBSD in a container's environment": [
    { os: "freebsd", env: { container: "x", WSL_INTEROP: "x" }, files: { "/.dockerenv": "" } },
    { os: "freebsd" },
  ],
  "SSH": [
    { env: { SSH_CONNECTION: "10.0.0.9 5 192.0.2.7 22" } },
    { ssh: { host: "192.0.2.7", port: 22 } },
  ],
  "SSH by its terminal alone": [
    { env: { SSH_TTY: "/dev/pts/0" } },
    { ssh: { host: null, port: null } },
  ],
  "SSH with too few words": [
    { env: { SSH_CONNECTION: "10.0.0.9 5" } },
    { ssh: { host: null, port: null } },
  ],
  "SSH at a port of six digits": [
    { env: { SSH_CONNECTION: "a 5 b 222222" } },
    { ssh: { host: "b", port: null } },
  ],
  "a host that a shell would read": [
    { env: { SSH_CONNECTION: "a 5 -oProxyCommand 22" } },
    { ssh: { host: null, port: 22 } },
  ],
  "a user": [{ env: { USER: "ada", LOGNAME: "bob" } }, { user: "ada" }],
  "a user that a shell would read": [{ env: { USER: "a b", LOGNAME: "bob" } }, { user: "bob" }],
  "a host name": [{ env: { HOSTNAME: "web-1" } }, { hostname: "web-1" }],
  "WSL by its name": [{ env: { WSL_DISTRO_NAME: "D" } }, { wsl: true, display: true }],
  "WSL by its kernel": [
    { files: { "/proc/sys/kernel/osrelease": "5.15-Microsoft" } },
    { wsl: true, display: true },
  ],
  "another kernel": [{ files: { "/proc/sys/kernel/osrelease": "6.1-amd64" } }, {}],
  "a pod": [{ env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } }, { container: "pod" }],
  "a pod by its group": [{ files: { "/proc/1/cgroup": "0::/kubepods/x" } }, { container: "pod" }],
  "a container by its variable": [{ env: { container: "oci" } }, { container: "container" }],
  "Docker": [{ files: { "/.dockerenv": "" } }, { container: "container" }],
  "Podman": [{ files: { "/run/.containerenv": "" } }, { container: "container" }],
  "containerd": [{ files: { "/proc/1/cgroup": "1:x:/containerd/a" } }, { container: "container" }],
  "no container's group": [{ files: { "/proc/1/cgroup": "0::/init.scope" } }, {}],
};

for (const [what, [given, found]] of Object.entries(PLACES)) {
  Deno.test(`${what} is seen as it is`, () => {
    assert.deepEqual(seen(given), { ...NOTHING, ...found });
  });
}

Deno.test("a file that cannot be read is null", () => {
  assert.equal(THIS_HOST.readText("/nonexistent/file"), null);
  assert.match(
    THIS_HOST.readText(new URL(import.meta.url).pathname) ?? "",
    /cannot be read is null/,
  );
});
