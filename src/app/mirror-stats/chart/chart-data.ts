/** Reads the files of days in a folder, and adds up what a chart shows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { readCountsFile } from '../files/read-counts-file.js';

/** Downloads of each day and of the artifacts with most of them. */
export interface ChartData {
  /** In order, and only those with a file. */
  readonly days: readonly { readonly date: string; readonly downloads: number }[];
  /** `group/artifact`, those with most downloads first. */
  readonly artifacts: readonly { readonly name: string; readonly downloads: number }[];
}

/** Days that a chart shows: the newest. */
const mostDays = 366;
const mostArtifacts = 20;

/** @throws ClojarsFetchError ERR_CONFIG, `unreadable` */
export function readChartData(folder: string): ChartData {
  const files = filesOfDays(folder);
  const artifacts = new Map<string, number>();
  const days = [...files].map(([date, file]) => {
    let downloads = 0;
    readCountsFile(file, (group, artifact, _, count) => {
      const name = `${group}/${artifact}`;
      artifacts.set(name, (artifacts.get(name) ?? 0) + count);
      downloads += count;
    });
    return { date, downloads };
  });
  const ranked = [...artifacts].sort(([oneName, one], [otherName, other]) => other - one || (oneName < otherName ? -1 : 1));
  return { days, artifacts: ranked.slice(0, mostArtifacts).map(([name, downloads]) => ({ name, downloads })) };
}

/** Returns the newest files by their dates, in order. If a day has two forms, either says the same. */
function filesOfDays(folder: string): ReadonlyMap<string, string> {
  const dated = readdirSync(folder)
    .sort()
    .flatMap((name): readonly (readonly [string, string])[] => {
      const [, year, month, day] = /^downloads-(\d{4})(\d\d)(\d\d)\.(?:edn|json)$/.exec(name) ?? [];
      return year === undefined ? [] : [[`${year}-${month ?? ''}-${day ?? ''}`, join(folder, name)]];
    });
  return new Map([...new Map(dated)].slice(-mostDays));
}
