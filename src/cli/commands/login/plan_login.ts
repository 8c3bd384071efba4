import { present } from "../../../core/present.ts";
import type { Io } from "../../../core/deps.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import type { Changes } from "../../args/command_line.ts";
import type { Format, Invocation } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { longName, variableName } from "../../command/flag.ts";
import type { AskPassphrase } from "../../prompt/passphrase.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";

export interface PlannedRun {
  readonly plan: LoginPlan;
  readonly warnings: readonly string[];
}

export interface LoginRun {
  /** Complete as far as possible before discovery, and without contradictions. */
  readonly invocation: Invocation<typeof LOGIN_FLAGS>;
  readonly answers: Map<string, readonly string[]>;
  readonly planned: PlannedRun;
  readonly runtime: Runtime;
  readonly format: Format;
  /** This command line again, with changes; without secrets. */
  commandLine(changes?: Changes): string;
}

/** The options that name a file with a secret in it. */
const SECRET_FILES = [
  "assertionFile",
  "clientCert",
  "clientSecretFile",
  "idTokenFile",
  "privateKeyFile",
  "registrationTokenFile",
  "softwareStatementFile",
] as const;

/** The parts of the plan that can change after discovery. */
export function decidedParts(
  options: LoginOptions,
): Pick<LoginPlan, "registration" | "authMode" | "verifyTools"> & Partial<LoginPlan> {
  const { clientId, clientSecret, clientMetadataUrl, scopes, verifyCallTool } = options;
  return {
    registration: options.registration ?? "auto",
    authMode: options.authMode ?? "interactive",
    verifyTools: options.verifyTools || verifyCallTool !== undefined,
    ...present({ clientId, clientSecret, clientMetadataUrl, scopes, verifyCallTool }),
  };
}

/**
 * Reads the files and makes the plan. The options are complete and have passed the rules.
 *
 * @param askPassphrase Asks for the passphrase of an encrypted key.
 * @throws Failure of kind `usage` for a file that cannot be used.
 */
export async function planLogin(
  { options, sources }: Invocation<typeof LOGIN_FLAGS>,
  io: Io,
  askPassphrase: AskPassphrase = () => Promise.resolve(undefined),
): Promise<PlannedRun> {
  const warnings: string[] = [];
  for (const name of ["clientSecret", "idpClientSecret"] as const) {
    if (sources.get(name) !== "flag") continue;
    const flag = LOGIN_FLAGS[name];
    warnings.push(
      `${longName(flag)} stands in the shell's history and in the list of processes; ` +
        `${longName(flag)}-file and ${variableName(flag)} do not`,
    );
  }
  let keys: Partial<LoginPlan> = {};
  if (
    options.authMode === "enterprise" || SECRET_FILES.some((name) => options[name] !== undefined)
  ) {
    const { readKeys } = await import("./login_keys.ts");
    const read = await readKeys(options, io, askPassphrase);
    keys = {
      ...read.keys,
      ...(read.findings.length === 0 ? {} : { inputFindings: read.findings }),
    };
  }
  const toolArgs = options.toolArgs === undefined
    ? {}
    : await readJsonObject("--tool-args", options.toolArgs, io);

  const { url: serverUrl = "" } = options;
  const { redirectUrl, trustIssuer, trustPkce, resource, authorizationServer, tokenAuthMethod } =
    options;
  const plan: LoginPlan = {
    serverUrl,
    protocolVersion: options.protocolVersion ?? "auto",
    ...decidedParts(options),
    clientName: options.clientName ?? "mcpass",
    headers: options.header,
    stepTimeoutMs: options.stepTimeout ?? 30_000,
    consentTimeoutMs: options.consentTimeout ?? 300_000,
    toolArgs,
    dryRun: options.dryRun,
    ...present({ redirectUrl, trustIssuer, trustPkce, resource, authorizationServer }),
    ...present({ tokenAuthMethod }),
    ...keys,
    ...(options.dpop ? { dpop: true } : {}),
    ...(options.par ? { par: true } : {}),
  };
  return { plan, warnings };
}
