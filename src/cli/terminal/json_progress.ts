/** Progress as JSON lines on standard error, for programs that drive a login. @module */

import type { FlowEvent } from "../../core/events.ts";
import { maskDocument } from "../../trace/mask_document.ts";
import { jsonLine } from "./json_text.ts";
import type { Progress, ProgressOptions } from "./progress.ts";

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

function documentOf(
  event: FlowEvent,
  exchangeLine: ProgressOptions["exchangeLine"],
): object | undefined {
  switch (event.type) {
    case "step_started":
    case "step_ended": {
      const { type, at, ...step } = event;
      return { event: type, at: time(at), ...step };
    }
    case "exchange":
      return exchangeLine && { event: "exchange", message: exchangeLine(event.exchange) };
    case "waiting":
      return { event: "waiting", at: time(event.at), until: time(event.until) };
    case "finding":
      return { event: "finding", ...event.finding };
    case "note":
      return { event: "note", at: time(event.at), message: event.message };
    case "request_started":
      return undefined;
  }
}

/** What a person would read is the `message` of a note. */
export function createJsonProgress(
  { io, quiet, secrets, exchangeLine }: ProgressOptions,
): Progress {
  const write = (document: object) => io.err(jsonLine(document));
  return {
    emit(event) {
      const document = documentOf(event, exchangeLine);
      if (document !== undefined && !quiet) write(maskDocument(document, secrets));
    },
    announce: write,
    finish() {},
    io: {
      ...io,
      err(text) {
        const message = text.trim();
        if (message !== "") write({ event: "note", message });
      },
    },
  };
}
