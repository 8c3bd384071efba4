import assert from "node:assert/strict";
import { openStore, type OpenStoreOptions } from "../../../../../src/store/file/open_store.ts";
import type { Store } from "../../../../../src/store/store.ts";
import { startFakeLab } from "../../../../lab/shapes.ts";
import { addressAfter, begin, finish, openHome } from "./begun_logins.ts";

const codeOf = (stdout: string) => JSON.parse(stdout).error?.code;

async function openBoth() {
  const lab = await startFakeLab();
  const home = await openHome();
  const login = await begin(home, lab);
  const address = await addressAfter(login);
  const { routes } = lab.asServer;
  const { "POST /token": token } = routes;
  return {
    ...{ lab, home, login, address },
    /** Token requests that the server received. */
    tokens: () => lab.requests.filter(({ path }) => path === "/token").length,
    /** Closes the connection of token requests without a response, or answers them again. */
    cut(isCut: boolean) {
      if (isCut) routes["POST /token"] = () => {};
      else if (token === undefined) delete routes["POST /token"];
      else routes["POST /token"] = token;
    },
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await lab.close();
    },
  };
}

Deno.test("after a failure of the network, the login can be finished once more", async () => {
  await using it = await openBoth();
  const { home, login, address } = it;
  it.cut(true);
  const failed = await finish(home, address, login.handle);
  assert.equal(failed.status, 1);
  assert.match(codeOf(failed.stdout), /^network_/);
  assert.match(failed.stderr, /you can run this command once more/);
  it.cut(false);
  const repeated = await finish(home, address, login.handle);
  assert.equal(repeated.status, 0, repeated.stderr);
});

Deno.test("after two failures of the network, the login has ended", async () => {
  await using it = await openBoth();
  const { home, login, address } = it;
  it.cut(true);
  await finish(home, address, login.handle);
  const second = await finish(home, address, login.handle);
  assert.match(codeOf(second.stdout), /^network_/);
  assert.equal(second.stderr.includes("once more"), false);
  it.cut(false);
  const third = await finish(home, address, login.handle);
  assert.equal(codeOf(third.stdout), "pending_login_used");
});

/** Where a process ends; each before or after a change of the store. */
const POINTS = [
  ...["before claim", "after claim", "before write", "after write"] as const,
  ...["before close", "after close"] as const,
];

type Point = typeof POINTS[number];

/** A store whose process ends at a point, as far as the store shows it. */
function endingStore(point: Point, onEnd: () => void) {
  const end = <T>(): Promise<T> => {
    onEnd();
    return new Promise<T>(() => {});
  };
  const guard =
    <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (point === `before ${name}`) return await end();
      const result = await work(...args);
      return point === `after ${name}` ? await end() : result;
    };
  return (options: OpenStoreOptions): Store => {
    const store = openStore(options);
    return {
      ...store,
      write: guard("write", store.write),
      async pending() {
        const pending = await store.pending();
        const [claim, close] = [guard("claim", pending.claim), guard("close", pending.close)];
        return { ...pending, claim, close };
      },
    };
  };
}

for (const point of POINTS) {
  Deno.test(`killed ${point}: the code is sent at most once, and the store is complete`, async () => {
    await using it = await openBoth();
    const { home, lab, login, address } = it;
    const killed = Promise.withResolvers<void>();
    const setup = { replacements: { openStore: endingStore(point, killed.resolve) } };
    finish(home, address, login.handle, [], setup).catch(killed.reject);
    await killed.promise;
    const again = await finish(home, address, login.handle);
    const isOpen = point === "before claim";
    assert.equal(again.status, isOpen ? 0 : 1);
    assert.equal(codeOf(again.stdout), isOpen ? undefined : "pending_login_used");
    assert.equal(it.tokens(), point === "after claim" ? 0 : 1);
    const [entry] = (await home.store.find(lab.mcpUrl)).filter((it) => !it.registeredOnly);
    const isStored = !["after claim", "before write"].includes(point);
    assert.equal(entry?.holds.includes("tokens.accessToken") === true, isStored);
  });
}

Deno.test("killed while the token request is open: it is not sent again", async () => {
  await using it = await openBoth();
  const { home, lab, login, address } = it;
  const received = Promise.withResolvers<void>();
  const stop = new AbortController();
  lab.asServer.routes["POST /token"] = async (_, raw) => {
    received.resolve();
    await new Promise((resolve) => raw.gone.addEventListener("abort", resolve));
  };
  const cancelled = finish(home, address, login.handle, [], { signal: stop.signal });
  await received.promise;
  const meanwhile = await finish(home, address, login.handle);
  assert.equal(codeOf(meanwhile.stdout), "pending_login_used");
  stop.abort();
  assert.equal((await cancelled).status, 130);
  assert.equal(it.tokens(), 1);
});
