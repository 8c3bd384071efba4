/**
 * Pages about the network, the store, the files and the command line.
 *
 * @module
 */

import type { Pages } from "./page.ts";

const NOTHING = "Nothing on the server.";

/** Pages about the network. */
export const NETWORK_PAGES = {
  network_timeout: {
    title: "the server did not answer in time",
    means: "No complete answer came in time.",
    looks: "the connection opens, or not even that, and nothing follows",
    change: "Look for a slow upstream, a firewall that drops packets, or a stream that never ends.",
    meanwhile: "--step-timeout <ms>",
  },
  address_dead: {
    title: "one of the addresses of the host does not answer here",
    means: "One of the addresses of the server's name takes no connection from this machine, " +
      "another one does.",
    clause: "RFC 1123 §2.3",
    looks: "the first request waits for seconds, the others do not",
    change:
      "Where no other network gets an answer either: take the address out of the name's DNS " +
      "records, or let it answer.",
    meanwhile:
      "mcpass goes on with the addresses that take connections. Where other networks get " +
      "an answer, mend this one: often it has IPv6 that leads nowhere.",
  },
  network_dns: {
    title: "the host name has no address here",
    means: "The host name has no address here.",
    looks: "no connection is made",
    change: "Publish the name in public DNS.",
    meanwhile: "Check the spelling, the DNS and the VPN of this machine.",
  },
  network_proxy: {
    title: "the proxy did not connect to the server",
    means: "The proxy did not connect to the server.",
    looks: "CONNECT -> 4xx or 5xx",
    change: "Allow the host on the proxy.",
    meanwhile: "Check --proxy, HTTPS_PROXY and NO_PROXY.",
  },
  network_tls_certificate_required: {
    title: "the server wants a client certificate",
    means: "The server ends the TLS handshake because no client certificate was presented.",
    clause: "RFC 8446 §4.4.2.4; RFC 8705 §2",
    looks: "fatal alert certificate_required",
    change: "Ask for certificates where they are needed, and name those addresses in " +
      "mtls_endpoint_aliases: metadata has to be readable without one.",
    meanwhile:
      "--client-cert <path> --client-key <path>; an authorization server's metadata is read without",
  },
  network_tls_closed: {
    title: "the server closes the TLS connection without a word",
    means: "The server, or what stands before it, ended the TLS connection without a word.",
    clause: "RFC 8446 §6.1",
    looks: "the connection ends in the handshake, or before the answer is complete",
    change: "Send the alert that tells why, such as certificate_required.",
    meanwhile: "--client-cert <path> --client-key <path>, where it wants a certificate.",
  },
  network_tls_certificate_refused: {
    title: "the server refuses the client certificate",
    means: "The server ends the TLS handshake because of the client certificate.",
    clause: "RFC 8446 §6.2",
    looks: "fatal alert unknown_ca, bad_certificate, certificate_expired",
    change: "Trust the authority that issues the certificates of your clients.",
    meanwhile: "Look at issuer, validity and use (clientAuth): openssl x509 -text -in <path>",
  },
  network_tls_name: {
    title: "the server's certificate is for another name",
    means: "The server's certificate is for another name.",
    clause: "RFC 9525 §6",
    looks: "the handshake ends after the server's certificate",
    change: "Present a certificate for the public name (SNI behind a proxy).",
    meanwhile: "Use the name the certificate was issued for.",
  },
  network_tls_expired: {
    title: "the server's certificate is not valid at this time",
    means: "The certificate is not valid at this time.",
    clause: "RFC 5280 §4.1.2.5",
    looks: "the handshake ends after the server's certificate",
    change: "Renew the certificate.",
    meanwhile: "Check the clock of this machine.",
  },
  network_tls_untrusted: {
    title: "the server's certificate is not trusted here",
    means: "The certificate was not issued by an authority that is trusted here.",
    clause: "RFC 5280 §6",
    looks: "a self-signed certificate, or a chain without its intermediate",
    change: "Send the intermediate certificates with the server's.",
    meanwhile: "--ca-file <path> trusts a company's authority; verification cannot be turned off.",
  },
  network_tls_other: {
    title: "no secure connection could be made",
    means: "No secure connection could be made.",
    looks: "the port speaks no TLS, or only old versions",
    change: "Speak TLS 1.2 or 1.3 at this port.",
    meanwhile: "Check scheme and port of the URL.",
  },
  network_connection_refused: {
    title: "nothing listens at this address and port",
    means: "Nothing listens at this address and port.",
    looks: "the connection is refused at once",
    change: "Start the server; let it listen at its public address.",
    meanwhile: "Check address and port.",
  },
  network_unreachable: {
    title: "there is no way to the server's network from here",
    means: "There is no way to the server's network from here.",
    looks: "no connection is made",
    change: NOTHING,
    meanwhile: "Check network, VPN and firewall; an IPv6 address needs IPv6.",
  },
  network_protocol: {
    title: "the answer is not valid HTTP",
    means: "The answer is not valid HTTP.",
    clause: "RFC 9112 §2",
    looks: "another protocol at the port, or a body that does not match its headers",
    change: "Check Content-Length and Content-Encoding, and what a proxy alters.",
    meanwhile: "Check the port of the URL.",
  },
  network_connection_reset: {
    title: "the connection ended before the answer was complete",
    means: "The connection ended before the answer was complete.",
    looks: "part of an answer, then the end",
    change: "Look at the log of the server and of its proxy at this time.",
    meanwhile: "Try again.",
  },
  network_blocked_port: {
    title: "HTTP clients do not use this port",
    means: "HTTP clients do not use this port, which belongs to another protocol.",
    looks: "no connection is made",
    change: "Listen on another port.",
    meanwhile: "Nothing helps on the client's side.",
  },
  network_aborted: {
    title: "the request was ended by this program",
    means: "The request was ended by this program.",
    looks: "an exchange without an answer",
    change: NOTHING,
    meanwhile: "Run the command again.",
  },
  network_other: {
    title: "the request failed",
    means: "The request failed for a reason this program does not know.",
    looks: "an exchange without an answer",
    change: NOTHING,
    meanwhile: "--debug-out records the whole attempt.",
  },
  response_too_large: {
    title: "the answer is larger than is read",
    means: "The answer is larger than is read; metadata and tokens are short.",
    clause: "RFC 9728 §7.7",
    looks: "a body of more than 256 KB, also after decompression",
    change: "Answer with the short document that is due.",
    meanwhile: "Check that the address is the intended one.",
  },
  redirect_refused: {
    title: "the server redirected where the request must not follow",
    means:
      "The server redirected where a request must not follow: with credentials, or to a less safe place.",
    clause: "RFC 9700 §4.12; OAuth 2.1 §7.5.4",
    looks: "POST /token -> 307 Location: https://elsewhere",
    change: "Answer at the URL that the metadata names; name the final URL there.",
    meanwhile: "Name the right address in --url.",
  },
  unsendable_url: {
    title: "a URL of the server cannot be asked",
    means: "A URL of the server cannot be asked: no https, or user info in it.",
    clause: "MCP authorization, Communication Security",
    looks: '"token_endpoint": "http://auth.example/token"',
    change: "Name an https URL.",
    meanwhile: "http is for 127.0.0.1, [::1] and localhost.",
  },
  url_refused: {
    title: "the URL may not be asked under the rules of a hosted service",
    means:
      "The URL of the command line is none that may be asked under the rules of a hosted service.",
    looks: "--url ftp://…, http://… or https://user:password@…",
    change: NOTHING,
    meanwhile: "Give an https URL; credentials go into --header.",
  },
  address_refused: {
    title: "the name leads to a private address",
    means: "The name leads to a private address, where a service must not be led by its users.",
    clause: "RFC 9728 §7.7",
    looks: "https://name -> 10.0.0.1, 127.0.0.1 or 169.254.169.254",
    change: "Give the server a public address.",
    meanwhile: "On your own machine: --allow-private; link-local addresses are never asked.",
  },
  private_address_refused: {
    title: "a public server names an address in a private network",
    means:
      "A public server names a host in a private network (or on loopback, or link-local). It could " +
      "make this machine send requests to hosts that only this machine can reach. mcpass looks up " +
      "a host name once and checks each of its addresses. Behind a proxy, it also refuses a host " +
      "name without a dot and one below local, internal or home.arpa.",
    clause: "RFC 9728 §7.7",
    looks: '"authorization_servers": ["https://10.0.0.5"] at a public MCP server',
    change: "In the metadata, name hosts that every client of the server can reach.",
    meanwhile:
      "If the authorization server is the right one, sign in with --authorization-server <issuer>.",
  },
  invalid_header: {
    title: "a header field cannot be sent in HTTP",
    means: "A header field of --header cannot be sent in HTTP.",
    clause: "RFC 9110 §5.5",
    looks: '--header "Näme: x"',
    change: NOTHING,
    meanwhile: "Use visible ASCII characters.",
  },
  invalid_proxy: {
    title: "the proxy's address cannot be used",
    means: "The proxy's address cannot be used.",
    looks: "--proxy proxy.example",
    change: NOTHING,
    meanwhile: "Write http://host:port, https://host:port or socks5://host:port.",
  },
  ca_store_unavailable: {
    title: "the certificate authorities of the system cannot be loaded",
    means:
      "--ca-store asks for the certificate authorities of the system, but the system has none, or " +
      "mcpass cannot read them.",
    looks:
      "a container image without the package ca-certificates, or SSL_CERT_FILE with a path where " +
      "there is no file",
    change: NOTHING,
    meanwhile: "Install the package ca-certificates, or use --ca-store bundled.",
  },
  invalid_ca_certificate: {
    title: "the file of trusted certificates holds none",
    means: "The file of trusted certificates holds none.",
    looks: "--ca-file with a key or a binary certificate",
    change: NOTHING,
    meanwhile: "Convert it: openssl x509 -inform der -in ca.der -out ca.pem",
  },
  http_status: {
    title: "the server answered with an error status",
    means: "The server answered with an error status, and --fail was given.",
    looks: "mcpass oauth proxy --fail, status 400 or above",
    change: "See the body of the answer.",
    meanwhile: "Leave --fail out to exit 0 whatever the status.",
  },
  port_taken: {
    title: "another program listens at the port of --redirect-url",
    means: "Another program listens at the port of --redirect-url.",
    clause: "RFC 8252 §7.3",
    looks: "the callback listener cannot be opened",
    change: "Let loopback redirects have any port, as native clients need.",
    meanwhile: "End that program, or give another registered port.",
  },
  port_unavailable: {
    title: "the port for the callback cannot be opened",
    means: "The port for the callback cannot be opened.",
    clause: "RFC 8252 §7.3",
    looks: "--redirect-url http://127.0.0.1:80/callback",
    change: "Let loopback redirects have any port.",
    meanwhile: "Use a port from 1024 on that the client is registered with.",
  },
  listener_exposed: {
    title: "the callback listener came up where others can reach it",
    means: "The callback listener came up at an address that others can reach, and was closed.",
    clause: "RFC 8252 §8.3",
    looks: "a variable such as DENO_SERVE_ADDRESS is set",
    change: NOTHING,
    meanwhile: "Unset what moves listeners.",
  },
} satisfies Pages;

