/** Loads both parsers. A dynamic import of yaml itself has no names in the executable: it is CommonJS. @module */

import { parse } from "smol-toml";
import { parse as parseYamlText } from "yaml";

export const parseToml = (text: string): unknown => parse(text, { integersAsBigInt: "asNeeded" });

export const parseYaml = (text: string): unknown => parseYamlText(text, { logLevel: "error" });
