/** The `id` of a message that is too long to be read at once. @module */

export interface IdScanner {
  push(chunk: Uint8Array): void;
  /** As JSON text; undefined if the message has none. */
  id(): string | undefined;
  hasMethod(): boolean;
}

/** Bytes of an id, at most. */
const MAX_LENGTH = 1024;

/** Follows the structure of a JSON object, and remembers the value of its member `id`. */
export function createIdScanner(): IdScanner {
  let depth = 0;
  let isString = false;
  let isEscaped = false;
  /** Text of the member at depth 1: its name, then a colon and its value. */
  let member = "";
  let id: string | undefined;
  let hasMethod = false;

  function endMember(): void {
    hasMethod ||= /^\s*"method"\s*:/.test(member);
    const found = /^\s*"id"\s*:\s*("[^]*"|-?[\d.eE+-]+)\s*$/.exec(member);
    if (found !== null) id = found[1];
    member = "";
  }

  function read(byte: number): void {
    const isInner = depth > 1;
    if (isString) {
      if (isEscaped) isEscaped = false;
      else if (byte === 0x5c) isEscaped = true;
      else if (byte === 0x22) isString = false;
    } else if (byte === 0x22) isString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth === 1) return;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return endMember();
    } else if (byte === 0x2c && depth === 1) return endMember();
    if (!isInner && depth === 1 && member.length < MAX_LENGTH) member += String.fromCharCode(byte);
  }

  return {
    push: (chunk) => {
      for (let at = 0; at < chunk.length; at += 1) read(chunk[at] ?? 0);
    },
    id: () => id,
    hasMethod: () => hasMethod,
  };
}
