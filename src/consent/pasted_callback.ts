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

const WHAT_TO_PASTE = "Paste the full URL from the browser's address bar.";

function parsePastedUrl(text: string, redirectUri: string): Paste {
  const url = parseUrl(text);
  if (url === undefined) return { problem: "this is not a complete URL" };
  if (!matchesRedirectUri(url, redirectUri)) {
    const expected = redirectUri.replace(/\?.*$/s, "");
    return {
      problem: `the URL of the final page begins with ${expected}; this one does not`,
    };
  }
  if (url.search === "" && url.hash !== "") {
    return { problem: "its parameters are after #, which this sign-in did not request" };
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
  if (text === "") return { problem: "nothing was pasted" };
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) {
    return { problem: "it has spaces or control characters" };
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
    const refusal = (why: string) => `Not accepted: ${why}. ${WHAT_TO_PASTE}`;
    if ("problem" in paste) return refusal(paste.problem);
    const { parameters, bare } = paste;
    const isAccepted = prompt.around(() => judge(parameters, bare)) === "accept";
    const cut = isAccepted && !bare ? incomplete?.(parameters) : undefined;
    if (isAccepted && cut === undefined) {
      callback = { parameters, bare, via: "paste" };
      return null;
    }
    return refusal(
      bare
        ? 'a code alone is not enough: this server also sends "iss", which must be checked'
        : cut ?? describeMismatch(authorizationUrl, parameters),
    );
  };
  try {
    await prompt.read(objection, done, Date.now() + timeoutMs);
  } catch (error) {
    // The wait has ended, or the terminal cannot be read: the listener still waits.
    if (error instanceof Failure) throw error;
  }
  return callback;
}
