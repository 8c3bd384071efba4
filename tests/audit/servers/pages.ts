/** The pages of docs/audits: each deviation with the lines that cause it. @module */

import type { AuditResult } from "../../../src/audit/run/audit_result.ts";
import { run } from "../../../scripts/shell.ts";
import type { AuditedServer } from "./audited.ts";
import type { Explanation, PackageSource, Source } from "./explanation.ts";

const VERDICTS = [
  ["failed", "Failed"],
  ["warning", "Warnings"],
  ["inconclusive", "Inconclusive"],
] as const;

export interface Packages {
  /** The version in the lock file. */
  versionOf(name: string): string;
  /** The line of a source, from 1; undefined for a text that is missing. @throws Error if it is wrong. */
  lineOf(source: PackageSource): Promise<number | undefined>;
}

/** Reads the packages of the lock file where Deno stored them. */
export async function openPackages(): Promise<Packages> {
  const info = await run(Deno.execPath(), ["info", "--json"]);
  const { npmCache } = JSON.parse(info.stdout);
  // Deno has a folder for each registry.
  const registries = await Array.fromAsync(Deno.readDir(npmCache), ({ name }) => name);
  const folderOf = async (name: string): Promise<string> => {
    for (const registry of registries) {
      const folder = `${npmCache}/${registry}/${name}/${versionOf(name)}`;
      const isHere = await Deno.stat(folder).then(() => true, () => false);
      if (isHere) return folder;
    }
    throw new Error(`${name} is not in ${npmCache}`);
  };
  const lock = JSON.parse(await Deno.readTextFile(new URL("../../../deno.lock", import.meta.url)));
  const versionOf = (name: string) => {
    const key = Object.keys(lock.npm).find((it) => it.slice(0, it.lastIndexOf("@")) === name) ??
      Object.keys(lock.npm).find((it) => it.startsWith(`${name}@`));
    const version = key?.slice(name.length + 1).split("_")[0];
    if (version === undefined) throw new Error(`${name} is not in the lock file`);
    return version;
  };
  const python = await run("python3", ["-c", "import mcp; print(mcp.__path__[0])"])
    .catch(() => undefined);
  return {
    versionOf,
    async lineOf(source) {
      const { package: name, path } = source;
      const isPython = name.endsWith("(PyPI)");
      if (isPython && !python?.success) return undefined;
      const file = isPython
        ? `${python?.stdout.trim()}/../${path}`
        : `${await folderOf(name)}/${path}`;
      const content = await Deno.readTextFile(file);
      if ("lacks" in source) {
        if (!content.toLowerCase().includes(source.lacks.toLowerCase())) return undefined;
        throw new Error(`${name}/${path} has ${source.lacks}`);
      }
      const index = content.split("\n").findIndex((line) => line.includes(source.text));
      if (index < 0) throw new Error(`${name}/${path} has no line with ${source.text}`);
      return index + 1;
    },
  };
}

async function sourceText(source: Source, packages: Packages): Promise<string> {
  if ("file" in source) return `\`${source.file}\``;
  if ("program" in source) {
    return `${source.program}, ${source.path}:${source.line}: \`${source.text}\``;
  }
  const line = await packages.lineOf(source);
  if ("lacks" in source) {
    return `\`${source.package}\` ${source.path} does not contain \`${source.lacks}\``;
  }
  const place = `${source.path}${line === undefined ? "" : `:${line}`}`;
  const quote = source.text.includes("`") ? `\`\` ${source.text} \`\`` : `\`${source.text}\``;
  return `\`${source.package}\` ${place}: ${quote}`;
}

async function explained(
  { id, title }: AuditResult["checks"][number],
  { why, change, sources }: Explanation,
  packages: Packages,
): Promise<string> {
  const lines = await Promise.all(sources.map((it) => sourceText(it, packages)));
  return [
    `### \`${id}\`: ${title}`,
    "",
    why,
    "",
    ...lines.map((line) => `- ${line}`),
    "",
    `What to change: ${change}`,
    "",
  ].join("\n");
}

/** The page of a server. */
export async function pageOf(
  server: AuditedServer,
  result: AuditResult,
  packages: Packages,
): Promise<string> {
  const versions = server.packages.map((name) => `${name} ${packages.versionOf(name)}`);
  const { counts } = result;
  const parts = [
    `# Audit of ${server.name}`,
    "",
    `${
      versions.length === 0 ? "" : `Versions: ${versions.join(", ")}. `
    }Revision of MCP: ${result.revision}.`,
    "",
    `Set-up: ${server.setup}`,
    "",
    "| verdict | failed | warnings | inconclusive | passed | skipped |",
    "| --- | --- | --- | --- | --- | --- |",
    `| ${
      result.verdict.replaceAll("_", " ")
    } | ${counts.failed} | ${counts.warning} | ${counts.inconclusive} | ${counts.passed} | ${counts.skipped} |`,
    "",
    `\`deno task audits ${server.page}\` runs the audit again and writes this page. Each text below is compared with the result by \`tests/audit/servers_test.ts\`.`,
    "",
  ];
  for (const [verdict, heading] of VERDICTS) {
    const checks = result.checks.filter((it) => it.verdict === verdict);
    if (checks.length > 0) parts.push(`## ${heading}`, "");
    for (const check of checks) {
      const explanation = server.explanations[check.id as keyof typeof server.explanations];
      parts.push(
        explanation === undefined
          ? `### \`${check.id}\`: ${check.title}\n\nNot explained: ${check.message}\n`
          : await explained(check, explanation, packages),
      );
    }
  }
  return parts.join("\n");
}
