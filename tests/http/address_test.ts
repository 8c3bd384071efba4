import { equal } from "node:assert/strict";
import { type AddressClass, addressClass } from "../../src/http/address.ts";

const HOSTS: Readonly<Record<AddressClass, readonly string[]>> = {
  loopback: [
    "127.0.0.1",
    "127.255.0.9",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.01",
    "2130706433",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.b.localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[::ffff:0:127.0.0.1]",
  ],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[fec0::1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::192.168.0.1]",
    "[64:ff9b:1::10.0.0.1]",
    "[2606:4700::5efe:10.0.0.1]",
    "[2606:4700::200:5efe:10.0.0.1]",
  ],
  link_local: [
    "169.254.169.254",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
    "[febf::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
  ],
  reserved: [
    "0.0.0.0",
    "0",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[::ffff:0.0.0.0]",
    "[2002:101:101::]",
    "[::8.8.8.8]",
    "[4000::1]",
    "[::ffff:0:8.8.8.8]",
    "[64:ff9b:1::8.8.8.8]",
    "[2001:0:808:808::f7f7:f7f7]",
  ],
  public: [
    "1.1.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "169.253.0.1",
    "192.0.1.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
    "[2606:4700::5efe:8.8.8.8]",
    // Not quite ISATAP: each of its four bytes differs once.
    "[2606:4700::100:5efe:10.0.0.1]",
    "[2606:4700::1:5efe:10.0.0.1]",
    "[2606:4700::5ffe:10.0.0.1]",
    "[2606:4700::5eff:10.0.0.1]",
  ],
  name: [
    "mcp.example",
    "localhost.example",
    "127.0.0.1.example",
    "notlocalhost",
    "xn--bcher-kva.example",
  ],
};

for (const [kind, hosts] of Object.entries(HOSTS)) {
  Deno.test(`these hosts are of class ${kind}: ${hosts.join(" ")}`, async () => {
    for (const host of hosts) {
      equal(await addressClass(new URL(`https://${host}:8443/x`)), kind, host);
    }
  });
}
