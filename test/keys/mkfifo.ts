/** Node cannot make a named pipe. */
import { execFileSync } from 'node:child_process';

export function mkfifo(path: string): void {
  execFileSync('mkfifo', [path]);
}
