/** Repositories of any size without bodies: their keys, listings and inventories, made from numbers. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { SourceFile } from '../../src/app/mirror/source/source.js';
import { formatListed } from '../../src/app/mirror/sync/listing.js';
import { formatRecord } from '../../src/app/mirror/target/inventory-record.js';

const extensions = ['jar', 'jar.md5', 'jar.sha1', 'pom', 'pom.md5', 'pom.sha1'];
const metadata = ['', '.md5', '.sha1'];
const versions = 10;
const filesPerArtifact = versions * extensions.length + metadata.length;
const artifactsPerGroup = 50;
/** One file in so many is new at the source. */
const newEvery = 1000;
const linesPerWrite = 5000;

const digits = (number: number, count: number): string => String(number).padStart(count, '0');

/** Returns the file with this number; keys grow with it. */
export function fileAt(index: number): SourceFile {
  const artifact = Math.floor(index / filesPerArtifact);
  const rest = index % filesPerArtifact;
  const name = `artifact-${digits(artifact, 6)}`;
  const folder = `org/example-${digits(Math.floor(artifact / artifactsPerGroup), 5)}/${name}`;
  const version = `1.${Math.floor(rest / extensions.length)}.0`;
  const file =
    rest < versions * extensions.length
      ? `${version}/${name}-${version}.${extensions[rest % extensions.length] ?? ''}`
      : `maven-metadata.xml${metadata[rest - versions * extensions.length] ?? ''}`;
  return { key: `${folder}/${file}`, size: 1000 + (index % 50_000), mark: `e:${index.toString(16).padStart(32, '0')}` };
}

/** Writes the sorted listing of a source, and the inventory of a mirror that lacks a few of its files. */
export function writeLines(folder: string, count: number): void {
  write(join(folder, 'listing'), count, (index) => formatListed(fileAt(index)));
  write(join(folder, 'inventory'), count, (index) => {
    if (index % newEvery === newEvery - 1) return null;
    const { key, size, mark } = fileAt(index);
    return formatRecord({ key, size: size ?? 0, mark, sha256: index.toString(16).padStart(64, '0'), firstSeen: 1_764_000_000 });
  });
}

function write(file: string, count: number, lineAt: (index: number) => string | null): void {
  const descriptor = openSync(file, 'w');
  for (let start = 0; start < count; start += linesPerWrite) {
    const lines: string[] = [];
    for (let index = start; index < Math.min(count, start + linesPerWrite); index += 1) {
      const line = lineAt(index);
      if (line !== null) lines.push(`${line}\n`);
    }
    writeSync(descriptor, lines.join(''));
  }
  closeSync(descriptor);
}
