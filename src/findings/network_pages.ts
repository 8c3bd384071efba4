import type { Pages } from "./page.ts";

export const NETWORK_PAGES = {
  network_timeout: {
    title: "no complete response in time",
    looks: "no connection, or a connection and no response",
    change: "Look for a slow upstream, a firewall that drops packets, or a stream without end.",
    meanwhile: "--step-timeout <ms>",
  },
  address_dead: {
    title: "one of the addresses of the host does not respond",
    means:
      "One of the addresses of the server's name accepts no connection from this machine, another one does. mcpass uses the other.",
    clause: "RFC 1123 §2.3",
    looks: "the first request waits for seconds, the others do not",
    change:
      "If other networks get no response either: remove the address from DNS, or let it respond.",
    meanwhile: "If other networks get a response, fix this one: often its IPv6 has no route.",
  },
  network_dns: {
    title: "cannot resolve the host name",
    looks: "no connection",
    change: "Publish the name in public DNS.",
    meanwhile: "Check the spelling, the DNS and the VPN of this machine.",
  },
  network_proxy: {
    title: "the proxy did not connect to the server",
    looks: "CONNECT -> 4xx or 5xx",
    change: "Allow the host on the proxy.",
    meanwhile: "Check --proxy, HTTPS_PROXY and NO_PROXY.",
  },
  network_tls_certificate_required: {
    title: "the server requires a client certificate",
    clause: "RFC 8446 §4.4.2.4; RFC 8705 §2",
    looks: "fatal alert certificate_required",
    change:
      "Ask for certificates where they are needed, and name those addresses in mtls_endpoint_aliases: metadata has to be readable without one.",
    meanwhile:
      "--client-cert <path> --client-key <path>; mcpass reads an authorization server's metadata without",
  },
  network_tls_closed: {
    title: "TLS connection closed without an alert",
    means: "The server, or a gateway in front of it, closed the TLS connection without a reason.",
    clause: "RFC 8446 §6.1",
    looks: "the connection ends in the handshake, or before the response is complete",
    change: "Send the alert that gives the reason, such as certificate_required.",
    meanwhile: "--client-cert <path> --client-key <path>, if it requires a certificate.",
  },
  network_tls_certificate_refused: {
    title: "the server refuses the client certificate",
    clause: "RFC 8446 §6.2",
    looks: "fatal alert unknown_ca, bad_certificate, certificate_expired",
    change: "Trust the authority that issues the certificates of your clients.",
    meanwhile: "Check issuer, validity and use (clientAuth): openssl x509 -text -in <path>",
  },
  network_tls_name: {
    title: "the server's certificate is for another name",
    clause: "RFC 9525 §6",
    looks: "the handshake ends after the server's certificate",
    change: "Present a certificate for the public name (SNI behind a proxy).",
    meanwhile: "Use the name the certificate was issued for.",
  },
  network_tls_expired: {
    title: "the server's certificate is not valid at this time",
    clause: "RFC 5280 §4.1.2.5",
    looks: "the handshake ends after the server's certificate",
    change: "Renew the certificate.",
    meanwhile: "Check the clock of this machine.",
  },
  network_tls_untrusted: {
    title: "the server's certificate is not trusted",
    means: "No authority that is trusted on this machine issued the certificate.",
    clause: "RFC 5280 §6",
    looks: "a self-signed certificate, or a chain without its intermediate",
    change: "Send the intermediate certificates with the server's.",
    meanwhile: "--ca-file <path> trusts a company's authority; verification cannot be turned off.",
  },
  network_tls_other: {
    title: "TLS connection failed",
    looks: "the port speaks no TLS, or only old versions",
    change: "Speak TLS 1.2 or 1.3 at this port.",
    meanwhile: "Check scheme and port of the URL.",
  },
  network_connection_refused: {
    title: "connection refused",
    means: "Nothing listens at this address and port.",
    looks: "the connection is refused at once",
    change: "Start the server; let it listen at its public address.",
    meanwhile: "Check address and port.",
  },
  network_unreachable: {
    title: "the server's network is not reachable from this machine",
    looks: "no connection",
    meanwhile: "Check network, VPN and firewall; an IPv6 address needs IPv6.",
  },
  network_protocol: {
    title: "the response is not valid HTTP",
    clause: "RFC 9112 §2",
    looks: "another protocol at the port, or a body that does not match its headers",
    change: "Check Content-Length and Content-Encoding, and what a proxy changes.",
    meanwhile: "Check the port of the URL.",
  },
  network_connection_reset: {
    title: "the connection ended before the response was complete",
    looks: "part of a response, then the end",
    change: "Look at the log of the server and of its proxy at this time.",
    meanwhile: "Try again.",
  },
  network_blocked_port: {
    title: "HTTP clients do not use this port",
    means: "The port belongs to another protocol.",
    looks: "no connection",
    change: "Listen on another port.",
    meanwhile: "None for the client.",
  },
  network_aborted: {
    title: "mcpass ended the request",
    looks: "a request without a response",
    meanwhile: "Run the command again.",
  },
  network_other: {
    title: "the request failed",
    looks: "a request without a response",
    meanwhile: "--debug-out records the complete attempt.",
  },
  response_too_large: {
    title: "the response is too large",
    means: "Metadata and tokens are short; mcpass reads no more than 256 KB.",
    clause: "RFC 9728 §7.7",
    looks: "a body of more than 256 KB, also after decompression",
    change: "Send the short document that is expected.",
    meanwhile: "Check that the address is the intended one.",
  },
  redirect_refused: {
    title: "redirect not followed",
    means:
      "A request with credentials follows no redirect; no request follows one to a less safe URL.",
    clause: "RFC 9700 §4.12; OAuth 2.1 §7.5.4",
    looks: "POST /token -> 307 Location: https://elsewhere",
    change: "Respond at the URL that the metadata names, or name the final URL in it.",
    meanwhile:
      "If the MCP endpoint itself has moved, use its new URL as --url. A sign-in page is not an MCP endpoint.",
  },
  unsendable_url: {
    title: "a URL of the server cannot be requested",
    means: "The URL is not https, or has user info in it.",
    clause: "MCP authorization, Communication Security",
    looks: '"token_endpoint": "http://auth.example/token"',
    change: "Name an https URL.",
    meanwhile: "http is for 127.0.0.1, [::1] and localhost.",
  },
  url_refused: {
    title: "the rules of a hosted service do not allow this URL",
    looks: "--url ftp://…, http://… or https://user:password@…",
    meanwhile: "Give an https URL; pass credentials with --header.",
  },
  address_refused: {
    title: "the host name resolves to a private address",
    means: "A hosted service must not let its users send requests to private addresses.",
    clause: "RFC 9728 §7.7",
    looks: "https://name -> 10.0.0.1, 127.0.0.1 or 169.254.169.254",
    change: "Give the server a public address.",
    meanwhile: "On your own machine: --allow-private; link-local addresses are never allowed.",
  },
  private_address_refused: {
    title: "a public server names an address in a private network",
    means:
      "A public server names a host in a private network (or on loopback, or link-local). It could make this machine send requests to hosts that only this machine can reach. mcpass looks up a host name once and checks each of its addresses. Behind a proxy, it also refuses a host name without a dot and one below local, internal or home.arpa.",
    clause: "RFC 9728 §7.7",
    looks: '"authorization_servers": ["https://10.0.0.5"] at a public MCP server',
    change: "In the metadata, name hosts that every client of the server can reach.",
    meanwhile:
      "If the authorization server is the right one, sign in with --authorization-server <issuer>.",
  },
  invalid_header: {
    title: "HTTP does not allow this header field",
    clause: "RFC 9110 §5.5",
    looks: '--header "Näme: x"',
    meanwhile: "Use visible ASCII characters.",
  },
  invalid_proxy: {
    title: "the proxy's address cannot be used",
    looks: "--proxy proxy.example",
    meanwhile: "Write http://host:port, https://host:port or socks5://host:port.",
  },
  ca_store_unavailable: {
    title: "the certificate authorities of the system cannot be loaded",
    looks:
      "a container image without the package ca-certificates, or SSL_CERT_FILE with a path where there is no file",
    meanwhile: "Install the package ca-certificates, or use --ca-store bundled.",
  },
  invalid_ca_certificate: {
    title: "the file of trusted certificates has none",
    looks: "--ca-file with a key or a binary certificate",
    meanwhile: "Convert it: openssl x509 -inform der -in ca.der -out ca.pem",
  },
  http_status: {
    title: "the server returned an error status (--fail)",
    looks: "mcpass oauth proxy --fail, status 400 or above",
    change: "See the response body.",
    meanwhile: "Leave --fail out to exit 0 for every status.",
  },
  port_taken: {
    title: "another program listens at the port of --redirect-url",
    clause: "RFC 8252 §7.3",
    looks: "the callback listener cannot be opened",
    change: "Let loopback redirects have any port, as native clients need.",
    meanwhile: "End that program, or give another registered port.",
  },
  port_unavailable: {
    title: "the port for the callback cannot be opened",
    clause: "RFC 8252 §7.3",
    looks: "--redirect-url http://127.0.0.1:80/callback",
    change: "Let loopback redirects have any port.",
    meanwhile: "Use a port from 1024 on that the client is registered with.",
  },
  listener_exposed: {
    title: "others could reach the callback listener; it was closed",
    clause: "RFC 8252 §8.3",
    looks: "a variable such as DENO_SERVE_ADDRESS is set",
    meanwhile: "Unset variables that change the address of listeners.",
  },
} satisfies Pages;
