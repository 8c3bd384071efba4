/**
 * The programs that this one may start, all of them, one row each. Whatever else is started was named
 * by the person: `--browser` and `$BROWSER`.
 * @module
 */

export interface ProgramRow {
  /** Name or path, as it is started. */
  readonly program: string;
  /** `Deno.build.os` of the systems it is started on; WSL is a Linux. */
  readonly os: readonly string[];
  readonly purpose: "browser" | "keyring";
}

export const PROGRAMS = [
  { program: "xdg-open", os: ["linux"], purpose: "browser" },
  { program: "gio", os: ["linux"], purpose: "browser" },
  { program: "sensible-browser", os: ["linux"], purpose: "browser" },
  { program: "x-www-browser", os: ["linux"], purpose: "browser" },
  { program: "wslview", os: ["linux"], purpose: "browser" },
  { program: "rundll32.exe", os: ["linux", "windows"], purpose: "browser" },
  { program: "/mnt/c/Windows/System32/rundll32.exe", os: ["linux"], purpose: "browser" },
  { program: "/usr/bin/open", os: ["darwin"], purpose: "browser" },
  { program: "secret-tool", os: ["linux"], purpose: "keyring" },
  { program: "/usr/bin/security", os: ["darwin"], purpose: "keyring" },
  { program: "powershell.exe", os: ["windows"], purpose: "keyring" },
] as const satisfies readonly ProgramRow[];

/** A program of the table that is started for this purpose. */
export type ProgramFor<P extends ProgramRow["purpose"]> = Extract<
  (typeof PROGRAMS)[number],
  { readonly purpose: P }
>["program"];
