/** The body of a response without the tools that are not permitted. @module */

import { permittedTools, type ToolGlobs } from "../control/tool_filter.ts";
import { isBatch, readMessages } from "../message/batch.ts";
import { MAX_MESSAGE_BYTES } from "../message/lines.ts";

/** The text of one message or a batch; unchanged if nothing is removed. */
function filteredText(text: string, tools: ToolGlobs): string {
  const messages = readMessages(text) ?? [];
  const permitted = messages.map((message) => permittedTools(message, tools));
  if (permitted.every((message, at) => message === messages[at])) return text;
  const texts = permitted.map((message) => message.text);
  return isBatch(text) ? `[${texts.join(",")}]` : texts.join();
}

const LINE_END = /\r\n|\n|\r/;

/** An event with its lines; the data is one line again if it changes. */
function filteredEvent(block: string, tools: ToolGlobs): string {
  const lines = block.split(LINE_END);
  const isData = (line: string) => line.startsWith("data:");
  const data = lines.filter(isData).map((line) => line.slice(5).replace(/^ /, "")).join("\n");
  const filtered = data === "" ? data : filteredText(data, tools);
  if (filtered === data) return block;
  const others = lines.filter((line) => !isData(line) && line !== "");
  return [...others, `data: ${filtered}`, "", ""].join("\n");
}

/** After a blank line. A carriage return at the end may be the first half of a line end. */
const EVENT_END = /(?:\r\n|\n|\r(?!\n|$))(?:\r\n|\n|\r(?!\n|$))/;

/** Cuts a text after each blank line; the rest waits for more. */
function createBlocks() {
  let rest = "";
  return {
    *push(text: string): Generator<string> {
      rest += text;
      for (let end = EVENT_END.exec(rest); end !== null; end = EVENT_END.exec(rest)) {
        const length = end.index + end[0].length;
        yield rest.slice(0, length);
        rest = rest.slice(length);
      }
    },
    rest: () => rest,
  };
}

/** @throws RangeError in the stream: what is too long to be read is not passed on. */
export function filteredBody(
  body: ReadableStream<Uint8Array>,
  isStream: boolean,
  tools: ToolGlobs,
): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  const blocks = createBlocks();
  let text = "";
  const assertLength = (length: number) => {
    if (length > MAX_MESSAGE_BYTES) throw new RangeError("the message is too long");
  };
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const part = decoder.decode(chunk, { stream: true });
        if (!isStream) {
          text += part;
          return assertLength(text.length);
        }
        for (const block of blocks.push(part)) {
          controller.enqueue(encoder.encode(filteredEvent(block, tools)));
        }
        assertLength(blocks.rest().length);
      },
      flush(controller) {
        const last = isStream ? filteredEvent(blocks.rest(), tools) : filteredText(text, tools);
        if (last !== "") controller.enqueue(encoder.encode(last));
      },
    }),
  );
}
