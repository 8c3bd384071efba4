/**
 * Asking for the addresses of a name.
 *
 * @module
 */

/** Kinds of address records. */
export type RecordType = "A" | "AAAA";

/**
 * Asks for the addresses of an absolute name; empty when it has none of this kind.
 *
 * @throws When nobody answered.
 */
export type Resolver = (name: string, type: RecordType, signal: AbortSignal) => Promise<string[]>;

/** A resolver that asks this name server, or those of the system. */
export function createResolver(
  nameServer?: { readonly ipAddr: string; readonly port: number },
): Resolver {
  return async (name, type, signal) => {
    try {
      const options = { signal, ...(nameServer === undefined ? {} : { nameServer }) };
      return await Deno.resolveDns(name, type, options);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
}
