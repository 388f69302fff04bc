/** Writes a chart of the counts in a folder, as a page or a drawing, and never over a file that is not one. */
import { dirname, resolve } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { type PageKind, writePageFile } from '../../../base/disk/page-file.js';
import { readChartData } from './chart-data.js';
import { chartPage, formatChartPage } from './page.js';
import { chartDrawing, drawChart } from './svg.js';

/** Files to write. */
export interface ChartFiles {
  /** A page in HTML. */
  readonly html?: string | undefined;
  /** A drawing in SVG. */
  readonly svg?: string | undefined;
}

/**
 * Draws the files of days in a folder.
 * @returns the absolute paths of what was written
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a file that is not a chart; `unreadable`: a file of a day; ERR_LOCAL_REPOSITORY
 */
export async function writeDownloadCharts(folder: string, { html, svg }: ChartFiles): Promise<readonly string[]> {
  const data = readChartData(resolve(folder));
  const written: string[] = [];
  if (html !== undefined) written.push(await write(html, formatChartPage(data, new Date()), chartPage));
  if (svg !== undefined) written.push(await write(svg, drawChart(data), chartDrawing));
  return written;
}

function write(name: string, text: string, kind: PageKind): Promise<string> {
  const folder = dirname(resolve(name));
  try {
    makeFolders(folder);
  } catch (cause) {
    throw localRepositoryError(cause, folder);
  }
  return writePageFile(name, text, kind);
}
