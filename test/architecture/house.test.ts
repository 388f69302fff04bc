/** The plan of the source: public entries, storeys, the closed list of `src/base`, and the length of functions. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { rooms, storeys } from './house.cjs';
import { functionsOf, parse, readText, sourceFiles } from './source.js';

const entries = ['src/audit.ts', 'src/index.ts', 'src/mirror.ts', 'src/project.ts', 'src/proxy.ts', 'src/trust.ts'];

/** `src/base` is for things that every storey needs, and for nothing else: think twice before you add a file. */
const baseFiles = [
  'async/cancellation.ts',
  'async/deadline-error.ts',
  'async/foresight.ts',
  'async/gate.ts',
  'async/grace.ts',
  'async/linked-abort.ts',
  'async/on-abort.ts',
  'async/once-by-key.ts',
  'async/pace.ts',
  'async/pulse.ts',
  'async/queue.ts',
  'async/rhythm.ts',
  'async/settles-within.ts',
  'async/shared-abort.ts',
  'async/steady-now.ts',
  'async/together.ts',
  'async/until-aborted.ts',
  'async/wait.ts',
  'disk/beneath.ts',
  'disk/crc32.ts',
  'disk/delegating-temporary.ts',
  'disk/extended-file.ts',
  'disk/file-error.ts',
  'disk/folder-guard.ts',
  'disk/free-descriptor.ts',
  'disk/free-memory.ts',
  'disk/holder-file.ts',
  'disk/lock-owner.ts',
  'disk/lock.ts',
  'disk/make-folders.ts',
  'disk/named-file.ts',
  'disk/packing.ts',
  'disk/page-file.ts',
  'disk/process-identity.ts',
  'disk/read-bounded.ts',
  'disk/record-entries.ts',
  'disk/record-line.ts',
  'disk/record-log.ts',
  'disk/regular-file.ts',
  'disk/replace-file.ts',
  'disk/stale-lock.ts',
  'disk/stat-file.ts',
  'disk/state-file.ts',
  'disk/temporary-file.ts',
  'disk/temporary-name.ts',
  'error.ts',
  'escape.ts',
  'event.ts',
  'format-count.ts',
  'html.ts',
  'independent-operators.ts',
  'nearest-word.ts',
  'package-version.ts',
  'parse-url.ts',
  'recent-map.ts',
  'user-folders.ts',
  'words.ts',
  'xml/decode.ts',
  'xml/element.ts',
  'xml/entities.ts',
  'xml/plain.ts',
  'xml/xml-error.ts',
  'xml/xml.ts',
];

describe('src', () => {
  it('has no files of its own except the public entries', () => {
    expect(sourceFiles.filter((file) => /^src\/[^/]+$/.test(file))).toEqual(entries);
  });

  it.each(entries)('has only exports from other files in %s', (entry) => {
    const others = parse(entry).statements.filter(
      (statement) => !(ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined),
    );
    expect(others.map((statement) => statement.getText())).toEqual([]);
  });

  it('has every other file in a storey', () => {
    const known = Object.keys(storeys).map((storey) => `src/${storey}/`);
    expect(sourceFiles.filter((file) => !entries.includes(file) && !known.some((storey) => file.startsWith(storey)))).toEqual([]);
  });

  it('has a closed list of files in base', () => {
    const files = sourceFiles.filter((file) => file.startsWith('src/base/')).map((file) => file.slice('src/base/'.length));
    expect(files).toEqual(baseFiles);
  });
});

describe('docs/architecture.md', () => {
  /** Rows of the table with this heading: the first column, and the names in backquotes of the last. */
  const table = (heading: string): Record<string, readonly string[]> => {
    const lines = readText('docs/architecture.md').split('\n');
    const at = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
    const rows = lines.slice(at + 2);
    const namesIn = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    return Object.fromEntries(
      rows
        .slice(
          0,
          rows.findIndex((line) => !line.startsWith('|')),
        )
        .map((row) => row.split('|').slice(1, -1))
        .map((cells) => [namesIn(cells[0])[0] ?? '', namesIn(cells.at(-1))]),
    );
  };

  it('shows the storeys that lint enforces', () => {
    expect(table('Storey')).toEqual(storeys);
  });

  it('shows the rooms that lint enforces', () => {
    expect(table('Room')).toEqual(rooms);
  });
});

it('functions have fewer than 100 lines, and fewer than 60 without a comment that says "Long because …"', () => {
  const long = sourceFiles
    .flatMap((file) => functionsOf(file))
    .filter(({ lines, hasReason }) => lines >= 100 || (lines >= 60 && !hasReason))
    .map(({ name, lines }) => ({ name, lines }));
  expect(long).toEqual([]);
});

it('transports are made in one place, so that each has the remembered addresses, the proxies and the authorities', () => {
  const makers = sourceFiles.filter(
    (file) => !file.startsWith('src/network/transport/') && /\bcreate(?:Http)?Transport\b/.test(readText(file)),
  );
  // The services of a cloud that give credentials are next to this machine: no proxy may see what they answer.
  // Counting downloads reads no configuration.
  expect(makers).toEqual([
    'src/app/client/network-transport.ts',
    'src/app/mirror-stats/report/send-report.ts',
    'src/network/s3/credentials/metadata-service.ts',
  ]);
});
