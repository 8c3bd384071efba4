/** Why checks deviate at published servers, with the lines that cause it. @module */

import type { AuditCheckId } from "../../../src/findings/mod.ts";

/** A line of a package that contains `text`, a file of a package without `lacks`, or a file here. */
export type Source =
  | { readonly package: string; readonly path: string; readonly text: string }
  | { readonly package: string; readonly path: string; readonly lacks: string }
  | { readonly file: string };

export type PackageSource = Exclude<Source, { file: string }>;

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
