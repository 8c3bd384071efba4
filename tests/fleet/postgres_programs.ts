/** The programs of Debian's newest PostgreSQL. @module */

const ROOT = "/usr/lib/postgresql";

let folder: string | undefined;

/**
 * The path of a program. Those in `/usr/bin` are scripts, which need more time than the program.
 *
 * @throws Error if the package is not installed.
 */
export function postgresProgram(name: string): string {
  if (folder === undefined) {
    const versions = [...Deno.readDirSync(ROOT)].map(({ name }) => Number(name));
    folder = `${ROOT}/${Math.max(...versions)}/bin`;
  }
  return `${folder}/${name}`;
}
