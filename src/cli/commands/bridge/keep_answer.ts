/** The last answers of a server, which its bridges share. @module */

import type { Message } from "../../../bridge/message/message.ts";
import { keepAnswer } from "../../../bridge/sign_in/kept_answer.ts";
import { type BridgeFiles, openBridgeFiles } from "../../../store/file/bridge_files.ts";
import { DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { storeMode } from "../../shared/sign_in/store_options.ts";
import type { BridgeOptions } from "./bridge_flags.ts";
import type { BridgeFetch } from "./open_fetch.ts";

export interface SignInContext {
  readonly options: BridgeOptions;
  readonly session: CommandSession;
  readonly fetch: BridgeFetch;
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

export function accountOf({ fetch, options }: SignInContext): string {
  return options.account ?? fetch.source()?.account ?? DEFAULT_ACCOUNT;
}

/** Undefined without a store. */
export function filesOf(context: SignInContext): BridgeFiles | undefined {
  const { options, session: { runtime: { env }, serverUrl } } = context;
  const mode = storeMode(options);
  return mode === "none"
    ? undefined
    : openBridgeFiles({ env, serverUrl, account: accountOf(context), mode });
}

/** Stores the answer of the server to `initialize`; only a sign-in needs it. */
export async function keepAnswerOf(
  context: SignInContext,
  request: Message,
  response: Message,
): Promise<void> {
  const { session: { clock, secrets }, fetch } = context;
  const files = fetch.source()?.kind === "store" ? filesOf(context) : undefined;
  if (files === undefined) return;
  const isSecret = (text: string) => secrets.mask(text) !== text;
  await keepAnswer(files, request, response, clock.now(), isSecret);
}
