/** Distributes warnings about repositories that did not answer: to the file if they concern one, to the report if they concern several. */
import type { VerifiedFile } from './report.js';

/** Returns the files with their own warnings, and the warnings that concern more than one file. */
export function sumUpUnanswered(files: readonly VerifiedFile[]): {
  readonly files: readonly VerifiedFile[];
  readonly warnings: readonly string[];
} {
  const counts = new Map<string, number>();
  for (const { unanswered } of files) {
    if (unanswered !== undefined) counts.set(nameOf(unanswered), (counts.get(nameOf(unanswered)) ?? 0) + 1);
  }
  return {
    files: files.map((file) => {
      const { unanswered, coordinate, path } = file;
      if (unanswered === undefined || counts.get(nameOf(unanswered)) !== 1) return file;
      return { ...file, warnings: [...file.warnings, `${coordinate ?? path}: ${sentence(nameOf(unanswered), '')}`] };
    }),
    warnings: [...counts].filter(([, count]) => count > 1).map(([names, count]) => sentence(names, ` for ${count} files`)),
  };
}

function sentence(names: string, which: string): string {
  return `${names} did not answer, so what it publishes could not be compared${which}`;
}

function nameOf(ids: readonly string[]): string {
  return ids.join(', ');
}