/** Pages about the store. */
export const STORE_PAGES = {
  store_entry_incomplete: {
    title: "a kept sign-in cannot be repeated by its grant",
    means: "A kept sign-in lacks what its grant needs to be repeated.",
    looks: "an entry that was edited, or written by another version",
    change: "Sign in again.",
    meanwhile: "The token is used as long as it is valid.",
  },
  keyring_locked: {
    title: "the system's keyring is locked",
    means: "The system's keyring is locked, and nobody unlocked it.",
    looks: "the keyring's helper reports a locked collection",
    change: NOTHING,
    meanwhile: "Unlock it, or --store file",
  },
  keyring_absent: {
    title: "there is no keyring in this session",
    means: "There is no keyring in this session.",
    looks: "no desktop session, or no helper program (secret-tool)",
    change: NOTHING,
    meanwhile: "--store file",
  },
  keyring_failed: {
    title: "the keyring did not do what it was asked",
    means: "The keyring did not do what it was asked.",
    looks: "its helper ended with an error",
    change: NOTHING,
    meanwhile: "Repair it, or --store file",
  },
  keyring_late: {
    title: "the keyring did not answer in time",
    means: "The keyring did not answer in time, perhaps waiting for a password.",
    looks: "a dialog may stand behind other windows",
    change: NOTHING,
    meanwhile: "Unlock it, or --store file",
  },
  store_symlink: {
    title: "a file or folder of the store is a symbolic link",
    means: "A file or folder of the store is a symbolic link, which could lead to another's files.",
    looks: "ls -l shows an arrow",
    change: NOTHING,
    meanwhile: "Remove the link; to move the store, set MCPASS_HOME.",
  },
  store_wrong_kind: {
    title: "something else stands in the place of the store",
    means: "Something else stands where a file or a folder of the store is due.",
    looks: "a folder in place of a file, or the other way round",
    change: NOTHING,
    meanwhile: "Move it away.",
  },
  store_owner: {
    title: "the store belongs to another user",
    means: "The store belongs to another user.",
    looks: "often after sudo",
    change: NOTHING,
    meanwhile: "Run as that user, or chown it.",
  },
  store_permissions: {
    title: "others can get at the store",
    means: "Others can get at the store.",
    looks: "a mode wider than 0700 or 0600",
    change: NOTHING,
    meanwhile: "chmod it; if others use the machine, log in again too.",
  },
  store_home_unknown: {
    title: "no variable names a home folder",
    means: "No variable names a home folder, so it cannot be told where credentials are kept.",
    looks: "HOME is not set",
    change: NOTHING,
    meanwhile: "Set MCPASS_HOME, or --store none",
  },
  store_home_relative: {
    title: "the store's folder depends on where the command is run",
    means: "The store's folder depends on where the command is run.",
    looks: "MCPASS_HOME=.mcpass",
    change: NOTHING,
    meanwhile: "Set an absolute path.",
  },
  store_not_written: {
    title: "the store could not be written",
    means: "The store could not be written; what was stored before is unchanged.",
    looks: "a full or read-only disk",
    change: NOTHING,
    meanwhile: "Make room, or set MCPASS_HOME to another folder.",
  },
  store_not_locked: {
    title: "the store could not be locked",
    means: "The store could not be locked against other processes.",
    looks: "often a network disk",
    change: NOTHING,
    meanwhile: "Set MCPASS_HOME to a folder on a local disk.",
  },
  store_not_read: {
    title: "the store could not be read",
    means: "The store could not be read.",
    looks: "a folder without read permission",
    change: NOTHING,
    meanwhile: "Give yourself read access.",
  },
  store_entry_damaged: {
    title: "a stored entry is not what this program writes",
    means: "A stored entry is not what this program writes.",
    looks: "a file that was edited or cut",
    change: NOTHING,
    meanwhile: "Remove it and log in again.",
  },
  store_entry_not_sealed: {
    title: "a stored sign-in is not sealed by the keyring, and it must be",
    means:
      "The secrets of a stored sign-in are not sealed (encrypted with a key in the keyring), although " +
      "--store keyring was given, or the keyring has a mark that sign-ins at this server are sealed. " +
      "Another program may have replaced the file, so mcpass does not use it.",
    looks:
      "a file of the store that was replaced, or a sign-in that was stored without the keyring while " +
      "the keyring did not answer",
    change: NOTHING,
    meanwhile:
      "Sign out and sign in again. If you stored it with --store file, add --store file to the " +
      "command.",
  },
  store_version_newer: {
    title: "a stored entry was written by a newer mcpass",
    means: "A stored entry was written by a newer mcpass; it is neither used nor overwritten.",
    looks: "two versions share a store",
    change: NOTHING,
    meanwhile: "Use the newer one, or another MCPASS_HOME.",
  },
  store_secrets_lost: {
    title: "the keyring no longer opens an entry's secrets",
    means: "The keyring no longer opens an entry's secrets.",
    looks: "the keyring was reset",
    change: NOTHING,
    meanwhile: "Log in again.",
  },
  account_ambiguous: {
    title: "there are several sign-ins for this server",
    means: "There are several sign-ins for this server.",
    looks: "mcpass oauth status --url <url> lists more than one",
    change: NOTHING,
    meanwhile: "--account <label>",
  },
  credentials_file_missing: {
    title: "the credentials file does not exist",
    means: "The credentials file does not exist.",
    looks: "--credentials-file with another path",
    change: NOTHING,
    meanwhile: "mcpass login --credentials-out <path>",
  },
  credentials_file_server: {
    title: "the credentials file belongs to another server",
    means:
      "The credentials file belongs to another server; no token is sent to a server it is not for.",
    clause: "MCP authorization, Access Token Privilege Restriction",
    looks: "--url and the file's serverUrl differ",
    change: NOTHING,
    meanwhile: "Name the file of this server.",
  },
  credentials_file_invalid: {
    title: "the credentials file is not one of this program's",
    means: "The credentials file is not one of this program's.",
    looks: "JSON without tokens, or no JSON",
    change: NOTHING,
    meanwhile: "mcpass login --credentials-out <path>",
  },
} satisfies Pages;

