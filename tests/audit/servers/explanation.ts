/** Why checks deviate at published servers, with the lines that cause it. @module */

import type { AuditCheckId } from "../../../src/findings/mod.ts";

/**
 * A line of a package that contains `text`, a file of a package without `lacks`, a file here, or a line
 * of a program that is not from a registry.
 */
export type Source =
  | { readonly package: string; readonly path: string; readonly text: string }
  | { readonly package: string; readonly path: string; readonly lacks: string }
  | { readonly file: string }
  | {
    readonly program: string;
    readonly path: string;
    readonly line: number;
    readonly text: string;
  };

export type PackageSource = Extract<Source, { package: string }>;

export interface Explanation {
  readonly verdict: "failed" | "warning" | "inconclusive";
  /** What the server does, in plain sentences. */
  readonly why: string;
  readonly sources: readonly Source[];
  /** What a user of the server can do. */
  readonly change: string;
}

export type Explanations = Partial<Readonly<Record<AuditCheckId, Explanation>>>;

function explains(verdict: Explanation["verdict"]) {
  return (why: string, change: string, ...sources: readonly Source[]): Explanation => ({
    verdict,
    why,
    change,
    sources,
  });
}

export const failed = explains("failed");
export const warning = explains("warning");
export const inconclusive = explains("inconclusive");

/** Says that a file of a package does not contain a text, in any letter case. */
export function lacks(name: string, path: string, text: string): Source {
  return { package: name, path, lacks: text };
}

/** Lines of one package. */
export function linesOf(name: string): (path: string, text: string) => Source {
  return (path, text) => ({ package: name, path, text });
}

/** `id verdict` of each check that deviates. */
export const deviationsOf = (
  checks: readonly { readonly id: string; readonly verdict: string }[],
): string[] =>
  checks.filter(({ verdict }) => verdict !== "passed" && verdict !== "skipped")
    .map(({ id, verdict }) => `${id} ${verdict}`).toSorted();

/** The same of what is explained. */
export const explainedIn = (explanations: Explanations): string[] =>
  Object.entries(explanations).map(([id, { verdict }]) => `${id} ${verdict}`).toSorted();
