/**
 * Answers at a place for metadata that are no metadata, and that say something all the same.
 *
 * @module
 */

import type { Judgement } from "../core/finding.ts";
import { quoted } from "../core/text.ts";
import { type Answer, describeAnswer, jsonObject, mediaType } from "./answer.ts";

/** What is to be said of an answer that holds no document; undefined for an honest 404. */
export function judgeAbsent(answer: Answer): Judgement | undefined {
  const { status, url } = answer;
  if (status === 401 || status === 403) {
    return {
      code: "metadata_not_public",
      severity: "warning",
      message: `${quoted(url)} answered HTTP ${describeAnswer(answer)}: metadata that may stand ` +
        "there is not public",
      remedy: "Server: let every request read /.well-known/ without a token, past any firewall " +
        "rule against bots; answer 404 where there is nothing",
      reference: "RFC 9728 §3.1; RFC 8414 §3.1",
    };
  }
  const html = /^(text\/html|application\/xhtml\+xml)$/.test(mediaType(answer));
  if (status !== 200 || !html || jsonObject(answer) !== undefined) return undefined;
  return {
    code: "metadata_is_web_page",
    severity: "warning",
    message: `${quoted(url)} answered with a web page (HTTP 200), which counts as no document`,
    remedy: "Server: keep the catch-all route of web pages away from /.well-known/; answer 404 " +
      "where there is no document",
    reference: "RFC 9728 §3.2; RFC 8414 §3.2",
  };
}
