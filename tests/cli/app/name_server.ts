/**
 * Loaded before the program: names are looked up at the name server of a test.
 *
 * @module
 */

const nameServer = JSON.parse(Deno.env.get("TEST_NAME_SERVER") ?? "");
const { resolveDns } = Deno;
Object.assign(Deno, {
  resolveDns: (name: string, type: "A", options: Deno.ResolveDnsOptions) =>
    resolveDns(name, type, { ...options, nameServer }),
});
