/**
 * Answers that may stay open.
 *
 * @module
 */

/** True for `text/event-stream`. */
export function isEventStream(response: { readonly headers: Headers }): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(response.headers.get("content-type") ?? "");
}
