/**
 * The layout of an error, a warning or a note.
 *
 * @module
 */

import assert from "node:assert/strict";

const ORDER = ["Cause", "Fix", "Try", "More"];

interface Problem {
  readonly headline: string;
  /** The texts by label, each as one line. */
  readonly labels: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
}

/** The parts of each problem in an output. */
export function problemsIn(text: string): Problem[] {
  const starts = [...text.matchAll(/^(?:error|warning|info): /gm)].map(({ index }) => index);
  return starts.map((start, at) => {
    const lines: string[] = [];
    for (const line of text.slice(start, starts[at + 1]).trimEnd().split("\n")) {
      if (line !== "" && lines.length > 0 && !/^(?: {7}|[A-Z][a-z]+: )/.test(line)) break;
      if (line === "") break;
      lines.push(line);
    }
    const parts: [label: string, words: string[]][] = [["", []]];
    for (const line of lines) {
      const [, label, words = line] = /^(Cause|Fix|Try|More): +(.*)$/.exec(line) ?? [];
      if (label !== undefined) parts.push([label, [words]]);
      else parts.at(-1)?.[1].push(words.trim());
    }
    const [[, head = []] = [], ...rest] = parts;
    const headline = head.join(" ").replace(/^\w+: /, "").replace(/ \([a-z_]+[^()]*\)$/, "");
    return { headline, labels: new Map(rest.map(([it, words]) => [it, words.join(" ")])), lines };
  });
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

/** Each problem has its labels in order, says nothing twice, and wraps no command. */
export function assertLayout(text: string, width = 80): void {
  for (const { headline, labels, lines } of problemsIn(text)) {
    const order = [...labels.keys()];
    assert.deepEqual(order, ORDER.filter((label) => labels.has(label)), text);
    assert.deepEqual([...new Set(lines)], lines, text);
    const cause = labels.get("Cause");
    assert.ok(cause === undefined || !plain(cause).includes(plain(headline)), text);
    for (const label of ["Try", "More"]) {
      const line = lines.find((it) => it.startsWith(`${label}:`));
      assert.equal(labels.get(label), line?.replace(/^\w+: +/, ""), text);
    }
    const wide = lines.filter((line) =>
      line.length > width &&
      !/^(?:Try: +|More: +| +)(?:mcpass|mv|rm|chmod|sudo chown|openssl) |^(?:[A-Z]\w+: +| +)\S+$/
        .test(line)
    );
    assert.deepEqual(wide, [], text);
  }
}
