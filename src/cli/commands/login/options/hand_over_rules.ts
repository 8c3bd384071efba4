/** The rules of `--begin` and `--finish`. @module */

import { isStandardInput } from "../../../../core/input_file.ts";
import { exclusive, requires } from "../../../args/flag_rules.ts";
import type { FlagRule } from "../../../command/command.ts";
import type { OptionsOf } from "../../../command/flag.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";

type Name = keyof LoginOptions;
type LoginRule = FlagRule<typeof LOGIN_FLAGS>;

/** What `--finish` can change; everything else is as it was at `--begin`. */
const WITH_FINISH: readonly Name[] = [
  ...["finish", "handle", "store", "noStore", "credentialsOut", "hideSecrets", "debugOut"] as const,
  ...["verifyTools", "verifyCallTool", "toolArgs", "stepTimeout", "maxResponseSize"] as const,
  ...["caFile", "caStore", "proxy", "progress", "format", "field"] as const,
  ...["quiet", "verbose", "noInput", "noColor"] as const,
];

const NOT_WITH_FINISH = (Object.keys(LOGIN_FLAGS) as Name[])
  .filter((name) => !WITH_FINISH.includes(name) && !/^store[A-Z]/.test(name));

/** At `--begin` nothing is verified, no browser is opened, and no token is issued. */
const NOT_WITH_BEGIN: readonly (readonly [Name, string])[] = [
  ["forBridges", "Omit one of them"],
  ["dryRun", "Omit one of them"],
  ["browser", "Omit --browser: --begin opens no browser"],
  ["printUrl", "Omit it: --begin prints the URL and does not wait"],
  ["noBrowser", "Omit it: --begin opens no browser"],
  ["consentTimeout", "Omit it: a pending login can be finished within 10 minutes"],
  ["verifyTools", "Give it with --finish, which obtains the token"],
  ["verifyCallTool", "Give it with --finish, which obtains the token"],
  ["toolArgs", "Give it with --finish, which obtains the token"],
  ["credentialsOut", "Give it with --finish, which obtains the token"],
];

const storesNothing = ({ noStore, store }: OptionsOf<typeof LOGIN_FLAGS>) =>
  noStore || store === "none";

export const HAND_OVER_RULES: readonly LoginRule[] = [
  exclusive(["finish", ...NOT_WITH_FINISH], {
    when: (o) => o.finish !== undefined,
    remedy:
      "Omit everything except --handle, the store, and how the result is shown: the login is " +
      "the one that --begin described",
  }),
  ...NOT_WITH_BEGIN.map(([name, remedy]) =>
    exclusive<typeof LOGIN_FLAGS>(["begin", name], { remedy })
  ),
  {
    options: ["begin", "authMode"],
    broken: (o) => o.begin && o.authMode !== undefined && o.authMode !== "interactive",
    message: (o) =>
      `--begin cannot be used with --auth-mode ${o.authMode}: it is for a person with a browser`,
    remedy: "Omit --auth-mode, or sign in without --begin",
  },
  {
    options: ["begin", "finish", "store", "noStore"],
    broken: (o) => (o.begin || o.finish !== undefined) && storesNothing(o),
    message: () =>
      "--store none (or --no-store) cannot be used here: --finish reads from the store",
    remedy: "Omit it, or use --store file",
  },
  {
    options: ["begin", "url"],
    broken: (o) => o.begin && o.url === undefined,
    message: () => "--begin requires the server: a guided login continues at this terminal",
    remedy: "Add the URL of the server, or the name of a stored sign-in",
    code: "missing_options",
  },
  {
    options: ["begin", "hideSecrets", "handleOut"],
    broken: (o) => o.begin && o.hideSecrets && o.handleOut === undefined,
    message: () =>
      "--hide-secrets with --begin would lose the handle, which is stored nowhere else",
    remedy: "Add --handle-out <path>",
    strict: true,
  },
  requires("handleOut", ["begin"], {
    message: "--handle-out requires --begin",
    remedy: "Add --begin; for --finish, give the handle with --handle @<path>",
  }),
  requires("handle", ["finish"], {
    message: "--handle requires --finish",
    remedy: "Add --finish with the final URL of the browser, or --finish -",
  }),
  {
    options: ["finish", "handle"],
    broken: ({ finish = "", handle = "" }) =>
      isStandardInput(finish) && handle.startsWith("@") && isStandardInput(handle.slice(1)),
    message: () => "--finish and --handle both read standard input",
    remedy: "Read the handle from a file: --handle @<path>",
  },
];
