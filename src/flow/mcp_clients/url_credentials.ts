/** Credentials in the URL of a server: some services have no other way to identify a client. @module */

import { isSecretField, isSecretName } from "../../trace/secret_names.ts";

/** In addition to the names that OAuth and the redactor know, which end with such a word. */
const NAME =
  /(?:^|[-_.])(?:access|auth|authorization|bearer|credentials?|jwt|pass|pat|pwd|sig|signature)$|(?:key|password|secret|session|token)$/i;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True for a text in which letters and digits alternate as in a random one. */
function isRandom(text: string, minLength: number): boolean {
  const changes = text.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g) ?? [];
  return text.length >= minLength && changes.length >= 4 && /^[\w.~%+=-]+$/.test(text) &&
    !UUID.test(text);
}

function isCredential(name: string, value: string): boolean {
  return value !== "" && (isSecretName(name) || isSecretField(name) || NAME.test(name)) ||
    isRandom(value, 20);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Long identifiers of resources are in paths too, so only a longer text in both cases is a secret. */
const isSecretSegment = (text: string) =>
  isRandom(text, 32) && /[a-z]/.test(text) && /[A-Z]/.test(text);

/** The URL with `…` instead of each credential. */
export function maskUrl(url: string): string {
  const [, start = "", path = "", rest = ""] = /^([^/?#]*\/\/[^/?#]*)?([^?#]*)(.*)$/s.exec(url) ??
    [];
  const shownPath = path.split("/").map((it) => isSecretSegment(it) ? "…" : it).join("/");
  const shownRest = rest.replace(/([?&#])([^&#]+)/g, (_, mark: string, parameter: string) => {
    const at = parameter.indexOf("=");
    const [name, value] = at === -1
      ? ["", parameter]
      : [parameter.slice(0, at), parameter.slice(at + 1)];
    const isSecret = isCredential(decoded(name), value);
    return mark + (isSecret ? parameter.slice(0, at + 1) + "…" : parameter);
  });
  const host = start.slice(start.lastIndexOf("@") + 1);
  const shownStart = host === start ? start : start.slice(0, start.indexOf("//") + 2) + `…@${host}`;
  return shownStart + shownPath + shownRest;
}

/** True for a URL that may not be shown. */
export function hasCredential(url: string): boolean {
  return maskUrl(url) !== url;
}
