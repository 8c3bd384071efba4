import type { ErrorMember } from "./error_document.ts";

/**
 * Characters that can move the cursor, hide or reorder text, and that `JSON.stringify` does not escape;
 * and the start of a command for a GitHub workflow (`##[error]`).
 */
const UNSAFE =
  /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]|##(?=\[)/g;

function safeJson(document: unknown, indent?: number): string {
  const text = JSON.stringify(document, null, indent).replace(
    UNSAFE,
    (characters) =>
      [...Array(characters.length).keys()]
        .map((at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
  return `${text}\n`;
}

export const jsonText = (document: unknown): string => safeJson(document, 2);

/** On one line. */
export const jsonLine = (document: unknown): string => safeJson(document);

/** Adds `ok`, the first member: true exactly when there is no `error`. */
export function withOutcome(document: object, error?: ErrorMember): object {
  const shown = error === undefined ? document : { ...document, error };
  const ok = !("error" in shown) || shown.error === undefined;
  return { ok, ...shown };
}

/** The text of a result for `--format json`; every command writes its document with it. */
export function documentText(document: object): string {
  return jsonText(withOutcome(document));
}
