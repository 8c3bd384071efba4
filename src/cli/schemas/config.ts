import * as z from "zod";
import type {
  ConfigDocument,
  ConfigListDocument,
  ConfigRemoveDocument,
  ListedEntry,
} from "../commands/config/config_document.ts";
import { error, foreign, object, result, text, url } from "./schema.ts";

const scope = z.enum(["user", "project", "file"]).describe("file: that of --file");
const path = text.describe("configuration file of the client");
const diff = text.nullable()
  .describe("unified diff, in which values of other entries are masked; null if nothing changed");
const backup = text.nullable().describe("path of the backup; null if there was no file");
const completed = z.boolean().describe("same as ok");

export const CONFIG = result<ConfigDocument>()("The entry of a server for an MCP client", {
  completed,
  status: z.enum(["printed", "written", "unchanged", "refused"])
    .describe("refused: the file cannot be changed, and was not"),
  client: text,
  name: text.describe("name of the entry"),
  serverUrl: url,
  account: text.nullable().describe("--account; null for the default account"),
  scope,
  path,
  direct: z.boolean().describe("--direct"),
  entry: foreign as z.ZodType as z.ZodType<ConfigDocument["entry"]>,
  text: text.describe("a file that has only the entry"),
  installer: z.array(text).nullable().describe("command line of the client's own program"),
  diff,
  backup,
  notes: z.array(text),
});

export const CONFIG_REMOVE = result<ConfigRemoveDocument>()("A removed entry", {
  completed,
  client: text,
  name: text,
  scope,
  path,
  own: z.boolean().describe("true if mcpass had written the entry"),
  diff,
  backup,
});

const entry = object<ListedEntry>()("A server in the configuration of an MCP client", {
  client: text.nullable().describe("null for a client that mcpass only reads"),
  clientName: text,
  name: text,
  path,
  project: text.nullable().describe("the only project that has the entry"),
  kind: z.enum(["bridge", "helper", "remote", "program"])
    .describe("bridge, helper: with mcpass; remote: another connection to a URL"),
  serverUrl: url.nullable().describe("null if there is none, or it has a credential"),
  program: text.nullable().describe("the program that the client starts, without its arguments"),
});

export const CONFIG_LIST = result<ConfigListDocument>()("Servers of MCP clients", {
  completed,
  entries: z.array(entry),
  problems: z.array(error).describe("files that cannot be read"),
});
