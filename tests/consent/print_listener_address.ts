/** Opens consent in a process of its own and says on stdout where the listener came up. */

import { fakeEnv, get, interactiveOptions, status, withConsent } from "./support.ts";

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

await withConsent(interactiveOptions({ env: fakeEnv() }), async (consent, port) => {
  const moved = Number(/:(\d+)$/.exec(Deno.env.get("DENO_SERVE_ADDRESS") ?? "")?.[1]);
  const found = {
    redirectUri: consent.redirectUri,
    reached: status(await get(port, "/")),
    moved: await listens(moved),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(found)));
});
