/** Logins in the background with a browser that only records which URLs it opens. */

import { openBackgroundConsent } from "../../../../src/consent/background_consent.ts";
import {
  type BridgeFiles,
  type LoginStatus,
  openBridgeFiles,
} from "../../../../src/store/file/bridge_files.ts";
import type { FakeLab } from "../../../lab/fake_lab.ts";
import { openBrowser, type Page } from "../../../lab/person.ts";
import type { Ran } from "../../fake_runtime.ts";
import { type Home, openHome } from "../../real_run.ts";

/** A home whose background logins open tabs in a recorded browser. */
export interface BackgroundHome extends Home {
  readonly files: BridgeFiles;
  /** The URLs of all opened tabs. */
  readonly tabs: readonly string[];
  /** Resolves when so many tabs were opened. */
  opened(count: number): Promise<void>;
  /** Starts a login; `kill` ends it as a signal does: nothing is cleaned up. */
  login(...args: string[]): { readonly ended: Promise<Ran>; kill(): void };
  /** Waits until the status of the login is this. */
  reached(state: LoginStatus["state"]): Promise<LoginStatus>;
}

const PAUSE_MS = 10;

/** Opens one for a lab. */
export async function openBackgroundHome(lab: FakeLab): Promise<BackgroundHome> {
  const home = await openHome();
  const env = { MCPASS_HOME: home.path, DISPLAY: ":0", BROWSER: "recorder %s" };
  const files = openBridgeFiles({
    env: { get: (name) => new Map(Object.entries(env)).get(name), toObject: () => env },
    serverUrl: lab.mcpUrl,
    account: "default",
    mode: "file",
  });
  const tabs: string[] = [];
  const waiting: { count: number; resolve(): void }[] = [];
  return {
    ...home,
    files,
    tabs,
    opened(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (tabs.length >= count) resolve();
      waiting.push({ count, resolve });
      return promise;
    },
    login(...args) {
      const stop = new AbortController();
      const ended = home.run(["oauth", "login", "--for-bridges", "--url", lab.mcpUrl, ...args], {
        env,
        signal: stop.signal,
        replacements: {
          openBackgroundConsent: (options) =>
            openBackgroundConsent({
              ...options,
              spawn({ args }) {
                tabs.push(args.at(-1) ?? "");
                for (const { count, resolve } of waiting) if (tabs.length >= count) resolve();
                return Promise.resolve(0);
              },
            }),
        },
      });
      return { ended, kill: () => stop.abort() };
    },
    async reached(state) {
      for (;;) {
        const status = files.readStatus();
        if (status?.state === state) return status;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
  };
}

/** A person opens the tab, and reloads it until somebody listens; the server asks nothing. */
export async function visit(url: string): Promise<Page> {
  for (;;) {
    try {
      return await openBrowser().visit(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
