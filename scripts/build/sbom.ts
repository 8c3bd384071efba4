/**
 * The packages of the program as an SPDX 2.3 document. The bundler leaves out code of them that is not
 * used.
 *
 * @module
 */

import { filesBelow, ROOT } from "../shell.ts";

/** The members of `deno.lock` that are read. */
export interface Lock {
  /** Version by specifier, `npm:name@range`. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages by `name@version`, with `_` and peers behind the version where there are any. */
  readonly npm: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
}

/** The program that the document describes. */
export interface Subject {
  /** Version of the program. */
  readonly version: string;
  /** Commit it was built from. */
  readonly commit: string;
  /** Seconds since 1970 of that commit. */
  readonly time: number;
}

/** The packages of these specifiers and their dependencies, sorted by name. */
export function packagesOf(lock: Lock, specifiers: readonly string[]): string[] {
  const queue = specifiers.map((specifier) => {
    const version = lock.specifiers[specifier];
    if (version === undefined) throw new Error(`"${specifier}" is not in the lock file`);
    return specifier.replace(/^npm:/, "").replace(/(?<=.)@.*$/, `@${version}`);
  });
  const found = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const wanted = name;
    const key = Object.keys(lock.npm).find((it) => it === wanted || it.startsWith(`${wanted}@`));
    if (key === undefined) throw new Error(`"${wanted}" is not in the lock file`);
    if (found.has(key)) continue;
    found.add(key);
    queue.push(...lock.npm[key]?.dependencies ?? []);
  }
  return [...found].sort();
}

/** The specifiers of `deno.json` that files under `src` import. */
async function imported(): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const names = new Set<string>();
  for (const path of await filesBelow(`${ROOT}src`)) {
    const text = await Deno.readTextFile(`${ROOT}src/${path}`);
    for (const [, from = ""] of text.matchAll(/(?:from|import\() ?"([^."][^"]*)"/g)) {
      const own = Object.keys(imports).find((it) => from === it || from.startsWith(`${it}/`));
      if (own !== undefined) names.add(imports[own]);
    }
  }
  return [...names].sort();
}

/** The document of these packages. */
export function spdx(lock: Lock, packages: readonly string[], subject: Subject): unknown {
  const { version, commit, time } = subject;
  const own = "SPDXRef-mcpass";
  const described = packages.map((key) => {
    const plain = key.replace(/_.*$/, "");
    const at = plain.lastIndexOf("@");
    const [name, release] = [plain.slice(0, at), plain.slice(at + 1)];
    const integrity = lock.npm[key]?.integrity.replace(/^sha512-/, "") ?? "";
    return {
      SPDXID: `SPDXRef-npm-${plain.replace(/[^A-Za-z0-9.-]/g, "-")}`,
      name,
      versionInfo: release,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      checksums: [{
        algorithm: "SHA512",
        checksumValue: Uint8Array.fromBase64(integrity).toHex(),
      }],
      externalRefs: [{
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:npm/${name.replace("@", "%40")}@${release}`,
      }],
    };
  });
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `mcpass-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/mcpass-${version}-${commit}`,
    creationInfo: {
      created: new Date(time * 1000).toISOString().replace(/\.\d+/, ""),
      creators: ["Tool: mcpass-build"],
    },
    packages: [
      {
        SPDXID: own,
        name: "mcpass",
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseDeclared: "MIT",
        sourceInfo: `commit ${commit}`,
      },
      ...described,
    ],
    relationships: [
      {
        spdxElementId: "SPDXRef-DOCUMENT",
        relationshipType: "DESCRIBES",
        relatedSpdxElement: own,
      },
      ...described.map(({ SPDXID }) => ({
        spdxElementId: own,
        relationshipType: "CONTAINS",
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}

/** The document of the program at `subject`, as text. */
export async function sbomText(subject: Subject): Promise<string> {
  const lock: Lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const packages = packagesOf(lock, await imported());
  return `${JSON.stringify(spdx(lock, packages, subject), null, 2)}\n`;
}
