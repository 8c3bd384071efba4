/** Parses a configuration file in the format that its name tells. @module */

import { isObject, type JsonObject, member } from "../../core/json.ts";
import { parseJsonc } from "../../edit/jsonc.ts";
import { unusableFile } from "./own_files.ts";

/** TOML and YAML are written by people. Each of their characters costs time and memory. */
const MAX_LENGTH = 1024 * 1024;

interface Format {
  readonly name: string;
  readonly ending: RegExp;
  readonly parser: "parseToml" | "parseYaml";
  /** The line at which it stopped. The message of the error shows the text, which may be a secret. */
  readonly lineOf: (error: JsonObject) => unknown;
}

const FORMATS: readonly Format[] = [
  {
    name: "TOML",
    ending: /\.toml$/i,
    parser: "parseToml",
    lineOf: ({ line }) => line,
  },
  {
    name: "YAML",
    ending: /\.ya?ml$/i,
    parser: "parseYaml",
    lineOf: ({ linePos }) => Array.isArray(linePos) ? member(linePos[0], "line") : undefined,
  },
];

async function parse({ name, parser, lineOf }: Format, path: string, text: string) {
  if (text.length > MAX_LENGTH) throw unusableFile(path, "it is larger than 1 MiB");
  const parsers = await import("./toml_and_yaml.ts");
  try {
    return parsers[parser](text.replace(/^\ufeff/, ""));
  } catch (error) {
    const line = isObject(error) ? lineOf(error) : undefined;
    const where = typeof line === "number" ? ` (line ${line})` : "";
    throw unusableFile(path, `not valid ${name}${where}`);
  }
}

/**
 * Undefined for a file without content.
 *
 * @throws Failure `client_file_invalid`.
 */
export async function parseClientFile(path: string, text: string): Promise<JsonObject | undefined> {
  if (text.trim() === "") return undefined;
  const format = FORMATS.find(({ ending }) => ending.test(path));
  const document = format === undefined ? parseJsonc(text) : await parse(format, path, text);
  // YAML with comments alone.
  if (document === null && format !== undefined) return undefined;
  if (!isObject(document)) throw unusableFile(path, `not a ${format?.name ?? "JSON"} object`);
  return document;
}
