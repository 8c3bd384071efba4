/** Markdown as a tracker renders it, for the tests of reports. @module */

import assert from "node:assert/strict";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";

/** As a tracker renders it. */
export function rendered(markdown: string): string {
  return micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  });
}

const OWN_TAGS = /^(details|summary|code|pre|h[23]|p|ul|li|strong|table|thead|tbody|tr|th|td)$/;

/** What a tracker would look at for links and references: text outside of code. */
export function looseText(html: string): string {
  return html.replace(/<(pre|code)[^>]*>[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ")
    .replace(
      /&(lt|gt|amp|quot|#8203);/g,
      (_, name) =>
        ({ lt: "<", gt: ">", amp: "&", quot: '"', "#8203": "\u200b" })[String(name)] ?? " ",
    );
}

/** Renders a report and looks for anything in it that is not this program's own. */
export function assertInert(markdown: string): void {
  const html = rendered(markdown);
  const tags = [...html.matchAll(/<\/?([a-z][a-z0-9]*)[^>]*>/gi)].map((
    [tag, name = ""],
  ) => [tag, name]);
  assert.deepEqual(tags.filter(([, name = ""]) => !OWN_TAGS.test(name)), []);
  assert.deepEqual(
    tags.filter(([tag = ""]) => / (?!class="language-text"|align="right")/.test(tag)),
    [],
  );
  const opened = html.split("<details>").length;
  assert.equal(html.split("</details>").length, opened);
  const text = looseText(html);
  assert.doesNotMatch(text, /[@#!$%~][\w-]/, "no mention and no reference");
  assert.doesNotMatch(text, /:\/\/|\bwww\.|\bGH-\d|\bmailto:/i, "no link");
  assert.ok(markdown.length < 65_536, `${markdown.length} characters`);
}
