/**
 * A D-Bus session of its own with gnome-keyring in it. Needs Debian's `dbus`, `gnome-keyring` and
 * `libsecret-tools`.
 *
 * @module
 */

import assert from "node:assert/strict";

/** State of the keyring in a session. */
export type KeyringState = "unlocked" | "locked" | "absent";

/** A home in which sessions follow each other. */
export interface KeyringHome extends AsyncDisposable {
  /** Starts a session; the one before must have ended. */
  start(state: KeyringState): Promise<KeyringSession>;
  /** Arguments and environment of every `secret-tool` that was started in this home. */
  started(): Promise<string>;
}

/** A running session. */
export interface KeyringSession extends AsyncDisposable {
  /** The environment of a program in it. */
  readonly env: Record<string, string>;
}

const PASSWORD = "keyring password";

/** A bus on which no service can be started. */
const BARE_BUS = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

/** In place of `secret-tool`: writes down how it was started and becomes the real one. */
function recorder(log: string, real: string): string {
  return `#!/bin/sh
{ tr '\\0' '\\n' < /proc/$$/cmdline; env; } >> '${log}'
exec '${real}' "$@"
`;
}

async function realSecretTool(): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/secret-tool`;
    if (await Deno.stat(path).catch(() => undefined)) return path;
  }
  throw new Error('No "secret-tool": apt-get install libsecret-tools gnome-keyring dbus');
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += decoder.decode(value, { stream: true });
    if (!done && !text.includes("\n")) continue;
    await reader.cancel();
    return text.split("\n")[0] ?? "";
  }
}

/** Makes a home. */
export async function keyringHome(): Promise<KeyringHome> {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-keyring-" });
  const log = `${folder}/started.log`;
  for (const name of ["home", "run", "bin"]) await Deno.mkdir(`${folder}/${name}`, { mode: 0o700 });
  const shim = `${folder}/bin/secret-tool`;
  await Deno.writeTextFile(shim, recorder(log, await realSecretTool()), { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/bare.conf`, BARE_BUS);

  async function start(state: KeyringState): Promise<KeyringSession> {
    const env: Record<string, string> = {
      PATH: `${folder}/bin:${Deno.env.get("PATH") ?? ""}`,
      HOME: `${folder}/home`,
      XDG_RUNTIME_DIR: `${folder}/run`,
    };
    const config = state === "absent" ? `--config-file=${folder}/bare.conf` : "--session";
    const bus = new Deno.Command("dbus-daemon", {
      args: [config, "--nofork", "--nopidfile", "--print-address"],
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus.stdout);
    if (state !== "absent") {
      const daemon = new Deno.Command("gnome-keyring-daemon", {
        args: ["--components=secrets", state === "unlocked" ? "--unlock" : "--start"],
        clearEnv: true,
        env,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const writer = daemon.stdin.getWriter();
      if (state === "unlocked") await writer.write(new TextEncoder().encode(PASSWORD));
      await writer.close();
      assert.ok((await daemon.status).success, "gnome-keyring-daemon did not start");
    }
    return {
      env,
      async [Symbol.asyncDispose]() {
        // The keyring's daemon ends with the bus.
        bus.kill("SIGTERM");
        await bus.status;
      },
    };
  }

  return {
    start,
    started: () => Deno.readTextFile(log),
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}
