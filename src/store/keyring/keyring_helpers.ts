/** The keyring's program of each system. Ids and keys are hexadecimal and need no quotes. @module */

import type { Env } from "../../core/system.ts";
import type { ProgramFor } from "../../core/programs.ts";
import type { ChildResult } from "./run_child.ts";

export interface HelperCall {
  readonly argv: readonly [program: ProgramFor<"keyring">, ...args: string[]];
  readonly input: string;
}

export type HelperResult = "done" | "missing" | "locked" | "absent" | "failed";

export interface KeyringHelper {
  /** Stored in entries. */
  readonly name: string;
  readonly title: string;
  readonly remedy: string;
  /** False if there can be no keyring; absent: there can always be one. */
  isAvailable?(env: Env): boolean;
  /** Stores a key; replaces one of the same name. */
  store(id: string, key: string): HelperCall;
  lookup(id: string): HelperCall;
  clear(id: string): HelperCall;
  /** Distinguishes a missing key from a locked keyring, if `lookup` does not. */
  examine?(id: string): HelperCall;
  judge(end: ChildResult): HelperResult;
}

const SERVICE = "mcpass";
const LABEL = "mcpass: key of stored credentials";

const call = (argv: HelperCall["argv"], input = ""): HelperCall => ({ argv, input });

/** libsecret's program. It exits with status 1 both for a missing item and for every error. */
const SECRET_TOOL: KeyringHelper = {
  name: "secret-tool",
  title: "Secret Service keyring",
  remedy: "Install it (Debian: libsecret-tools) together with a keyring such as gnome-keyring",
  // Without these variables a D-Bus session cannot be found.
  isAvailable: (env) =>
    ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY"].some((name) =>
      Boolean(env.get(name))
    ),
  store: (id, key) =>
    call(["secret-tool", "store", `--label=${LABEL}`, "service", SERVICE, "id", id], key),
  lookup: (id) => call(["secret-tool", "lookup", "service", SERVICE, "id", id]),
  clear: (id) => call(["secret-tool", "clear", "service", SERVICE, "id", id]),
  examine: (id) => call(["secret-tool", "search", "service", SERVICE, "id", id]),
  judge({ status, stderr }) {
    if (/locked|dismissed|cancel|prompt|not exist at path/i.test(stderr)) return "locked";
    if (/not provided by any|could not connect|d-?bus/i.test(stderr)) return "absent";
    if (status === 0) return "done";
    return stderr.trim() === "" ? "missing" : "failed";
  },
};

/** With `-i` it reads its commands from standard input, so the key is not an argument. */
const SECURITY: KeyringHelper = {
  name: "security",
  title: "macOS keychain",
  remedy: "/usr/bin/security is part of macOS",
  store: (id, key) =>
    call(
      ["/usr/bin/security", "-i"],
      `add-generic-password -U -s ${SERVICE} -a ${id} -l "${LABEL}" -w ${key}\n`,
    ),
  lookup: (id) =>
    call(["/usr/bin/security", "find-generic-password", "-s", SERVICE, "-a", id, "-w"]),
  clear: (id) => call(["/usr/bin/security", "delete-generic-password", "-s", SERVICE, "-a", id]),
  judge({ status, stderr }) {
    if (status === 44 || /could not be found/i.test(stderr)) return "missing";
    if ([36, 51, 128].includes(status ?? 0) || /interaction|canceled|locked/i.test(stderr)) {
      return "locked";
    }
    return status === 0 ? "done" : "failed";
  },
};

function powershell(script: string, input = ""): HelperCall {
  const vault = "$ErrorActionPreference='Stop';" +
    "[void][Windows.Security.Credentials.PasswordVault,Windows.Security.Credentials,ContentType=WindowsRuntime];" +
    "$v=New-Object Windows.Security.Credentials.PasswordVault;";
  const argv = ["powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command"] as const;
  return call([...argv, vault + script], input);
}

/** The vault throws 0x80070490, "element not found", for a missing credential. */
const UNLESS_MISSING = "}catch{if($_.Exception.HResult -eq -2147023728 -or " +
  "$_.Exception.InnerException.HResult -eq -2147023728){exit 44};throw}";

const POWERSHELL: KeyringHelper = {
  name: "powershell",
  title: "Windows credential manager",
  remedy: "powershell.exe is part of Windows",
  store: (id, key) =>
    powershell(
      "$k=[Console]::In.ReadToEnd().Trim();" +
        `$v.Add((New-Object Windows.Security.Credentials.PasswordCredential('${SERVICE}','${id}',$k)))`,
      key,
    ),
  lookup: (id) =>
    powershell(
      `try{$c=$v.Retrieve('${SERVICE}','${id}');$c.RetrievePassword();` +
        `[Console]::Out.Write($c.Password)${UNLESS_MISSING}`,
    ),
  clear: (id) => powershell(`try{$v.Remove($v.Retrieve('${SERVICE}','${id}'))${UNLESS_MISSING}`),
  judge({ status, stderr }) {
    if (status === 44) return "missing";
    if (/logon session|0x80070520/i.test(stderr)) return "absent";
    return status === 0 ? "done" : "failed";
  },
};

const HELPERS: Readonly<Record<string, KeyringHelper>> = { darwin: SECURITY, windows: POWERSHELL };

export function keyringHelper(os: string): KeyringHelper {
  return HELPERS[os] ?? SECRET_TOOL;
}
