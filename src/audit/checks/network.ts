/** Checks of the network: address, TLS, clock. @module */

import { type Check, error, ok, skipped, warning } from "../check.ts";
import type { Facts } from "../facts.ts";
import { formatPeriod } from "../../core/quantities.ts";

const DAY_MS = 86_400_000;

/** Days before the expiry of a certificate from which it should be renewed. */
const RENEW_WITHIN_DAYS = 14;

/** Difference between clocks from which tokens may be refused. */
const TOLERATED_SECONDS = 30;

const REACHABLE: Check<Facts> = {
  id: "reachable",
  title: "Server reached",
  run({ probe }) {
    if (probe.status === "unreachable" || probe.status === "not_mcp") {
      const { message, remedy } = probe.error ?? { message: "no MCP server answers", remedy: null };
      return error(message, remedy ?? "Check the address");
    }
    return ok("it answers as an MCP server over Streamable HTTP");
  },
};

const CERTIFICATE: Check<Facts> = {
  id: "tls",
  title: "TLS and certificate",
  run({ serverUrl, tls, tlsNote, now }) {
    if (!serverUrl.toLowerCase().startsWith("https:")) {
      return skipped("http on loopback has no TLS");
    }
    if (tls === null || tls === undefined) return skipped(tlsNote ?? "it could not be looked at");
    const { certificate, version } = tls;
    const protocol = version ?? "TLS";
    if (certificate === null) return skipped(`${protocol}; the runtime shows no certificate`);
    const left = Date.parse(certificate.validTo) - now;
    const until = `${protocol}; the certificate of ${certificate.subject} is valid until ` +
      `${certificate.validTo.slice(0, 10)}`;
    const remedy = "Server: renew the certificate, and let that happen by itself";
    if (left <= 0) return error(`${until}, which is past`, remedy);
    const days = Math.floor(left / DAY_MS);
    return days < RENEW_WITHIN_DAYS
      ? warning(`${until}: ${formatPeriod(left / 1000)} from now`, remedy)
      : ok(`${until} (${days} days)`);
  },
};

const CLOCK: Check<Facts> = {
  id: "clock",
  title: "Clock",
  run({ clocks }) {
    if (clocks.length === 0) return skipped("no answer had a Date");
    const off = clocks.filter(({ aheadSeconds }) => Math.abs(aheadSeconds) > TOLERATED_SECONDS);
    if (off.length === 0) {
      return ok(
        clocks.map(({ origin, aheadSeconds }) => `${origin}: ${Math.abs(aheadSeconds)} s apart`)
          .join("; "),
      );
    }
    const offsets = off.map(({ origin, aheadSeconds }) =>
      `${origin} is ${formatPeriod(Math.abs(aheadSeconds))} ${
        aheadSeconds > 0 ? "ahead of" : "behind"
      } this machine`
    ).join("; ");
    const mine = off.length === clocks.length;
    return warning(
      offsets,
      (mine
        ? "Set the clock of this machine, or of the server, by a time service"
        : "Server: set its clock by a time service") +
        ": tokens seem expired, or not valid yet, too early",
      "RFC 7519 §4.1.4",
    );
  },
};

export const NETWORK_CHECKS: readonly Check<Facts>[] = [REACHABLE, CERTIFICATE, CLOCK];
