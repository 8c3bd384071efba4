/** What a bridge does, one line for each event, without the contents of messages. @module */

import type { Clock } from "../../core/system.ts";
import { printable } from "../../core/text.ts";
import { cancelledId, type Message } from "../message/message.ts";
import type { Stage } from "../relay/relay.ts";

/** Values in the order of their names in the line. */
export type LogFields = Readonly<Record<string, string | number | undefined>>;

export type Log = (event: string, fields?: LogFields) => void;

const MAX_VALUE = 200;

/** `status=200 method="tools/call"`: texts in JSON. */
function fieldText(
  [name, value]: readonly [string, string | number | undefined],
  mask: (text: string) => string,
): string {
  const text = typeof value === "string"
    // A secret that is cut is not recognized.
    ? JSON.stringify(printable(mask(value), MAX_VALUE))
    : value;
  return value === undefined ? "" : ` ${name}=${text}`;
}

/** `2026-11-30T19:00:00.000Z message from="client" method="tools/list" id="7" chars=58`. */
export function logLine(
  time: number,
  event: string,
  fields: LogFields = {},
  mask: (text: string) => string = String,
): string {
  const values = Object.entries(fields).map((field) => fieldText(field, mask)).join("");
  return `${new Date(time).toISOString()} ${event}${values}\n`;
}

/** Logs each message with its size, and the time of each response. */
export function logMessages(log: Log, clock: Clock): Stage {
  const started = new Map<string, { readonly at: number; readonly method: string | undefined }>();
  function write(from: string, message: Message): void {
    const { kind, method, id = "", text } = message;
    const size = { id: message.id, chars: text.length };
    if (kind !== "response") return log(kind, { from, method, ...size });
    const request = started.get(id);
    started.delete(id);
    const ms = request && clock.now() - request.at;
    const code = errorCode(message);
    log("response", { from, method: request?.method, ...size, ms, error: code });
  }
  return {
    async fromClient(message, { toServer }) {
      write("client", message);
      const { id, kind, method } = message;
      if (kind === "request" && id !== undefined) started.set(id, { at: clock.now(), method });
      // It may never get a response.
      started.delete(cancelledId(message) ?? "");
      await toServer(message);
    },
    async fromServer(message, { toClient }) {
      write("server", message);
      await toClient(message);
    },
  };
}

function errorCode({ value: { error } }: Message): number | undefined {
  const code: unknown = Object(error).code;
  return typeof code === "number" ? code : undefined;
}
