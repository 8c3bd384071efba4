/** Bridges and their login process, all in this process; the browser records which URLs it opens. */

import { isObject, type JsonObject } from "../../../src/core/json.ts";
import type { LoginProcess } from "../../../src/bridge/sign_in/start_login.ts";
import { openBackgroundConsent } from "../../../src/consent/background_consent.ts";
import {
  type BridgeFiles,
  type LoginStatus,
  openBridgeFiles,
} from "../../../src/store/file/bridge_files.ts";
import { type Home, openHome } from "../../cli/real_run.ts";
import type { Ran, Setup } from "../../cli/fake_runtime.ts";
import { type FakeLab, type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { openBrowser, type Page } from "../../lab/person.ts";
import { type RunningBridge, startBridge } from "../bridge_pipes.ts";

/** A client on the streams of a bridge. */
export interface TestClient extends AsyncDisposable {
  readonly bridge: RunningBridge;
  send(message: JsonObject): Promise<void>;
  /** The next message from the bridge that fits, in order of arrival. */
  receive(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
  /** All messages so far. */
  readonly received: readonly JsonObject[];
  request(method: string, params?: JsonObject, id?: number): Promise<JsonObject>;
  initialize(name?: string, capabilities?: JsonObject): Promise<JsonObject>;
  /** Ends the input of the bridge. */
  close(): Promise<void>;
}

export interface BridgeHome extends Home {
  readonly lab: FakeLab;
  readonly files: BridgeFiles;
  /** The URLs of all opened tabs. */
  readonly tabs: readonly string[];
  opened(count: number): Promise<void>;
  /** The exit status of the browser's command. */
  browserStatus: Promise<number>;
  /** The arguments of all login processes that bridges started. */
  readonly logins: readonly (readonly string[])[];
  /** Ends the running login process as SIGKILL does. */
  killLogin(): Promise<void>;
  connect(args?: readonly string[], setup?: Setup): TestClient;
  /** For another command that starts logins. */
  readonly setup: Setup;
  reached(state: LoginStatus["state"]): Promise<LoginStatus>;
}

const PAUSE_MS = 10;

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part !== "");
  }
}

function clientOf(bridge: RunningBridge): TestClient {
  const writer = bridge.input.getWriter();
  const received: JsonObject[] = [];
  const taken = new Set<JsonObject>();
  const watchers = new Set<() => void>();
  (async () => {
    for await (const line of linesOf(bridge.output)) {
      received.push(JSON.parse(line));
      for (const watcher of watchers) watcher();
    }
  })().catch(() => {});
  let ids = 0;
  const client: TestClient = {
    bridge,
    received,
    send: (message) =>
      writer.write(new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)),
    receive(fits) {
      const { promise, resolve } = Promise.withResolvers<JsonObject>();
      const look = () => {
        const found = received.find((message) => !taken.has(message) && fits(message));
        if (found === undefined) return;
        taken.add(found);
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      return promise;
    },
    async request(method, params = {}, id = ids += 1) {
      await client.send({ id, method, params });
      return await client.receive((message) => message["id"] === id && !("method" in message));
    },
    async initialize(name = "test", capabilities = {}) {
      const answer = await client.request("initialize", {
        protocolVersion: "2025-11-25",
        capabilities,
        clientInfo: { name, version: "1" },
      });
      await client.send({ method: "notifications/initialized" });
      return answer;
    },
    close: () => writer.close(),
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
  return client;
}

/** Opens one, with a lab. */
export async function openBridgeHome(options: FakeLabOptions = {}): Promise<BridgeHome> {
  const lab = await startFakeLab(options);
  const store = await openHome();
  const env = {
    MCPASS_HOME: store.path,
    MCPASS_STORE: "file",
    DISPLAY: ":0",
    BROWSER: "recorder %s",
  };
  const files = openBridgeFiles({
    env: { get: (name) => new Map(Object.entries(env)).get(name), toObject: () => env },
    serverUrl: lab.mcpUrl,
    account: "default",
    mode: "file",
  });
  const tabs: string[] = [];
  const waiting = new Set<() => void>();
  const logins: (readonly string[])[] = [];
  const running = new Set<{ readonly stop: AbortController; readonly ended: Promise<Ran> }>();

  async function startLogin({ args, env }: LoginProcess): Promise<number> {
    logins.push(args);
    const stop = new AbortController();
    const ended = store.run(args, {
      env,
      signal: stop.signal,
      replacements: {
        openBackgroundConsent: (consent) =>
          openBackgroundConsent({
            ...consent,
            spawn({ args }) {
              tabs.push(args.at(-1) ?? "");
              for (const look of waiting) look();
              return home.browserStatus;
            },
          }),
      },
    });
    const login = { stop, ended };
    running.add(login);
    try {
      return (await ended).status;
    } finally {
      running.delete(login);
    }
  }

  async function killLogin(): Promise<void> {
    const all = [...running];
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  /** A cancelled login may still write a file. */
  async function removeHome(): Promise<void> {
    for (;;) {
      try {
        return await store[Symbol.asyncDispose]();
      } catch (error) {
        if (!String(error).includes("not empty")) throw error;
        await pause();
      }
    }
  }

  const clients: TestClient[] = [];
  const home: BridgeHome = {
    ...store,
    lab,
    browserStatus: Promise.resolve(0),
    files,
    tabs,
    logins,
    killLogin,
    opened(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => tabs.length >= count && resolve();
      waiting.add(look);
      look();
      return promise;
    },
    setup: { env, replacements: { startLogin } },
    connect(args = [], setup = {}) {
      const bridge = startBridge(lab.mcpUrl, args, {
        ...setup,
        env: { ...env, ...setup.env },
        replacements: { startLogin, ...setup.replacements },
      });
      const client = clientOf(bridge);
      clients.push(client);
      return client;
    },
    async reached(state) {
      for (;;) {
        const status = files.readStatus();
        if (status?.state === state) return status;
        await pause();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await killLogin();
      await removeHome();
      await lab.close();
    },
  };
  return home;
}

/** A person opens the page, and reloads it until somebody listens; the server asks nothing. */
export async function visit(url: string): Promise<Page> {
  for (;;) {
    try {
      return await openBrowser().visit(url);
    } catch {
      await pause();
    }
  }
}

/** The error of a response. */
export function errorOf(
  { error }: JsonObject,
): { code: unknown; message: string; data: JsonObject } {
  if (!isObject(error) || !isObject(error["data"])) throw new Error("no error of the bridge");
  return { code: error["code"], message: String(error["message"]), data: error["data"] };
}
