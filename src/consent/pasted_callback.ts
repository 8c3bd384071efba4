/** The callback that a person pastes, for a browser that cannot reach the listener. @module */

import { Failure } from "../core/failure.ts";
import { parseUrl } from "../core/url.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import type { AuthorizationCallback, ConsentRequest } from "./consent.ts";
import type { PastePrompt } from "./paste_prompt.ts";
import { describeMismatch, matchesRedirectUri } from "./redirect_url.ts";

/** The parameters, or why the paste cannot be used. `problem` repeats no value from it. */
type Paste =
  | { readonly parameters: CallbackParameters; readonly bare: boolean }
  | { readonly problem: string };

const WHAT_TO_PASTE = "paste the complete URL from the browser's address bar";

function parsePastedUrl(text: string, redirectUri: string): Paste {
  const url = parseUrl(text);
  if (url === undefined) return { problem: `that is no complete address: ${WHAT_TO_PASTE}` };
  if (!matchesRedirectUri(url, redirectUri)) {
    const expected = redirectUri.replace(/\?.*$/s, "");
    return {
      problem: `that address does not begin with ${expected}: finish the sign-in first, then ` +
        WHAT_TO_PASTE,
    };
  }
  if (url.search === "" && url.hash !== "") {
    return { problem: "that URL has its parameters after #, which this sign-in did not request" };
  }
  return { parameters: [...url.searchParams], bare: false };
}

function decodeCode(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}

/**
 * Accepts the complete URL of the callback (with or without `http://`), its query, `code#state`, or a
 * bare code.
 */
export function parsePaste(pasted: string, redirectUri: string): Paste {
  const text = pasted.trim().replace(/^(["'<])(.*)["'>]$/s, "$2");
  if (text === "") return { problem: `nothing was pasted: ${WHAT_TO_PASTE}` };
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) {
    return { problem: `the pasted text has spaces or control characters: ${WHAT_TO_PASTE}` };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parsePastedUrl(text, redirectUri);
  const { protocol, host } = new URL(redirectUri);
  if (text.startsWith(`${host}/`)) return parsePastedUrl(`${protocol}//${text}`, redirectUri);
  if (/^[^=]*\?/.test(text) || /(?:^|&)(?:code|state|error|iss)=/.test(text)) {
    return { parameters: [...new URLSearchParams(text.replace(/^[^=?]*\?/, ""))], bare: false };
  }
  const [code = "", ...rest] = text.split("#");
  const state = rest.length === 0 ? [] : [["state", decodeCode(rest.join("#"))] as const];
  return { parameters: [["code", decodeCode(code)], ...state], bare: rest.length === 0 };
}

/** Reads pastes until one is accepted. Null at the end of input and after the wait has ended. */
export async function readPastes(
  prompt: PastePrompt,
  { judge, incomplete, authorizationUrl, timeoutMs }: ConsentRequest,
  redirectUri: string,
  done: AbortSignal,
): Promise<AuthorizationCallback | null> {
  let callback: AuthorizationCallback | null = null;
  const objection = (line: string) => {
    const paste = parsePaste(line, redirectUri);
    if ("problem" in paste) return `Not accepted: ${paste.problem}.`;
    const { parameters, bare } = paste;
    const isAccepted = prompt.around(() => judge(parameters, bare)) === "accept";
    const cut = isAccepted && !bare ? incomplete?.(parameters) : undefined;
    if (isAccepted && cut === undefined) {
      callback = { parameters, bare, via: "paste" };
      return null;
    }
    const why = bare
      ? 'this authorization server sends "iss", which mcpass has to check, and a code alone does ' +
        "not have it"
      : cut ?? describeMismatch(authorizationUrl, parameters);
    return `Not accepted: ${why}. Paste the complete URL of the page where this sign-in ended.`;
  };
  try {
    await prompt.read(objection, done, Date.now() + timeoutMs);
  } catch (error) {
    // The wait has ended, or the terminal cannot be read: the listener still waits.
    if (error instanceof Failure) throw error;
  }
  return callback;
}
