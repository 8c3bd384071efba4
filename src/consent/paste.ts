/**
 * Reading the callback that a person pastes, for a browser that cannot reach the listener.
 * @module
 */

import { parseUrl } from "../core/url.ts";
import type { CallbackParameters } from "../oauth/authorization/authorization.ts";
import { arrivesAt, queryParameters, redirectTarget } from "./redirect_url.ts";

/** The parameters, or why a paste cannot be used; without a value from it. */
export type Paste =
  | { readonly parameters: CallbackParameters; readonly bare: boolean }
  | { readonly problem: string };

const WHAT_TO_PASTE = "paste the whole address that the browser ended at";

function fromUrl(text: string, redirectUri: string): Paste {
  const url = parseUrl(text);
  if (url === undefined) return { problem: `that is no complete address: ${WHAT_TO_PASTE}` };
  if (!arrivesAt(url, redirectUri)) {
    return {
      problem:
        `that address does not begin with ${redirectUri.replace(/\?.*$/s, "")}: finish the ` +
        `sign-in first, then ${WHAT_TO_PASTE}`,
    };
  }
  if (url.search === "" && url.hash !== "") {
    return { problem: "that address has its answer after #, which this sign-in did not ask for" };
  }
  return { parameters: queryParameters(url.search), bare: false };
}

function decodeCode(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}

/**
 * Reads a paste: the complete URL of the callback (with or without `http://`), its query, `code#state`,
 * or a bare code.
 */
export function readPaste(pasted: string, redirectUri: string): Paste {
  const text = pasted.trim().replace(/^(["'<])(.*)["'>]$/s, "$2");
  if (text === "") return { problem: `nothing was pasted: ${WHAT_TO_PASTE}` };
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) {
    return { problem: `that has spaces or control characters in it: ${WHAT_TO_PASTE}` };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return fromUrl(text, redirectUri);
  if (text.startsWith(`${redirectTarget(redirectUri).authority}/`)) {
    return fromUrl(`${new URL(redirectUri).protocol}//${text}`, redirectUri);
  }
  if (/^[^=]*\?/.test(text) || /(?:^|&)(?:code|state|error|iss)=/.test(text)) {
    return { parameters: queryParameters(text.replace(/^[^=?]*\?/, "")), bare: false };
  }
  const [code = "", ...state] = text.split("#");
  if (state.length === 0) return { parameters: [["code", decodeCode(code)]], bare: true };
  return {
    parameters: [["code", decodeCode(code)], ["state", decodeCode(state.join("#"))]],
    bare: false,
  };
}
