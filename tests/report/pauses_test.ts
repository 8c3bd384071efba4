import { rejects } from "node:assert/strict";
import { runWithPauses } from "../../src/core/work.ts";
import { htmlReport } from "../../src/report/html.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import type { Artifact } from "../../src/trace/artifact.ts";
import { curlOf } from "../../src/trace/curl.ts";
import { harOf } from "../../src/trace/har.ts";
import { longArtifact } from "./artifacts.ts";

type Write = (artifact: Artifact, signal: AbortSignal) => Promise<unknown>;

const WRITERS: readonly (readonly [string, Write])[] = [
  ["a page", htmlReport],
  ["Markdown", (artifact, signal) => runWithPauses(markdownReport(artifact), signal)],
  ["an HTTP archive", (artifact, signal) => runWithPauses(harOf(artifact), signal)],
  ["curl commands", (artifact, signal) => runWithPauses(curlOf(artifact), signal)],
];

for (const [name, write] of WRITERS) {
  Deno.test(`${name} of many long exchanges stops at a signal`, async () => {
    const artifact = longArtifact();
    const exchanges = Array.from({ length: 25 }, () => artifact.exchanges).flat();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 0);
    await rejects(write({ ...artifact, exchanges }, stop.signal), /^Error: stopped$/);
  });
}
