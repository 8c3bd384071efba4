/** Logins that begin in one home, whose person has a browser, and that finish. @module */

import { openBrowser } from "../../../../lab/person.ts";
import type { FakeLab } from "../../../../lab/fake_lab.ts";
import { type Home, openHome } from "../../../real_run.ts";
import type { Ran, Setup } from "../../../fake_runtime.ts";

/** The document of `--begin`. */
export interface Begun {
  readonly url: string;
  readonly handle: string;
  readonly redirectUrl: string;
  readonly expiresAt: string;
  readonly issuer: string;
  readonly scope: string | null;
  readonly finish: string;
  readonly wait: string;
}

export async function begin(
  home: Pick<Home, "run">,
  lab: Pick<FakeLab, "mcpUrl">,
  ...args: readonly string[]
): Promise<Begun> {
  const ran = await home.run(["login", lab.mcpUrl, "--begin", "--format", "json", ...args]);
  if (ran.status !== 0) throw new Error(ran.stdout + ran.stderr);
  return JSON.parse(ran.stdout);
}

/** Where the browser of a person ends who opens the page. */
export async function addressAfter(
  { url, redirectUrl }: Pick<Begun, "url" | "redirectUrl">,
): Promise<string> {
  return (await openBrowser({ stopAt: redirectUrl }).visit(url)).url;
}

export function finish(
  home: Pick<Home, "run">,
  address: string,
  handle: string,
  args: readonly string[] = [],
  setup: Setup = {},
): Promise<Ran> {
  const line = ["login", "--finish", address, "--handle", handle, "--format", "json", ...args];
  return home.run(line, setup);
}

/** The names of the files of pending logins in a home. */
export async function pendingFiles({ path }: Home): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${path}/pending`)) names.push(name);
  return names.sort();
}

export { openHome };
