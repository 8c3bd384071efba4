/** What the flags of a bridge control: tools, log, trace, the time without messages. @module */

import type { Log } from "../../../bridge/control/log.ts";
import type { Stage } from "../../../bridge/relay/relay.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import type { BridgeOptions } from "./bridge_flags.ts";

/** Characters of messages in the trace of `--debug-out`. */
export const RECORDED_TEXT: number = 32 * 1024 * 1024;

export interface Control {
  /** In this order, the first one next to the client. */
  readonly stages: readonly Stage[];
  readonly log: Log;
  /** Aborted by `--idle-timeout`, and by the signals of the command. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

async function openLog(
  { logFile }: BridgeOptions,
  { clock, note, secrets }: CommandSession,
): Promise<{ readonly log: Log | undefined; close(): Promise<void> }> {
  if (logFile === undefined) return { log: undefined, close: () => Promise.resolve() };
  const { logLine } = await import("../../../bridge/control/log.ts");
  const { openLogFile } = await import("../../../bridge/control/log_file.ts");
  const file = await openLogFile(logFile, (failure) => note(failure.message));
  return {
    log: (event, fields) => file.write(logLine(clock.now(), event, fields, secrets.mask)),
    close: () => file.close(),
  };
}

/** @throws Failure `unwritable_output` (usage). */
export async function openControl(
  options: BridgeOptions,
  session: CommandSession,
): Promise<Control> {
  const { allowTool: allow, denyTool: deny, idleTimeout } = options;
  const { log, close } = await openLog(options, session);
  const stages: Stage[] = [];
  const idle = new AbortController();
  if (log !== undefined) {
    const { logMessages } = await import("../../../bridge/control/log.ts");
    stages.push(logMessages(log, session.clock));
  }
  if (idleTimeout !== undefined) {
    const { limitIdleTime } = await import("../../../bridge/control/idle_limit.ts");
    stages.push(limitIdleTime(idleTimeout, () => idle.abort()));
  }
  if (allow.length + deny.length > 0) {
    const { filterTools } = await import("../../../bridge/control/tool_filter.ts");
    stages.push(filterTools({ allow, deny }));
  }
  return {
    stages,
    log: log ?? (() => {}),
    signal: AbortSignal.any([session.signal, idle.signal]),
    close,
  };
}
