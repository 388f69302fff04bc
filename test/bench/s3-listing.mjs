/** Reading the pages of an S3 listing against the bare parser for XML. */
import { bundle, measure } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';

const standardPages = 500;

export async function benchS3Listing(runs, { scale }) {
  const pages = Math.max(1, Math.round(standardPages * scale));
  const { stdout, memoryMib } = await measure(process.execPath, [await bundle('parse-listing'), String(pages), String(runs)]);
  const rounds = JSON.parse(stdout);
  const speeds = (name) => rounds.map((round) => round[name] / 1000);
  return {
    title: `Reading an S3 listing: ${pages} pages of 1000 keys, in one process`,
    head: ['Reader', 'Thousand keys a second', 'Ratio to the bare parser', 'Target'],
    rows: [
      ['saxes, keys only', spread(speeds('xml'), 0), '1', ''],
      ['the pages of a listing', spread(speeds('listing'), 0), spread(ratios(speeds('listing'), speeds('xml'))), '≥ 50'],
    ],
    notes: [`Pages come in pieces of 16 KiB, as from the network. Peak memory: ${memoryMib.toFixed(0)} MiB.`],
    checks: [{ what: 'S3 listing: thousand keys a second', value: median(speeds('listing')), least: 50 }],
  };
}
