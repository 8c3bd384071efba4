import type { Pages } from "./page.ts";

export const COMMAND_LINE_PAGES = {
  missing_argument: {
    title: "an argument after the command's name is missing",
    meaning: "The command cannot guess it, and there is no terminal to ask on.",
    example: "mcpass completion, without a shell",
    fix: "Add the argument. Its possible values: mcpass <command> --help",
  },
  unknown_command: {
    title: "there is no such command",
    meaning: "The first words of the command line are not one of the commands. Nothing was done.",
    example: "mcpass oauht login",
    fix: "See all commands: mcpass --help",
  },
  unknown_option: {
    title: "the command has no such flag",
    meaning:
      "It is mistyped, or belongs to another command. mcpass ignores no flag, so nothing was done.",
    example: "mcpass login --scope read (instead of --scopes)",
    fix: "See the flags of the command: mcpass <command> --help",
  },
  unknown_code: {
    title: "mcpass explain has no page for this code",
    meaning: "It is neither a code of mcpass, nor an error of OAuth, nor a product with notes.",
    example: "mcpass explain pkce_not_advertized",
    fix: "See all codes and products: mcpass explain --list",
  },
  unexpected_value: {
    title: "a flag without a value has one",
    meaning: "The flag is either on the command line or not. The value has no meaning.",
    example: "--verify-tools=yes",
    fix: "Write only the flag: --verify-tools",
  },
  unexpected_argument: {
    title: "the command has fewer arguments",
    meaning:
      "Often a value with a space is not in quotes, or the name of a flag is missing. Nothing was done.",
    example: "mcpass login https://server.example/mcp read write",
    fix: 'Name the flag and use quotes: --scopes "read write"',
  },
  unknown_sign_in: {
    title: "no stored sign-in has this name",
    meaning:
      "The word is neither a URL nor a host, and mcpass status does not list it. Nothing was done.",
    example: "mcpass token linaer",
    fix: "See the names of the stored sign-ins: mcpass status",
  },
  name_in_use: {
    title: "another stored sign-in has this name",
    meaning: "A name belongs to one account at one server. Nothing was done.",
    example: "mcpass login https://mcp.example.com/mcp --name linear",
    fix: "Choose another name, or sign out of the other server first.",
  },
  field_missing: {
    title: "--field names a member that does not exist",
    meaning: "The JSON document of the command has no member at this path.",
    example: "--field credentials.acessToken",
    fix: "Use one of the members that the error lists. mcpass schema <command> describes them all.",
  },
  field_empty: {
    title: "the member that --field names is null",
    meaning:
      "The value is unknown, was not issued, or is hidden. mcpass prints no empty value, because a " +
      "script would use it.",
    example: "--field credentials.refreshToken at a server that issues no refresh token",
    fix: "Print the complete document with --format json to see what there is.",
  },
  schema_missing: {
    title: "there is no JSON Schema of this name",
    meaning: "Each command has a schema for its JSON document, and so have some file formats.",
    example: "mcpass schema credentials",
    fix: "mcpass schema lists the names.",
  },
  missing_value: {
    title: "a flag that needs a value has none",
    meaning: "The flag is the last word of the command line, or another flag follows it.",
    example: "mcpass login --url",
    fix: "Write the value after the flag.",
  },
  missing_options: {
    title: "flags are missing, and there is no terminal to ask on",
    meaning:
      "mcpass asks for required values if it can. In a script or a pipe, or with --no-input, it cannot.",
    example: "mcpass tools call, in a script",
    fix: "Add the flags that the message names.",
  },
  repeated_option: {
    title: "a flag was given more often than allowed",
    meaning: "It has one value, and it is unclear which one you mean. Nothing was done.",
    example: "--url https://a.example --url https://b.example",
    fix: "Give the flag once.",
  },
  invalid_value: {
    title: "a flag's value cannot be used",
    meaning: "The message says what the flag accepts. Nothing was done.",
    example: "--step-timeout soon",
    fix: "Give a value of that kind, such as --step-timeout 60000 (in milliseconds).",
  },
  impossible_combination: {
    title: "two flags contradict each other",
    meaning: "They ask for opposite things, and neither has priority. Nothing was done.",
    example: "--quiet --verbose",
    fix: "Remove one of them.",
  },
  conflicting_options: {
    title: "two flags exclude each other",
    meaning: "Each works without the other; together the result is not defined. Nothing was done.",
    example: "mcpass oauth debug-proxy --raw --curl",
    fix: "Remove one of them.",
  },
  conflicting_credentials: {
    title: "several flags name different credentials",
    meaning: "A request has one token, and it is unclear which one you mean. Nothing was sent.",
    example: "mcpass tools list --access-token <token> --credentials-file <path>",
    fix: "Use one of them.",
  },
  private_when_hosted: {
    title: "--allow-private is refused inside a hosted service",
    meaning:
      "MCPASS_HOSTED says that mcpass runs for others. They must not reach the private network of the service.",
    spec: "RFC 9728 §7.7",
    example: "MCPASS_HOSTED=1 mcpass oauth proxy --allow-private",
    fix: "Run the command on your own machine, without MCPASS_HOSTED.",
  },
  proxy_refused: {
    title: "a proxy would hide the addresses that must be checked",
    meaning:
      "oauth proxy must not send requests into a private network. With an HTTP proxy mcpass does not learn the address, so it sends nothing.",
    spec: "RFC 9728 §7.7",
    example: "mcpass oauth proxy --url <url> --proxy http://proxy.example:3128",
    fix: "Leave --proxy out, and unset HTTPS_PROXY.",
  },
  body_without_method: {
    title: "a body was given for a method that has none",
    meaning: "GET and HEAD requests have no body, and without --method the request is a GET.",
    spec: "RFC 9110 §9.3.1",
    example: "mcpass oauth proxy --url <url> --body x",
    fix: "Name the method: --method POST",
  },
  redirect_url_invalid: {
    title: "a program on this machine cannot serve --redirect-url",
    meaning: "The browser has to deliver the code to mcpass, so the URL must be http on loopback.",
    spec: "RFC 8252 §7.3; MCP authorization, Communication Security",
    example: "--redirect-url https://elsewhere.example/callback",
    fix: "Use http://127.0.0.1:<port>/<path> or http://localhost:<port>/<path>.",
  },
  file_unreadable: {
    title: "a file that a flag names cannot be read",
    meaning: "It does not exist, is a folder, or you may not read it. Nothing was sent.",
    example: "--client-secret-file secert.txt",
    fix: "Give the path of a file that exists and that you can read.",
  },
  stdin_is_terminal: {
    title: '"-" reads standard input, which is a terminal',
    meaning:
      "Typed text would be visible on the screen, and the command would wait without a prompt.",
    example: "mcpass login --client-secret-file -",
    fix: "Pipe the value in, or give a file. Without the flag, mcpass asks and hides the input.",
  },
  secret_empty: {
    title: "the file of a secret is empty",
    meaning: "An empty secret cannot be right: often the program that writes the file failed.",
    example: "--client-secret-file /run/secrets/client (0 bytes)",
    fix: "Write the secret into the file.",
  },
  secret_several_lines: {
    title: "the file of a secret has several lines",
    meaning: "mcpass cannot tell which line is the value, and does not guess.",
    example: "# client secret of the test app, and the secret on the second line",
    fix: "Write only the secret into the file.",
  },
  json_invalid: {
    title: "a value is not a JSON object",
    meaning:
      "The text does not parse, or is an array, a string or a number. Often the shell removed the quotes.",
    example: "--tool-args city=Oslo",
    fix: 'Write --tool-args \'{"city":"Oslo"}\' or --tool-args @file.json.',
  },
  no_certificate: {
    title: "the file contains no PEM certificate",
    meaning:
      "mcpass needs the text form of a certificate; the file has a key, a binary form or something else.",
    example: "--ca-file ca.key, or --ca-file ca.der",
    fix: "Name a file with a block that starts with -----BEGIN CERTIFICATE-----.",
  },
  unwritable_output: {
    title: "a file that a flag names cannot be written",
    meaning: "mcpass checked this before the first request, so nothing was sent.",
    example: "--debug-out /missing/debug.json",
    fix: "Name a file in a folder that you may write to.",
  },
  not_an_artifact: {
    title: "the file is not a debug artifact of mcpass",
    meaning:
      "oauth report reads the files that --debug-out writes. This one has other content, or is incomplete.",
    example: "mcpass oauth report package.json",
    fix: "Record an artifact: mcpass login <url> --debug-out <path>",
  },
  artifact_version: {
    title: "the debug artifact is of another version",
    meaning: "Its format is newer than this mcpass, or from before 1.0, and would be misread.",
    example: '{"schemaVersion": 1}',
    fix: "Read it with the version that wrote it, or record it again.",
  },
  report_not_opened: {
    title: "the report was written, but no browser could be opened",
    meaning:
      "There is no display, as over SSH, or the program that opens files failed. The file is complete.",
    example: "mcpass oauth report debug.json --open, over SSH",
    fix: "Open the file yourself, or name a program: --browser <program>",
  },
  output_not_written: {
    title: "a file or the result could not be written at the end",
    meaning:
      "The disk is full, the folder was deleted, or the output pipe was closed. With --no-store, the token is lost then.",
    example: "--debug-out, --credentials-out, mcpass … > file, or mcpass login --no-store … | true",
    fix: "Free disk space, and run the command again.",
  },
} satisfies Pages;
