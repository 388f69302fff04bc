/** A small zip writer for jars of every kind, whose fields can be made to lie. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface JarFile {
  readonly name: string;
  readonly content: string | Buffer;
  /** Default deflate. */
  readonly method?: 'stored' | 'deflate';
  /** Values for the central directory in place of the true ones. */
  readonly claim?: {
    readonly size?: number;
    readonly compressedSize?: number;
    readonly offset?: number;
    readonly method?: number;
    readonly flags?: number;
  };
}

export interface JarOptions {
  /** Bytes before the archive, such as a start script. Offsets do not count them. */
  readonly prefix?: Buffer;
  readonly comment?: Buffer;
  /** Sizes and offsets in 64-bit fields, as for a jar larger than 4 GiB. */
  readonly zip64?: boolean;
  readonly claim?: {
    readonly directoryLength?: number;
    readonly directoryOffset?: number;
    readonly commentLength?: number;
    readonly entries?: number;
  };
}

function numbers(...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );
}

export function writeJar(files: readonly JarFile[], options: JarOptions = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const stored = file.method === 'stored';
    const packed = stored ? content : deflateRawSync(content);
    const name = Buffer.from(file.name);
    const {
      size = content.length,
      compressedSize = packed.length,
      offset = position,
      method = stored ? 0 : 8,
      flags = 0x800,
    } = file.claim ?? {};
    const local = Buffer.concat([
      numbers(
        [4, 0x04034b50],
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0],
        [4, crc32(content)],
        [4, packed.length],
        [4, content.length],
        [2, name.length],
        [2, 0],
      ),
      name,
      packed,
    ]);
    const wide = options.zip64 === true;
    // Puts another extra field first: readers must skip it by its length.
    const extra = wide
      ? Buffer.concat([
          numbers([2, 0x9999], [2, 3]),
          Buffer.from('abc'),
          numbers([2, 1], [2, 24], [8, size], [8, compressedSize], [8, offset]),
        ])
      : Buffer.alloc(0);
    const max = 0xffffffff;
    directory.push(
      numbers(
        [4, 0x02014b50],
        [2, 20],
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0],
        [4, crc32(content)],
        [4, wide ? max : compressedSize],
        [4, wide ? max : size],
        [2, name.length],
        [2, extra.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, wide ? max : offset],
      ),
      name,
      extra,
    );
    parts.push(local);
    position += local.length;
  }
  const bytes = Buffer.concat(directory);
  const {
    directoryLength = bytes.length,
    directoryOffset = position,
    commentLength = options.comment?.length ?? 0,
    entries = files.length,
  } = options.claim ?? {};
  parts.push(bytes);
  if (options.zip64 === true) {
    const at = position + bytes.length + (options.prefix?.length ?? 0);
    parts.push(
      numbers(
        [4, 0x06064b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, entries],
        [8, entries],
        [8, directoryLength],
        [8, directoryOffset],
      ),
    );
    parts.push(numbers([4, 0x07064b50], [4, 0], [8, at], [4, 1]));
    parts.push(numbers([4, 0x06054b50], [2, 0], [2, 0], [2, 0xffff], [2, 0xffff], [4, 0xffffffff], [4, 0xffffffff], [2, commentLength]));
  } else {
    parts.push(
      numbers([4, 0x06054b50], [2, 0], [2, 0], [2, entries], [2, entries], [4, directoryLength], [4, directoryOffset], [2, commentLength]),
    );
  }
  if (options.comment !== undefined) parts.push(options.comment);
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...parts]);
}

/** The entry that Maven and Leiningen write. */
export function pomProperties(group: string, artifact: string, version: string): JarFile {
  return {
    name: `META-INF/maven/${group}/${artifact}/pom.properties`,
    content: `#Leiningen\ngroupId=${group}\nartifactId=${artifact}\nversion=${version}\nrevision=0\n`,
  };
}

/** The entry with this coordinate's `pom.properties`. */
export const manifestOfMaven: JarFile = {
  name: 'META-INF/MANIFEST.MF',
  content: 'Manifest-Version: 1.0\r\nCreated-By: Maven JAR Plugin 3.4.1\r\nBuild-Jdk-Spec: 17\r\n\r\n',
};
