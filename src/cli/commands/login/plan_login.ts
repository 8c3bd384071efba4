import type { PrintedCommand } from "../../../core/command_text.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import type { Consent } from "../../../consent/consent.ts";
import type { PendingAuthorizations } from "../../../flow/context/effects.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import type { LoginDeps, LoginOutcome } from "../../../flow/login/login.ts";
import type { StoredFlags } from "../../../store/stored_entry.ts";
import type { Changes } from "../../args/command_line.ts";
import type { Format, Invocation } from "../../command/command.ts";
import { longName, variableName } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { discoveryChoices, givenMetadata } from "../../shared/discovery_choices.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { readJsonObject } from "../../shared/input_files.ts";
import type { LoginStore } from "./login_store.ts";
import { FILE_OPTIONS, LOGIN_FLAGS, type LoginOptions } from "./options/login_flags.ts";

/** A login whose consent is not at this terminal: in the background, or in another process. */
export interface BackgroundLogin {
  openConsent(redirectUrl: string | undefined): Promise<Consent>;
  pending?(store: LoginStore): PendingAuthorizations;
  /** What the flow continues with, or where it ends. */
  deps?(session: CommandSession): Promise<Pick<LoginDeps, "begins" | "begun" | "firstStep">>;
  /** The flags of the login that another process began. */
  readonly begunFlags?: StoredFlags | undefined;
  ended?(outcome: LoginOutcome): void;
  /** Finishes a pending login; returns the exit status. */
  endBegun?(session: CommandSession, store: LoginStore, outcome: LoginOutcome): Promise<number>;
}

export interface LoginRun {
  /** Before the questions that depend on discovery. */
  readonly invocation: Invocation<typeof LOGIN_FLAGS>;
  readonly answers: Map<string, readonly string[]>;
  readonly plan: LoginPlan;
  readonly runtime: Runtime;
  readonly format: Format;
  readonly background?: BackgroundLogin;
  /** This command line with changes. */
  commandLine(changes?: Changes): PrintedCommand;
}

/** The parts of the plan that can change after discovery. */
export function decidedParts(
  options: LoginOptions,
): Pick<LoginPlan, "registration" | "authMode" | "verifyTools"> & Partial<LoginPlan> {
  const { clientId, clientSecret, clientMetadataUrl, redirectUrl, scopes } = options;
  const { verifyCallTool } = options;
  return {
    registration: options.registration ?? "auto",
    authMode: options.authMode ?? "interactive",
    verifyTools: options.verifyTools || verifyCallTool !== undefined,
    ...pickDefined({ clientId, clientSecret, clientMetadataUrl, redirectUrl, scopes }),
    ...pickDefined({ verifyCallTool }),
  };
}

export function secretWarnings({ sources }: Invocation<typeof LOGIN_FLAGS>): string[] {
  const typed = (["clientSecret", "idpClientSecret"] as const)
    .filter((name) => sources.get(name) === "flag");
  return typed.map((name) => {
    const flag = longName(LOGIN_FLAGS[name]);
    return `${flag} is visible in the shell history and in the process list. Use ` +
      `${flag}-file or ${variableName(LOGIN_FLAGS[name])}`;
  });
}

/** @throws Failure of kind `usage` for a file that cannot be used. */
export async function planLogin(options: LoginOptions, runtime: Runtime): Promise<LoginPlan> {
  const readsFile = FILE_OPTIONS.some((name) => options[name] !== undefined);
  const keys = readsFile || options.authMode === "enterprise"
    ? await (await import("./options/login_keys.ts")).readKeys(options, runtime)
    : {};
  const { authorizationServerMetadata, authorizeParam } = options;
  return {
    serverUrl: options.url ?? "",
    protocolVersion: options.protocolVersion ?? "auto",
    ...decidedParts(options),
    clientName: options.clientName ?? "mcpass",
    headers: options.header,
    stepTimeoutMs: options.stepTimeout ?? 30_000,
    consentTimeoutMs: options.consentTimeout ?? 300_000,
    toolArgs: options.toolArgs === undefined
      ? {}
      : await readJsonObject("--tool-args", options.toolArgs, runtime.io),
    dryRun: options.dryRun,
    ...discoveryChoices(options),
    ...pickDefined({
      serverMetadata: await givenMetadata(authorizationServerMetadata, runtime.io),
      authorizeParams: authorizeParam.length === 0 ? undefined : authorizeParam,
      tokenAuthMethod: options.tokenAuthMethod,
      dpop: options.dpop || undefined,
      par: options.par || undefined,
    }),
    ...keys,
  };
}
