import type { Pages } from "./page.ts";

const GIVE_ONE = "Give one of them.";

export const COMMAND_LINE_PAGES = {
  missing_argument: {
    title: "an argument after the command's name is missing",
    looks: "mcpass completion without a shell",
    meanwhile: "The help of the command lists the arguments.",
  },
  unknown_command: {
    title: "there is no such command",
    looks: "mcpass oauht login",
    meanwhile: "mcpass --help",
  },
  unknown_option: {
    title: "the command has no such flag",
    looks: "--scope instead of --scopes",
    meanwhile: "mcpass <command> --help",
  },
  unknown_code: {
    title: "mcpass explain has no page for this code",
    looks: "mcpass explain pkce_not_advertized",
    meanwhile: "mcpass explain --list names every code.",
  },
  unexpected_value: {
    title: "a flag without a value has one",
    looks: "--verify-tools=yes",
    meanwhile: "Write the flag without a value.",
  },
  unexpected_argument: {
    title: "an argument is neither a flag nor a flag's value",
    looks: "mcpass oauth login https://…",
    meanwhile: "Values follow flags: --url https://…",
  },
  missing_value: {
    title: "a flag that needs a value has none",
    looks: "--url at the end of the line",
    meanwhile: "Write the value after it.",
  },
  missing_options: {
    title: "flags are missing, and there is no terminal to ask on",
    looks: "a script, --no-input, or a pipe",
    meanwhile: "Give the flags that the message names.",
  },
  repeated_option: {
    title: "a flag was given more often than allowed",
    looks: "--url a --url b",
    meanwhile: "Give it once.",
  },
  invalid_value: {
    title: "a flag's value cannot be used",
    looks: "--step-timeout soon",
    meanwhile: "The message says which values are valid.",
  },
  impossible_combination: {
    title: "two flags contradict each other",
    looks: "--quiet --verbose",
    meanwhile: GIVE_ONE,
  },
  conflicting_options: {
    title: "two flags exclude each other",
    looks: "--raw --curl",
    meanwhile: GIVE_ONE,
  },
  conflicting_credentials: {
    title: "several flags name different credentials",
    looks: "--access-token and --credentials-file",
    meanwhile: GIVE_ONE,
  },
  private_when_hosted: {
    title: "--allow-private is refused inside a hosted service",
    clause: "RFC 9728 §7.7",
    looks: "MCPASS_HOSTED is set",
    meanwhile: "Run it on your own machine.",
  },
  proxy_refused: {
    title: "a proxy would resolve names, so addresses could not be checked",
    clause: "RFC 9728 §7.7",
    looks: "mcpass oauth proxy --proxy …",
    meanwhile: "Leave --proxy out.",
  },
  body_without_method: {
    title: "a body was given for a method that has none",
    clause: "RFC 9110 §9.3.1",
    looks: "mcpass oauth proxy --body x",
    meanwhile: "--method POST",
  },
  redirect_url_invalid: {
    title: "a program on this machine cannot serve --redirect-url",
    clause: "RFC 8252 §7.3; MCP authorization, Communication Security",
    looks: "--redirect-url https://elsewhere/callback",
    meanwhile: "Use http://127.0.0.1:<port>/<path>.",
  },
  file_unreadable: {
    title: "a file that a flag names cannot be read",
    looks: "--ca-file, --client-secret-file or @file",
    meanwhile: "Name a file that exists and that you may read.",
  },
  stdin_is_terminal: {
    title: '"-" reads standard input, which is a terminal',
    looks: "--client-secret-file -",
    meanwhile: "Pipe the value in, or name a file.",
  },
  secret_empty: {
    title: "the file of a secret is empty",
    looks: "--client-secret-file with an empty file",
    meanwhile: "Write the secret into it.",
  },
  secret_several_lines: {
    title: "the file of a secret has several lines",
    looks: "a file with a comment above the secret",
    meanwhile: "Write only the secret into the file.",
  },
  json_invalid: {
    title: "a value that has to be a JSON object is not",
    looks: "--tool-args city=Oslo",
    meanwhile: 'Write \'{"city":"Oslo"}\' or @file.json.',
  },
  no_certificate: {
    title: "the file has no certificate in PEM form",
    looks: "--ca-file with a key or a binary certificate",
    meanwhile: "The file needs a block that starts with -----BEGIN CERTIFICATE-----.",
  },
  unwritable_output: {
    title: "a file that a flag names cannot be written",
    means: "mcpass checked this before the first request.",
    looks: "--debug-out /missing/debug.json",
    meanwhile: "Name a file in a folder that you may write to.",
  },
  not_an_artifact: {
    title: "the file is not a debug artifact of mcpass",
    looks: "mcpass oauth report package.json",
    meanwhile: "Name a file that --debug-out has written.",
  },
  artifact_version: {
    title: "the debug artifact is of another version",
    looks: '{"schemaVersion": 1, …}',
    meanwhile: "Record it again, or read it with the version that wrote it.",
  },
  report_not_opened: {
    title: "the report was written, but no browser could be opened",
    looks: "mcpass oauth report debug.json --open, over SSH or without a display",
    meanwhile: "Open the file yourself, or name a program with --browser.",
  },
  output_not_written: {
    title: "a file or the result could not be written at the end",
    means:
      "A file, or the result on standard output, could not be written: the disk is full, the folder was deleted, or the output pipe was closed and --no-store was set.",
    looks:
      "--debug-out, --credentials-out, mcpass ... > file, or mcpass login --no-store ... | true",
    meanwhile: "Free disk space and run it again.",
  },
} satisfies Pages;
