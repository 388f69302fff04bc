/** Writes a zip archive whose entries are stored, not compressed: the least that every jar reader accepts. */
import { crc32 } from 'node:zlib';

/** 1980-01-01 00:00, the earliest date that a zip can hold. Fixed, so that the same input gives the same bytes. */
const dosTime = 0;
const dosDate = 0x21;

/**
 * @param {readonly { name: string, content: Buffer }[]} entries in the order in which they are to appear
 * @returns {Buffer}
 */
export function createStoredZip(entries) {
  const bodies = [];
  const directory = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const nameBytes = Buffer.from(name, 'utf8');
    // The fields that local header and central directory share: version 2.0, UTF-8 names, method 0 (stored).
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x0800, 2);
    shared.writeUInt16LE(0, 4);
    shared.writeUInt16LE(dosTime, 6);
    shared.writeUInt16LE(dosDate, 8);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(content.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    shared.writeUInt16LE(0, 24);

    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, content]);
    // Central record: 'version made by' before the shared fields; comment, disk, attributes and offset after them.
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, tail, nameBytes]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}
