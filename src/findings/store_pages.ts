import type { Pages } from "./page.ts";

const OR_FILE = "or store the sign-in in a file: --store file";

export const STORE_PAGES = {
  store_entry_incomplete: {
    title: "the stored sign-in cannot repeat its grant",
    meaning:
      "A value that the grant needs is missing. The token is used until it expires; then mcpass cannot obtain another one.",
    example: "an entry that was edited, or written by another version",
    fix: "Sign in again.",
  },
  keyring_locked: {
    title: "the system's keyring is locked",
    meaning:
      "The keys of your sign-ins are in it. Until it is unlocked, mcpass can neither read nor store secrets there.",
    example: "after a login by SSH, or with automatic login of the desktop",
    fix: `Unlock the keyring, ${OR_FILE}`,
  },
  keyring_absent: {
    title: "there is no keyring in this session",
    meaning:
      "The system has no keyring service here, as in containers and on servers. --store keyring cannot work.",
    example: "no desktop session, or secret-tool is not installed",
    fix: "Store the sign-in in a file that only you can read: --store file",
  },
  keyring_failed: {
    title: "the keyring's helper program failed",
    meaning:
      "mcpass uses the helper of the system to read and store secrets. The message has its error.",
    example: "secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY",
    fix: `Fix the error that the helper reports, ${OR_FILE}`,
  },
  keyring_late: {
    title: "the keyring did not respond in time",
    meaning: "It is probably waiting for a password in a window.",
    example: "a password dialog behind other windows",
    fix: `Unlock the keyring, ${OR_FILE}`,
  },
  store_entry_changed: {
    title: "another process wrote the sign-in at the same time",
    meaning:
      "Several processes share the store. mcpass reads the sign-in again and repeats its change; this error means that every repetition met another write.",
    example: "a script that renames and refreshes one sign-in in a loop",
    fix: "Run the command again.",
  },
  refresh_under_way: {
    title: "another process is still refreshing the token",
    meaning:
      "A second request with the same refresh token would end the sign-in at an authorization server that detects reuse, so mcpass waits for the other process. The message says which one, and since when.",
    example: "a machine that lost its connection to the database while it refreshed the token",
    fix: "Run the command again. To wait longer, use --step-timeout <ms>.",
  },
  store_without_events: {
    title: "this store records no events",
    meaning:
      "Only the PostgreSQL store records which process refreshed or changed a sign-in. A file store belongs to one person on one machine.",
    example: "mcpass store log --store file",
    fix: "Use --store postgres.",
  },
  store_lock_timeout: {
    title: "another process holds the lock of the stored sign-in",
    meaning:
      "Only one process at a time refreshes or changes a sign-in. mcpass waits until the other one has finished, at most for --step-timeout. The message names the process that holds the lock, if it is known.",
    example: "a refresh at an authorization server that does not respond",
    fix: "Run the command again. To wait longer, use --step-timeout <ms>.",
  },
  store_symlink: {
    title: "a file or folder of the store is a symbolic link",
    meaning: "A link could lead secrets into a file of another user, so mcpass does not follow it.",
    example: "~/.local/share/mcpass -> /mnt/shared/mcpass",
    fix: "Remove the link. To have the store elsewhere, set MCPASS_HOME.",
  },
  store_wrong_kind: {
    title: "the store has a folder instead of a file, or vice versa",
    meaning:
      "mcpass did not create it and does not replace it, because it may contain something of yours.",
    example: "mkdir where mcpass stores a file",
    fix: "Move it to another folder.",
  },
  store_owner: {
    title: "the store belongs to another user",
    meaning:
      "Its owner could read or replace your sign-ins, so mcpass does not use it. Usually mcpass was run with sudo once.",
    example: "drwx------ root ~/.local/share/mcpass",
    fix: "Run mcpass as that user, or change the owner: chown -R $USER <path>",
  },
  store_permissions: {
    title: "other users can access the store",
    meaning:
      "They could read your tokens, or replace them. mcpass does not use the store until only you can access it.",
    example: "drwxr-xr-x ~/.local/share/mcpass (mode 0755)",
    fix:
      "Run chmod 700 <folder> or chmod 600 <file>. If others use this machine, sign in again: they may have read the tokens.",
  },
  store_home_unknown: {
    title: "no variable names a home folder",
    meaning:
      "mcpass does not know where to store sign-ins. This happens in services and minimal containers.",
    example: "env -i mcpass status",
    fix: "Set MCPASS_HOME to a folder, or store nothing: --store none",
  },
  store_home_relative: {
    title: "the store's folder depends on the current folder",
    meaning:
      "With a relative path, each folder would have other sign-ins, and secrets could end up in a project.",
    example: "MCPASS_HOME=.mcpass",
    fix: "Set MCPASS_HOME to an absolute path.",
  },
  store_not_written: {
    title: "the store could not be written",
    meaning: "What was stored before is unchanged; the new tokens are not stored.",
    example: "a full or read-only disk",
    fix: "Free disk space, or set MCPASS_HOME to another folder.",
  },
  store_not_locked: {
    title: "the store could not be locked",
    meaning:
      "Without a lock, two processes could refresh one token at the same time, which ends the sign-in at some servers.",
    example: "MCPASS_HOME on a network disk",
    fix: "Set MCPASS_HOME to a folder on a local disk.",
  },
  store_not_read: {
    title: "the store could not be read",
    meaning: "mcpass cannot tell which sign-ins there are, so it changes nothing.",
    example: "a folder without read permission",
    fix: "Give yourself read access: chmod u+rwX <path>",
  },
  store_entry_damaged: {
    title: "a stored entry is not what mcpass writes",
    meaning:
      "The file was edited or cut. mcpass does not guess its content; other sign-ins are not affected.",
    example: "a file that ends in the middle of its JSON",
    fix: "Delete the file that the message names, and sign in again.",
  },
  store_entry_not_sealed: {
    title: "a stored sign-in is not encrypted with the keyring",
    meaning:
      "Its secrets are not encrypted with a key in the keyring, although --store keyring was given, or the keyring records that this sign-in must be encrypted. Another program may have replaced the file, so mcpass does not use it.",
    example:
      "a file of the store that was replaced, or a sign-in that was stored while the keyring did not respond",
    fix:
      "Sign out and sign in again. If you stored it with --store file, add --store file to the command.",
  },
  store_version_newer: {
    title: "a stored entry was written by a newer mcpass",
    meaning: "This version cannot read it, and does not overwrite it.",
    example: "two versions of mcpass with one store",
    fix: "Use the newer version, or another folder: MCPASS_HOME",
  },
  store_secrets_lost: {
    title: "the keyring no longer opens an entry's secrets",
    meaning:
      "The key that encrypts them is gone, for example because the keyring was reset. The tokens cannot be recovered.",
    example: "after the keyring of the system was deleted",
    fix: "Sign in again.",
  },
  account_ambiguous: {
    title: "there are several sign-ins for this server",
    meaning:
      "Without --account, mcpass uses the account default, and none of these has that label.",
    example: "mcpass status <url> lists the accounts work and home",
    fix: "Name one: --account <label>",
  },
  credentials_file_missing: {
    title: "the credentials file does not exist",
    meaning:
      "The command reads tokens from the file that you named, and did not look in the store.",
    example: "mcpass tools list --credentials-file credentails.json",
    fix: "Correct the path, or write the file: mcpass login <url> --credentials-out <path>",
  },
  credentials_file_server: {
    title: "the credentials file belongs to another server",
    meaning: "A server must not receive a token for another one, so mcpass sent nothing.",
    spec: "MCP authorization, Access Token Privilege Restriction",
    example: 'the URL https://a.example/mcp and "serverUrl": "https://b.example/mcp"',
    fix: "Name the file of this server, or the URL in the file.",
  },
  credentials_file_invalid: {
    title: "the file is not a credentials file of mcpass",
    meaning: "It is not JSON, or has no tokens.",
    example: "mcpass tools list --credentials-file package.json",
    fix: "Write such a file: mcpass login <url> --credentials-out <path>",
  },
} satisfies Pages;
