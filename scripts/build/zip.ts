/**
 * Zip archives, whose bytes depend on nothing but the files and the time.
 *
 * @module
 */

/** A file to be packed. */
export interface ZipFile {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Deflate needs version 2.0; names are UTF-8. */
const VERSION_NEEDED = 20;
const UTF8 = 0x0800;
const DEFLATE = 8;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Little-endian numbers, each with its size in bytes. */
function numbers(...fields: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([size, value]) => Array.from({ length: size }, (_, at) => value >>> (8 * at))),
  );
}

/** The date and the time of day in the format of MS-DOS, which begins in 1980. */
function dosTime(seconds: number): readonly [time: number, date: number] {
  const at = new Date(Math.max(seconds, 315532800) * 1000);
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) |
    at.getUTCDate();
  return [time, date];
}

/** The archive of these files, all of them from `seconds` after 1970. */
export async function zip(files: readonly ZipFile[], seconds: number): Promise<Uint8Array> {
  const [time, date] = dosTime(seconds);
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const packed = await deflate(bytes);
    const encoded = new TextEncoder().encode(name);
    const common = numbers(
      ...[[2, VERSION_NEEDED], [2, UTF8], [2, DEFLATE], [2, time], [2, date]] as const,
      ...[[4, crc32(bytes)], [4, packed.length], [4, bytes.length]] as const,
      ...[[2, encoded.length], [2, 0]] as const,
    );
    parts.push(numbers([4, LOCAL]), common, encoded, packed);
    directory.push(
      numbers([4, CENTRAL], [2, VERSION_NEEDED]),
      common,
      numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      encoded,
    );
    offset += 4 + common.length + encoded.length + packed.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = numbers(
    ...[[4, END], [2, 0], [2, 0], [2, files.length], [2, files.length]] as const,
    ...[[4, size], [4, offset], [2, 0]] as const,
  );
  return new Uint8Array(await new Blob([...parts, ...directory, end] as BlobPart[]).arrayBuffer());
}
