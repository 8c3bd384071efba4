import type { CredentialRepository } from "../credentials/credential_repository.ts";

/** A repository for a caller that has its lock already. */
export function lockedRepository(repository: CredentialRepository): CredentialRepository {
  const free = { [Symbol.asyncDispose]: () => Promise.resolve() };
  return Object.assign(Object.create(repository) as CredentialRepository, {
    lock: () => Promise.resolve(free),
  });
}
