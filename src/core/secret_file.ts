import { Failure, type FailureKind } from "./failure.ts";
import type { Judgement } from "./finding.ts";
import { readInputFile } from "./input_file.ts";
import { quoted, shellWord } from "./text.ts";

export interface SecretFile {
  readonly text: string;
  readonly findings: readonly Judgement[];
}

const WRITABLE_BY_ALL = 0o002;

/** The bits of a mode that give other users access. */
const OTHERS = [[0o044, "read"], [0o022, "changed"]] as const;

function octalMode(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}

/** Why others have access to a file, and the command that removes it. */
function accessFault({ uid, mode }: Deno.FileInfo) {
  const user = Deno.uid();
  const allowed = OTHERS.filter(([bits]) => ((mode ?? 0) & bits) !== 0).map(([, what]) => what);
  if (mode !== null && allowed.length > 0) {
    return {
      why: `can be ${allowed.join(" and ")} by other users (mode ${octalMode(mode)})`,
      fix: "Remove their access:\n  chmod 600",
    };
  }
  if (uid === null || uid === 0 || user === null || uid === user) return undefined;
  return {
    why: `belongs to user ${uid}, not to you (user ${user})`,
    fix: `Change its owner:\n  sudo chown ${user}`,
  };
}

/** Pipes are not judged, and Windows has no file modes. */
function judge(path: string, info: Deno.FileInfo, kind: FailureKind): readonly Judgement[] {
  if (!info.isFile) return [];
  if (info.mode !== null && (info.mode & WRITABLE_BY_ALL) !== 0) {
    const message =
      `mcpass does not use ${quoted(path, 4096)}: its mode is ${octalMode(info.mode)}, ` +
      "so every user of this machine can replace the secret in it";
    throw new Failure("secret_file_writable", message, {
      kind,
      remedy: `Check that nobody replaced the secret, and remove the access of others:\n  ` +
        `chmod 600 ${shellWord(path)}`,
    });
  }
  const fault = accessFault(info);
  if (fault === undefined) return [];
  return [{
    code: "secret_file_permissions",
    severity: "warning",
    message: `${quoted(path, 4096)} contains a secret and ${fault.why}`,
    remedy: `${fault.fix} ${shellWord(path)}\n` +
      "If others had access to this machine, replace the secret",
    reference: "mcpass",
  }];
}

/**
 * Reads a file with a secret, and checks who else can read or change it.
 *
 * @param kind Kind of the failure: `usage` for a file on the command line.
 * @throws Failure `secret_file_writable`, and as `readInputFile`.
 */
export async function readSecretFile(path: string, kind: FailureKind): Promise<SecretFile> {
  let findings: readonly Judgement[] = [];
  const bytes = await readInputFile(path, (info) => {
    findings = judge(path, info, kind);
  });
  return { text: new TextDecoder().decode(bytes), findings };
}
