import type { Pages } from "./page.ts";

const FILE_STORE = "--store file";

export const STORE_PAGES = {
  store_entry_incomplete: {
    title: "the stored sign-in cannot repeat its grant",
    means: "A value that the grant needs is missing. The token is used as long as it is valid.",
    looks: "an entry that was edited, or written by another version",
    meanwhile: "Sign in again.",
  },
  keyring_locked: {
    title: "the system's keyring is locked",
    looks: "the keyring's helper reports a locked collection",
    meanwhile: `Unlock it, or ${FILE_STORE}`,
  },
  keyring_absent: {
    title: "there is no keyring in this session",
    looks: "no desktop session, or no helper program (secret-tool)",
    meanwhile: FILE_STORE,
  },
  keyring_failed: {
    title: "the keyring's helper program failed",
    looks: "secret-tool ends with an error",
    meanwhile: `Repair it, or ${FILE_STORE}`,
  },
  keyring_late: {
    title: "the keyring did not respond in time",
    means: "The keyring may be waiting for a password.",
    looks: "a password dialog behind other windows",
    meanwhile: `Unlock it, or ${FILE_STORE}`,
  },
  store_symlink: {
    title: "a file or folder of the store is a symbolic link",
    means: "A link could lead to another user's files.",
    looks: "ls -l shows an arrow",
    meanwhile: "Remove the link; to move the store, set MCPASS_HOME.",
  },
  store_wrong_kind: {
    title: "a path of the store is a folder instead of a file, or vice versa",
    looks: "a folder instead of a file",
    meanwhile: "Move it away.",
  },
  store_owner: {
    title: "the store belongs to another user",
    looks: "a store that was written with sudo",
    meanwhile: "Run as that user, or chown it.",
  },
  store_permissions: {
    title: "other users can access the store",
    looks: "a mode wider than 0700 or 0600",
    meanwhile: "chmod it; if others use the machine, log in again too.",
  },
  store_home_unknown: {
    title: "no variable names a home folder",
    looks: "HOME is not set",
    meanwhile: "Set MCPASS_HOME, or --store none",
  },
  store_home_relative: {
    title: "the store's folder depends on the current folder",
    looks: "MCPASS_HOME=.mcpass",
    meanwhile: "Set an absolute path.",
  },
  store_not_written: {
    title: "the store could not be written",
    means: "The stored sign-ins are unchanged.",
    looks: "a full or read-only disk",
    meanwhile: "Free disk space, or set MCPASS_HOME to another folder.",
  },
  store_not_locked: {
    title: "the store could not be locked",
    looks: "a store on a network disk",
    meanwhile: "Set MCPASS_HOME to a folder on a local disk.",
  },
  store_not_read: {
    title: "the store could not be read",
    looks: "a folder without read permission",
    meanwhile: "Give yourself read access.",
  },
  store_entry_damaged: {
    title: "a stored entry is not what mcpass writes",
    looks: "a file that was edited or cut",
    meanwhile: "Remove it and log in again.",
  },
  store_entry_not_sealed: {
    title: "a stored sign-in is not sealed by the keyring, and it must be",
    means:
      "The secrets of a stored sign-in are not sealed (encrypted with a key in the keyring), although --store keyring was given, or the keyring has a mark that sign-ins at this server are sealed. Another program may have replaced the file, so mcpass does not use it.",
    looks:
      "a file of the store that was replaced, or a sign-in that was stored without the keyring while the keyring did not answer",
    meanwhile:
      "Sign out and sign in again. If you stored it with --store file, add --store file to the command.",
  },
  store_version_newer: {
    title: "a stored entry was written by a newer mcpass",
    means: "mcpass neither uses nor overwrites it.",
    looks: "two versions share a store",
    meanwhile: "Use the newer one, or another MCPASS_HOME.",
  },
  store_secrets_lost: {
    title: "the keyring no longer opens an entry's secrets",
    looks: "the keyring was reset",
    meanwhile: "Log in again.",
  },
  account_ambiguous: {
    title: "there are several sign-ins for this server",
    means: "Without --account, mcpass uses the account default; none of these has that label.",
    looks: "mcpass oauth status --url <url> lists more than one",
    meanwhile: "--account <label>",
  },
  credentials_file_missing: {
    title: "the credentials file does not exist",
    looks: "--credentials-file with another path",
    meanwhile: "mcpass login --credentials-out <path>",
  },
  credentials_file_server: {
    title: "the credentials file belongs to another server",
    means: "mcpass sends a token only to the server that it is for.",
    clause: "MCP authorization, Access Token Privilege Restriction",
    looks: "--url and the file's serverUrl differ",
    meanwhile: "Name the file of this server.",
  },
  credentials_file_invalid: {
    title: "the file is not a credentials file of mcpass",
    looks: "JSON without tokens, or not JSON",
    meanwhile: "mcpass login --credentials-out <path>",
  },
} satisfies Pages;
