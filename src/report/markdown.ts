/**
 * The report as Markdown, for a bug tracker.
 *
 * @module
 */

import { printable } from "../core/text.ts";
import type { Finding } from "../core/finding.ts";
import type { Artifact } from "../trace/artifact.ts";
import { accountOf, type Told } from "./account.ts";
import { readableBody } from "./markup.ts";

/** Text outside of code: nothing in it is markup, a link, or a mention of somebody. */
function plain(text: string): string {
  return printable(text)
    .replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign)
    .replace(/[\\`*_{}[\]()#+!|~]/g, "\\$&")
    .replaceAll("@", "&#64;")
    .replace(/:\/\//g, ":&#47;/")
    .replace(/\bwww\./gi, "www&#46;");
}

/** A block of code whose fence is longer than any in it. */
function code(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => printable(line));
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${lines.join("\n")}\n${fence}`;
}

function findingText({ severity, code: name, message, remedy, reference }: Finding): string {
  return `- **${severity}: ${plain(name)}** ${plain(message)}\n  ${plain(remedy)} ` +
    `(${plain(reference)})`;
}

function exchangeText({ exchange, findings, expected, came }: Told): string {
  const { id, request, response, fault, durationMs } = exchange;
  const lines = (headers: typeof request.headers) =>
    headers.map(([name, value]) => `${name}: ${value}`);
  const sent = [`${request.method} ${request.url}`, ...lines(request.headers)];
  if (request.body !== null) sent.push("", readableBody(request.body));
  const answer = response === null
    ? [fault === null ? "no answer" : `no answer: ${fault.code}: ${fault.message}`]
    : [
      `HTTP ${response.status} ${response.statusText}`,
      ...lines(response.headers),
      "",
      readableBody(response.body) + (response.truncated ? "\n… (more was sent)" : ""),
    ];
  return [
    `<details><summary>${id}. ${plain(request.method)} ${plain(request.url)}: ${
      response?.status ?? "no answer"
    }, ${Math.round(durationMs)} ms</summary>`,
    "",
    ...findings.map(findingText),
    ...findings.length === 0 ? [] : [""],
    `Expected: ${plain(expected)}. Came: ${plain(came)}.`,
    "",
    code(sent.join("\n")),
    "",
    code(answer.join("\n")),
    "",
    "</details>",
    "",
  ].join("\n");
}

/** The report of an artifact as Markdown. */
export function markdownReport(artifact: Artifact): string {
  const { told } = accountOf(artifact);
  const { outcome: { completed, error }, command, tool, environment, steps, findings } = artifact;
  return [
    `## mcpass ${plain(command.name)}: ${completed ? "completed" : "failed"}`,
    "",
    ...error === null ? [] : [
      `**${plain(error.code)}** ${plain(error.message)}`,
      ...error.remedy === undefined ? [] : ["", plain(error.remedy)],
      "",
    ],
    `mcpass ${tool.version}, ${plain(tool.runtime)}, ${plain(environment.os)} ` +
    `${plain(environment.arch)}, ${artifact.generatedAt}. Secrets are masked.`,
    "",
    "| Step | Status | Time | Found |",
    "| --- | --- | --- | --- |",
    ...steps.map(({ step, status, durationMs, detail }) =>
      `| ${plain(step)} | ${status} | ${
        durationMs === null ? "" : `${Math.round(durationMs)} ms`
      } | ${plain(detail ?? "")} |`
    ),
    "",
    ...findings.length === 0 ? [] : ["### Findings", "", ...findings.map(findingText), ""],
    "### Exchanges",
    "",
    ...told.map(exchangeText),
  ].join("\n");
}
