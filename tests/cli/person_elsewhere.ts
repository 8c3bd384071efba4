import { decideDevice } from "../lab/person.ts";
import type { Setup } from "./fake_runtime.ts";

/** A person elsewhere, who reads the prompt and decides; waiting ends when they have. */
export function personElsewhere(decision: "allow" | "deny"): Setup {
  const decided = Promise.withResolvers<void>();
  let visited = false;
  return {
    sleep: () => decided.promise,
    reads(stderr) {
      const [url] = /http\S+user_code=\S+/.exec(stderr) ?? [];
      if (url === undefined || visited) return;
      visited = true;
      decideDevice(url, decision).then(() => decided.resolve(), decided.reject);
    },
  };
}
