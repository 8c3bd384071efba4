/**
 * The options of a login that contradict nothing among themselves: for these alone the rules need not
 * be loaded.
 *
 * @module
 */

import type { Given } from "../../command/command.ts";
import type { LOGIN_FLAGS, LoginOptions } from "./login_flags.ts";

/** The options, each with the values that this is true of, or with true for all. */
export const PLAIN_OPTIONS: Readonly<
  { [Name in keyof LoginOptions]?: readonly LoginOptions[Name][] | true }
> = {
  url: true,
  header: true,
  protocolVersion: true,
  registration: ["auto", "dcr", "preregistered"],
  clientName: true,
  authMode: ["interactive", "headless"],
  scopes: true,
  consentTimeout: true,
  verifyTools: true,
  verifyCallTool: true,
  dryRun: true,
  stepTimeout: true,
  authorizationServer: true,
  dpop: true,
  account: true,
  noStore: true,
  verbose: true,
  noInput: true,
  noColor: true,
  caFile: true,
  caStore: true,
  proxy: true,
  format: true,
};

/** True when every option that was given is a plain one. */
export function isPlain({ options, sources }: Given<typeof LOGIN_FLAGS>): boolean {
  return sources.keys().every((name) => {
    const values: readonly unknown[] | true | undefined = PLAIN_OPTIONS[name];
    return values === true || (values?.includes(options[name]) ?? false);
  });
}
