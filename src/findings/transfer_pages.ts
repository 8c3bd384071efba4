import type { Pages } from "./page.ts";

export const TRANSFER_PAGES = {
  export_refused: {
    title: "this sign-in cannot be used on another machine",
    meaning:
      "It needs something that mcpass does not put into a transfer file, or it has ended. Nothing was changed.",
    example: "a client certificate whose private key is in a file of this machine",
    fix: "Sign in on the other machine: mcpass login <url>",
  },
  tokens_rotate: {
    title: "a sign-in with rotating refresh tokens cannot be copied",
    meaning:
      "The authorization server replaces the refresh token at each refresh and ends the sign-in if an old one is used. So only one machine can have it. It was refreshed, and is still usable here.",
    spec: "RFC 9700 §4.14.2",
    example: "mcpass oauth export linear --copy --to age1...",
    fix:
      "Move the sign-in: run mcpass oauth export without --copy. Or sign in on the other machine too.",
  },
  transfer_not_written: {
    title: "the transfer file could not be read back",
    meaning:
      "mcpass reads the file after it wrote it, before it disables the sign-in. The sign-in is still usable here.",
    example: "a faulty disk, or another program that changed the file",
    fix: "Choose a file on another disk: mcpass oauth export <server> --out <path>",
  },
  transfer_file_invalid: {
    title: "the file is not a usable transfer file",
    meaning:
      "It is not a file that mcpass oauth export wrote, or it was truncated or changed. Nothing was imported.",
    example: "the first half of a file, after an interrupted copy",
    fix: "Copy the file again, completely. It is text, from -----BEGIN to the last -----.",
  },
  transfer_not_opened: {
    title: "the transfer file cannot be opened with this key",
    meaning:
      "It is sealed with a passphrase, or for recipients whose identity is not here. Nothing was imported.",
    example: "a file for the recipient of another machine",
    fix:
      "Give the passphrase or the identity: mcpass oauth import <file> --passphrase-file <path>, or --identity-file <path>. Or export it again for the recipient that mcpass oauth recipient prints here.",
  },
  transfer_expired: {
    title: "the transfer file is no longer valid",
    meaning:
      "It can be imported for an hour, unless it was exported for another time. Nothing was stored.",
    example: "a file that was exported yesterday",
    fix:
      "Export the sign-in again if it is still usable there (mcpass oauth export <server> --valid-for <period>), or sign in here.",
  },
  transfer_used: {
    title: "this sign-in was imported here before",
    meaning:
      "The refresh token in the file was used when it was imported. A second use would end the sign-in at a server that rotates refresh tokens.",
    spec: "RFC 9700 §4.14.2",
    example: "mcpass oauth import linear.age, twice",
    fix: "Use the stored sign-in: mcpass status",
  },
  sign_in_exists: {
    title: "a stored sign-in would be replaced",
    meaning:
      "There is a sign-in for the same server and account. Without a terminal, mcpass replaces it only with --force.",
    example: "mcpass oauth import in a script, on a machine with a stored sign-in",
    fix:
      "Replace it (mcpass oauth import <file> --force), or store the new one under another label: --account <label>",
  },
  import_issuer_differs: {
    title: "the imported sign-in has another issuer than the stored one",
    meaning:
      "The tokens of one MCP server usually have one issuer. A file from somebody else could lead your requests to an account that is not yours, so nothing was imported.",
    example: "the stored sign-in is from https://as.example, the file from https://other.example",
    fix:
      "Ask who exported the file. To use both, add --account <label>; to use only the new one, run mcpass logout <url> first.",
  },
  store_busy: {
    title: "another process is refreshing the sign-in",
    meaning: "Its result is not stored yet, so moving the old tokens could lose it.",
    example: "mcpass store copy while a machine of the fleet refreshes",
    fix: "Run the command again.",
  },
  store_copy_incomplete: {
    title: "some sign-ins were not copied to the other store",
    meaning:
      "The output gives the reason for each. Sign-ins that were moved are only in the other store; the others are unchanged.",
    example: "a sign-in that is newer in the other store",
    fix: "Fix the problems in the output, and run mcpass store copy again.",
  },
} as const satisfies Pages;
