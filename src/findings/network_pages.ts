import type { Pages } from "./page.ts";

export const NETWORK_PAGES = {
  network_timeout: {
    title: "no complete response in time",
    meaning:
      "The server, or a firewall in between, did not answer within the time limit of a step (30 s by default). mcpass cannot tell whether the server works on the request.",
    example: "connect 203.0.113.7:443 … nothing for 30 s",
    serverFix:
      "Look for a slow upstream, a firewall that drops packets, or a stream that never ends.",
    workaround: "Allow more time: --step-timeout <ms>",
  },
  address_dead: {
    title: "an address of the host does not respond",
    meaning:
      "The host has several addresses, and one accepts no connection from this machine. mcpass uses another one, after a delay; programs that try only the first address fail.",
    spec: "RFC 1123 §2.3",
    example: "2001:db8::7 -> no response; 203.0.113.7 -> connected",
    serverFix: "Remove the address from DNS, or let the server listen at it.",
    fix: "If the address responds from other networks, fix this network: often IPv6 has no route.",
  },
  network_dns: {
    title: "cannot resolve the host name",
    meaning:
      "DNS knows no address for the name, at least not in this network. So no request was sent.",
    example: "https://mcp.exmaple.com/mcp",
    serverFix: "If the name is right, publish it in public DNS.",
    fix: "Check the spelling, and the DNS and VPN of this machine.",
  },
  network_proxy: {
    title: "the proxy did not connect to the server",
    meaning:
      "mcpass reached the proxy, and the proxy refused or failed to connect. The server received nothing.",
    example: "CONNECT server.example:443 -> 403",
    fix:
      "Check --proxy, HTTPS_PROXY and NO_PROXY. Otherwise let the operator of the proxy allow the host.",
  },
  network_tls_certificate_required: {
    title: "the server requires a client certificate",
    meaning:
      "The TLS handshake ended because mcpass presented no certificate. Metadata must be readable without one; other endpoints may require it.",
    spec: "RFC 8446 §4.4.2.4; RFC 8705 §2",
    example: "TLS alert certificate_required",
    serverFix:
      "Require certificates only where they are needed, and name those endpoints in mtls_endpoint_aliases.",
    workaround:
      "Present a certificate: --client-cert <path> --client-key <path>. mcpass does not present it for the metadata of an authorization server.",
  },
  network_tls_closed: {
    title: "TLS connection closed without an alert",
    meaning:
      "The server, or a gateway in front of it, closed the connection and gave no reason. Often it requires a client certificate, or refuses the host name.",
    spec: "RFC 8446 §6.1",
    example: "ClientHello sent, connection closed",
    serverFix: "Send the alert that gives the reason, such as certificate_required.",
    workaround: "If the server requires a certificate: --client-cert <path> --client-key <path>",
  },
  network_tls_certificate_refused: {
    title: "the server refuses the client certificate",
    meaning:
      "It does not trust the authority that issued the certificate, or the certificate has expired or is not for clients. The handshake ended.",
    spec: "RFC 8446 §6.2",
    example: "TLS alert unknown_ca, bad_certificate or certificate_expired",
    serverFix: "Trust the authority that issues the certificates of your clients.",
    fix: "Check issuer, validity and use (clientAuth): openssl x509 -text -in <path>",
  },
  network_tls_name: {
    title: "the server's certificate is for another name",
    meaning:
      "mcpass cannot be sure that it talks to the right server, so it sends nothing. A proxy in front of a server often presents a default certificate.",
    spec: "RFC 9525 §6",
    example: "https://server.example, certificate for *.hosting.example",
    serverFix: "Present a certificate for the public name (SNI behind a proxy).",
    workaround: "If the server has another name, use it in the URL.",
  },
  network_tls_expired: {
    title: "the server's certificate is not valid at this time",
    meaning:
      "It has expired, is not valid yet, or the clock of this machine is wrong. mcpass sends nothing.",
    spec: "RFC 5280 §4.1.2.5",
    example: "notAfter=Nov 29 23:59:59 2026 GMT",
    serverFix: "Renew the certificate.",
    fix: "Check the clock of this machine.",
  },
  network_tls_untrusted: {
    title: "the server's certificate is not trusted",
    meaning:
      "No authority that this machine trusts issued it: it is self-signed, from a company's authority, or an intermediate certificate is missing. Verification cannot be turned off.",
    spec: "RFC 5280 §6",
    example: "a self-signed certificate for server.example",
    serverFix: "Send the intermediate certificates with your own.",
    workaround:
      "To trust the certificate authority of a company or a test server: --ca-file <path>",
  },
  network_tls_other: {
    title: "TLS connection failed",
    meaning:
      "The port does not use TLS, or only versions before 1.2. Often the scheme or the port of the URL is wrong.",
    example: "https://server.example:80",
    serverFix: "Support TLS 1.2 or 1.3 at this port.",
    fix: "Check scheme and port of the URL.",
  },
  network_connection_refused: {
    title: "connection refused",
    meaning:
      "The machine answered that nothing listens at this address and port. The server is not running, or listens elsewhere.",
    example: "http://127.0.0.1:3000/mcp -> ECONNREFUSED",
    serverFix: "Start the server, and let it listen at its public address.",
    fix: "Check host and port of the URL.",
  },
  network_unreachable: {
    title: "the server's network is not reachable from this machine",
    meaning:
      "This machine has no route to the address. Often a VPN is off, or the address is IPv6 and the network is not.",
    example: "connect 2001:db8::7 -> ENETUNREACH",
    fix: "Check network, VPN and firewall of this machine.",
  },
  network_protocol: {
    title: "the response is not valid HTTP",
    meaning:
      "Another protocol is at the port, or the body does not match its headers. mcpass uses nothing of the response.",
    spec: "RFC 9112 §2",
    example: "Content-Length: 100 with a body of 80 bytes",
    serverFix: "Check Content-Length and Content-Encoding, and what a proxy changes.",
    fix: "Check the port of the URL.",
  },
  network_connection_reset: {
    title: "the connection ended before the response was complete",
    meaning:
      "The server or a proxy closed it, perhaps because of a crash, a restart or a time limit.",
    example: "200 with half of the body, then the end of the connection",
    serverFix: "Look at the log of the server and of its proxy at this time.",
    workaround: "Try again.",
  },
  network_blocked_port: {
    title: "HTTP clients do not use this port",
    meaning:
      "The port belongs to another protocol, such as mail. Browsers and HTTP libraries refuse it, so that a web page cannot attack such services.",
    example: "https://server.example:25/mcp",
    serverFix: "Listen on another port.",
    fix: "Check the port of the URL.",
  },
  network_aborted: {
    title: "mcpass ended the request",
    meaning:
      "The command ended while the request was running, for example by Ctrl-C. The server may have received it.",
    example: "POST /mcp, and Ctrl-C before the response",
    fix: "Run the command again.",
  },
  network_other: {
    title: "the request failed",
    meaning: "The network reported an error that mcpass does not know. The message has its text.",
    example: "POST https://server.example/mcp -> no response",
    fix: "Try again. To record the attempt, secrets masked: --debug-out <path>",
  },
  response_too_large: {
    title: "the response is too large",
    meaning:
      "Metadata and token responses are short: mcpass reads 256 KB at most, also after decompression. A longer body is a wrong page, or an attack.",
    spec: "RFC 9728 §7.7",
    example: "GET /.well-known/oauth-authorization-server -> 200 with 3 MB",
    serverFix: "Send the short document that is expected.",
    workaround: "Check that the URL is the intended one.",
  },
  redirect_refused: {
    title: "redirect not followed",
    meaning:
      "A request with credentials follows no redirect, because the target would receive them. No request follows a redirect to a less safe URL.",
    spec: "RFC 9700 §4.12; OAuth 2.1 §7.5.4",
    example: "POST /token -> 307 Location: https://elsewhere.example/token",
    serverFix: "Respond at the URL that the metadata names, or name the final URL in it.",
    workaround:
      "If the MCP endpoint itself has moved, use its new URL. A sign-in page is not an MCP endpoint.",
  },
  unsendable_url: {
    title: "a URL of the server cannot be requested",
    meaning:
      "It is not https, or has user info in it. Credentials would be readable on the network, so mcpass does not request it. http is for 127.0.0.1, [::1] and localhost.",
    spec: "MCP authorization, Communication Security",
    example: '"token_endpoint": "http://auth.example/token"',
    serverFix: "Publish an https URL.",
  },
  url_refused: {
    title: "the rules of a hosted service do not allow this URL",
    meaning:
      "oauth proxy sends requests for others, so it accepts only https URLs without user info.",
    example: "mcpass oauth proxy --url https://user:password@server.example",
    fix: "Give an https URL. Send credentials with --header.",
  },
  address_refused: {
    title: "the host name resolves to a private address",
    meaning:
      "A hosted service must not let its users send requests into its own network (SSRF). oauth proxy has this rule too.",
    spec: "RFC 9728 §7.7",
    example: "https://name.example -> 10.0.0.1, 127.0.0.1 or 169.254.169.254",
    serverFix: "Give the server a public address.",
    workaround: "On your own machine: --allow-private. Link-local addresses are never allowed.",
  },
  private_address_refused: {
    title: "a public server names an address in a private network",
    meaning:
      "It could make this machine send requests to hosts that only this machine can reach (SSRF). mcpass resolves each host name once and checks each address. Behind a proxy, it also refuses names without a dot and names below local, internal or home.arpa.",
    spec: "RFC 9728 §7.7",
    example: '"authorization_servers": ["https://10.0.0.5"] at https://mcp.example.com',
    serverFix: "In the metadata, name hosts that every client of the server can reach.",
    workaround: "If the authorization server is the right one: --authorization-server <issuer>",
  },
  invalid_header: {
    title: "HTTP does not allow this header field",
    meaning: "A name or a value has characters that a header must not have. mcpass sent nothing.",
    spec: "RFC 9110 §5.5",
    example: '--header "Näme: x"',
    fix: 'Use visible ASCII characters: --header "X-Name: x"',
  },
  invalid_proxy: {
    title: "the proxy's address cannot be used",
    meaning: "mcpass needs scheme, host and port to connect to a proxy.",
    example: "--proxy proxy.example",
    fix: "Write http://host:port, https://host:port or socks5://host:port.",
  },
  ca_store_unavailable: {
    title: "the certificate authorities of the system cannot be loaded",
    meaning:
      "Without them no certificate can be verified, so mcpass connects to no server. Small container images often have none.",
    example: "SSL_CERT_FILE=/missing.pem, or a container without the package ca-certificates",
    fix: "Install the package ca-certificates, or use --ca-store bundled.",
  },
  invalid_ca_certificate: {
    title: "the file of trusted certificates has none",
    meaning:
      "--ca-file needs certificates in PEM form. The file has another format, or something else.",
    example: "--ca-file ca.der",
    fix: "Convert the file: openssl x509 -inform der -in ca.der -out ca.pem",
  },
  http_status: {
    title: "the server returned an error status (--fail)",
    meaning: "You asked for a failure at status 400 and above. The response itself is printed.",
    example: "mcpass oauth proxy --url <url> --fail -> 404",
    fix: "Read the response body. To exit with 0 for every status, leave --fail out.",
  },
  port_taken: {
    title: "another program listens at the port of --redirect-url",
    meaning:
      "mcpass cannot receive the authorization response there. Perhaps another login is still waiting.",
    spec: "RFC 8252 §7.3",
    example: "--redirect-url http://127.0.0.1:8080/callback -> EADDRINUSE",
    fix: "End that program, or use another registered port.",
  },
  port_unavailable: {
    title: "the port for the callback cannot be opened",
    meaning:
      "The system does not let this user listen there; on many systems ports below 1024 are reserved.",
    spec: "RFC 8252 §7.3",
    example: "--redirect-url http://127.0.0.1:80/callback -> EACCES",
    fix: "Use a port from 1024 on, and register the client with it.",
  },
  listen_address_unavailable: {
    title: "mcpass bridge --listen cannot listen at this address",
    meaning:
      "Another program uses the port, this machine does not have the address, or the system does not permit this user to listen there.",
    example: "mcpass bridge --listen 127.0.0.1:8080, where another program listens",
    fix: "Use another port, or omit it: the system then chooses one.",
  },
  listen_socket_refused: {
    title: "mcpass bridge --listen cannot use this Unix socket",
    meaning:
      "Everyone who can open the socket can use the sign-in, so its folder must belong to you and have mode 0700. A file or the socket of another process is not replaced.",
    example: "mcpass bridge --listen unix:/tmp/mcp.sock, because every user can enter /tmp",
    fix:
      "Use a path in a folder of your own with mode 0700; mcpass creates the folder if it does not exist.",
  },
  listener_exposed: {
    title: "others could reach the callback listener; it was closed",
    meaning:
      "It must listen on loopback only. A variable of the runtime made it listen at another address, where others could send responses.",
    spec: "RFC 8252 §8.3",
    example: "DENO_SERVE_ADDRESS=tcp:0.0.0.0:8080",
    fix: "Unset the variable.",
  },
} satisfies Pages;
