/**
 * The last answers of the server to `initialize` and `server/discover`, for each version that a client
 * asked for. A bridge that needs a person answers with them at once.
 * @module
 */

import { isObject, parseJson } from "../../core/json.ts";
import { VERSION } from "../../core/version.ts";
import type { BridgeFiles } from "../../store/file/bridge_files.ts";
import { type Message, readMessage } from "../message/message.ts";
import { setMember, valueText } from "../message/splice.ts";

interface KeptAnswer {
  /** ISO 8601. */
  readonly at: string;
  /** The version of mcpass. */
  readonly by: string;
  /** The text of the response, as received. */
  readonly text: string;
}

type KeptAnswers = Readonly<Record<string, KeptAnswer>>;

/** Characters of an answer, at most. */
const MAX_LENGTH = 256 * 1024;

/** Answers of different versions, at most. */
const MAX_ANSWERS = 8;

function read(files: BridgeFiles): Map<string, KeptAnswer> {
  const document = parseJson(files.readAnswer() ?? "");
  if (!isObject(document) || document["version"] !== 1) return new Map();
  const { answers } = document;
  return new Map(Object.entries(isObject(answers) ? answers as KeptAnswers : {}));
}

/** The method, and the version that the client asks for. */
function keyOf({ method, value: { params } }: Message): string | undefined {
  if (method === "server/discover") return method;
  const version = isObject(params) ? params["protocolVersion"] : undefined;
  return method === "initialize" && typeof version === "string"
    ? `${method} ${version}`
    : undefined;
}

/** The response of the server to such a request, with the identifier of this one. */
export function keptAnswer(files: BridgeFiles, request: Message): Message | undefined {
  const found = read(files).get(keyOf(request) ?? "");
  const id = valueText(request.text, ["id"]);
  return found && id === undefined
    ? undefined
    : found && readMessage(setMember(found.text, ["id"], id ?? ""));
}

/** Never rejects: a full disk must not end a bridge. @param isSecret True for a text with a secret. */
export async function keepAnswer(
  files: BridgeFiles,
  request: Message,
  { text, value }: Message,
  now: number,
  isSecret: (text: string) => boolean,
): Promise<void> {
  const key = keyOf(request);
  if (key === undefined || !isObject(value["result"])) return;
  if (text.length > MAX_LENGTH || isSecret(text)) return;
  try {
    const answers = read(files);
    const result = valueText(text, ["result"]);
    const before = answers.get(key);
    if (before !== undefined && valueText(before.text, ["result"]) === result) return;
    answers.delete(key);
    answers.set(key, { at: new Date(now).toISOString(), by: VERSION, text });
    const kept = [...answers].slice(-MAX_ANSWERS);
    await files.writeAnswer(
      `${JSON.stringify({ version: 1, answers: Object.fromEntries(kept) })}\n`,
    );
  } catch {
    // The next login waits for the server.
  }
}
