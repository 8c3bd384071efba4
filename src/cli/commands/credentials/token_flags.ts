import {
  COMMON_FLAGS,
  COMMON_GROUP,
  FORMATS as RESULT_FORMATS,
  PROGRESS_FLAG,
  RESULT_FLAGS,
} from "../../args/common_flags.ts";
import { choice, milliseconds, outputPath, path, text } from "../../args/values.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import { STORED_SIGN_IN_FLAGS } from "../../shared/sign_in/credential_source.ts";
import { FORMS } from "./token_text.ts";

export const TOKEN_FLAGS = {
  ...flagGroup("Output:", {
    as: value(
      "<form>",
      "output as header (Authorization: ...), env (MCPASS_ACCESS_TOKEN=...), curl (for curl -K -) or json",
      choice(FORMS),
    ),
    decode: toggle(
      "show the header and claims of the access token and what is wrong with them; no request is sent",
    ),
    accessTokenFile: value(
      "<path>",
      "with --decode: the token in this file, or - for standard input, instead of the stored one",
      path,
      { env: false },
    ),
    minValidity: value(
      "<ms>",
      "refresh if the token expires sooner (default: 60000, at most a tenth of its lifetime)",
      milliseconds,
    ),
    out: value(
      "<path>",
      "write the token to this file (mode 0600) instead of standard output",
      outputPath,
      { short: "-o", env: false },
    ),
    watch: value(
      "<path>",
      "write a valid token to this file (mode 0600), and a new one before it expires, until SIGTERM",
      outputPath,
      { env: false },
    ),
    health: value(
      "<address>",
      "with --watch: serve GET /healthz (200 while the file has a valid token, else 503): a port " +
        "of 127.0.0.1, an address such as 0.0.0.0:8080, or unix:<path>",
      text,
      { env: false },
    ),
  }),
  ...PROGRESS_FLAG,
  ...STORED_SIGN_IN_FLAGS,
  // A variable must not change what a script gets from this command.
  ...flagGroup(COMMON_GROUP, {
    format: value(
      "<format>",
      "human (default: the token), or json for a document: the same as --as json",
      RESULT_FORMATS,
      { env: false },
    ),
  }),
  field: RESULT_FLAGS.field,
  ...COMMON_FLAGS,
};

export type TokenFlags = typeof TOKEN_FLAGS;
