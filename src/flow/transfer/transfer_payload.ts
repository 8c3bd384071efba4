/** What a sealed transfer file has in it: one sign-in, and until when it may be imported. @module */

import { isObject, parseJson } from "../../core/json.ts";
import { joinEntry, readPublicEntry, readSecrets, splitEntry } from "../../store/entry_codec.ts";
import { InvalidMember, invalidMemberText, readMember } from "../../store/member_reader.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";

const FORMAT = "mcpass-sign-in";
const VERSION = 1;

/** Times are ISO 8601. */
export interface Transfer {
  readonly created: string;
  /** The end of its validity. */
  readonly notAfter: string;
  /** The machine that made it. */
  readonly source: string;
  /** True if the sign-in no longer works there. */
  readonly moved: boolean;
  readonly entry: StoredEntry;
}

export function transferText({ entry, ...transfer }: Transfer): string {
  const { publicEntry, secrets } = splitEntry(entry);
  const document = { format: FORMAT, version: VERSION, ...transfer, entry: publicEntry, secrets };
  return `${JSON.stringify(document)}\n`;
}

const isTime = (value: unknown): value is string =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

/** @throws RangeError with the reason, without a value of the text. */
export function parseTransfer(text: string): Transfer {
  const document = parseJson(text);
  if (!isObject(document) || document["format"] !== FORMAT) {
    throw new RangeError("it is not a sign-in that mcpass exported");
  }
  const { version, created, notAfter, source, moved } = document;
  if (version !== VERSION) {
    throw new RangeError(
      typeof version === "number" && version > VERSION
        ? `a newer mcpass exported it (version ${version}; this one reads ${VERSION})`
        : "its version is unknown",
    );
  }
  const isComplete = isTime(created) && isTime(notAfter) && typeof source === "string" &&
    typeof moved === "boolean";
  if (!isComplete) throw new RangeError("a member is missing or invalid");
  try {
    const entry = readMember("entry", readPublicEntry, document["entry"]);
    const secrets = readMember("secrets", (it) => readSecrets(it, entry), document["secrets"]);
    return { created, notAfter, source, moved, entry: joinEntry(entry, secrets) };
  } catch (error) {
    if (!(error instanceof InvalidMember)) throw error;
    throw new RangeError(invalidMemberText(error.fault));
  }
}