/** Pages about the command line. */
export const COMMAND_LINE_PAGES = {
  missing_argument: {
    title: "a word after the command's name is missing",
    means: "A command needs a word after its name.",
    looks: "mcpass completion without a shell",
    change: "Name it: the help of the command shows which words there are.",
    meanwhile: "Nothing was done.",
  },
  unknown_command: {
    title: "there is no such command",
    means: "There is no such command.",
    looks: "mcpass oauht login",
    change: NOTHING,
    meanwhile: "mcpass --help",
  },
  unknown_option: {
    title: "the command has no such flag",
    means: "The command has no such flag.",
    looks: "--scope in place of --scopes",
    change: NOTHING,
    meanwhile: "mcpass <command> --help",
  },
  unknown_code: {
    title: "there is no page for this code",
    means: "mcpass explain has no page for this code.",
    looks: "mcpass explain pkce_not_advertized",
    change: NOTHING,
    meanwhile: "mcpass explain --list names every code.",
  },
  unexpected_value: {
    title: "a value follows a flag that takes none",
    means: "A value follows a flag that takes none.",
    looks: "--verify-tools=yes",
    change: NOTHING,
    meanwhile: "Write the flag alone.",
  },
  unexpected_argument: {
    title: "a word is neither a flag nor a flag's value",
    means: "There is a word that is neither a flag nor a flag's value.",
    looks: "mcpass oauth login https://…",
    change: NOTHING,
    meanwhile: "Values follow flags: --url https://…",
  },
  missing_value: {
    title: "a flag that needs a value has none",
    means: "A flag that needs a value has none.",
    looks: "--url at the end of the line",
    change: NOTHING,
    meanwhile: "Write the value after it.",
  },
  missing_options: {
    title: "flags are missing, and there is no terminal to ask at",
    means: "Flags are missing, and there is no terminal to ask at.",
    looks: "a script, --no-input, or a pipe",
    change: NOTHING,
    meanwhile: "Give the flags that the message names.",
  },
  repeated_option: {
    title: "a flag was given more often than it may be",
    means: "A flag was given more often than it may be.",
    looks: "--url a --url b",
    change: NOTHING,
    meanwhile: "Give it once.",
  },
  invalid_value: {
    title: "a flag's value cannot be used",
    means: "A flag's value cannot be used.",
    looks: "--step-timeout soon",
    change: NOTHING,
    meanwhile: "The message says what would be right.",
  },
  impossible_combination: {
    title: "two flags contradict each other",
    means: "Two flags contradict each other.",
    looks: "--quiet --verbose",
    change: NOTHING,
    meanwhile: "Give one of them.",
  },
  conflicting_options: {
    title: "two flags exclude each other",
    means: "Two flags exclude each other.",
    looks: "--raw --curl",
    change: NOTHING,
    meanwhile: "Give one of them.",
  },
  conflicting_credentials: {
    title: "several flags name different credentials",
    means: "Several flags name different credentials.",
    looks: "--access-token and --credentials-file",
    change: NOTHING,
    meanwhile: "Give one of them.",
  },
  private_when_hosted: {
    title: "--allow-private is refused inside a hosted service",
    means: "--allow-private is refused inside a hosted service.",
    clause: "RFC 9728 §7.7",
    looks: "MCPASS_HOSTED is set",
    change: NOTHING,
    meanwhile: "Run it on your own machine.",
  },
  proxy_refused: {
    title: "a proxy would keep addresses from being checked",
    means: "A proxy would resolve names itself, so addresses could not be checked.",
    clause: "RFC 9728 §7.7",
    looks: "mcpass oauth proxy --proxy …",
    change: NOTHING,
    meanwhile: "Leave --proxy out.",
  },
  body_without_method: {
    title: "a body was given for a method that carries none",
    means: "A body was given for a method that carries none.",
    clause: "RFC 9110 §9.3.1",
    looks: "mcpass oauth proxy --body x",
    change: NOTHING,
    meanwhile: "--method POST",
  },
  redirect_url_invalid: {
    title: "--redirect-url is none that a program here can answer",
    means: "--redirect-url is none that a program on this machine can answer.",
    clause: "RFC 8252 §7.3; MCP authorization, Communication Security",
    looks: "--redirect-url https://elsewhere/callback",
    change: NOTHING,
    meanwhile: "Use http://127.0.0.1:<port>/<path>.",
  },
  file_unreadable: {
    title: "a file that a flag names cannot be read",
    means: "A file that a flag names cannot be read.",
    looks: "--ca-file, --client-secret-file or @file",
    change: NOTHING,
    meanwhile: "Name a file that exists and that you may read.",
  },
  stdin_is_terminal: {
    title: '"-" reads standard input, which is a terminal here',
    means: '"-" reads standard input, which is a terminal here.',
    looks: "--client-secret-file -",
    change: NOTHING,
    meanwhile: "Pipe the value in, or name a file.",
  },
  secret_empty: {
    title: "the file of a secret is empty",
    means: "The file of a secret is empty.",
    looks: "--client-secret-file with nothing in it",
    change: NOTHING,
    meanwhile: "Write the secret into it.",
  },
  secret_several_lines: {
    title: "the file of a secret holds more than the secret",
    means: "The file of a secret holds more than the secret.",
    looks: "a file with several lines",
    change: NOTHING,
    meanwhile: "Let it hold the secret and nothing else.",
  },
  json_invalid: {
    title: "a value that has to be a JSON object is not",
    means: "A value that has to be a JSON object is not.",
    looks: "--tool-args city=Oslo",
    change: NOTHING,
    meanwhile: `Write '{"city":"Oslo"}' or @file.json.`,
  },
  no_certificate: {
    title: "the file holds no certificate in PEM form",
    means: "The file holds no certificate in PEM form.",
    looks: "--ca-file with a key or a binary certificate",
    change: NOTHING,
    meanwhile: "The file needs a block that starts with -----BEGIN CERTIFICATE-----.",
  },
  unwritable_output: {
    title: "a file that a flag names cannot be written",
    means: "A file that a flag names cannot be written; found before the first request.",
    looks: "--debug-out /missing/debug.json",
    change: NOTHING,
    meanwhile: "Name a file in a folder that you may write to.",
  },
  not_an_artifact: {
    title: "the file is no debug artifact of this program",
    means: "The file is no debug artifact of this program.",
    looks: "mcpass oauth report package.json",
    change: NOTHING,
    meanwhile: "Name a file that --debug-out has written.",
  },
  artifact_version: {
    title: "the debug artifact is of another version",
    means: "The debug artifact has the shape of another version of this program.",
    looks: '{"schemaVersion": 1, …}',
    change: NOTHING,
    meanwhile: "Record it again, or read it with the version that wrote it.",
  },
  report_not_opened: {
    title: "no browser could be opened to show the report",
    means: "The report was written, and no browser could be opened to show it.",
    looks: "mcpass oauth report debug.json --open, over SSH or without a display",
    change: NOTHING,
    meanwhile: "Open the file yourself, or name a program with --browser.",
  },
  output_not_written: {
    title: "a file or the result could not be written at the end",
    means:
      "A file, or the result on standard output, could not be written at the end: the disk is " +
      "full, the folder has gone, or nobody reads a token that is kept nowhere.",
    looks:
      "--debug-out, --credentials-out, mcpass ... > file, or mcpass login --no-store ... | true",
    change: NOTHING,
    meanwhile: "Make room and run it again.",
  },
} satisfies Pages;
