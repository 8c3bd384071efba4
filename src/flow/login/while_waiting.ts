/**
 * Loading what comes next while a server has yet to answer.
 *
 * @module
 */

/**
 * Loads a module once the request that `work` begins with has left, and gives both results. Rejects as
 * `work` does, and else as `load` does.
 */
export async function whileWaiting<T, M>(
  work: Promise<T>,
  load: () => Promise<M>,
): Promise<[result: T, module: M]> {
  const left = new Promise((resolve) => setTimeout(resolve, 0));
  const loading = left.then(load);
  await Promise.allSettled([work, loading]);
  return [await work, await loading];
}
