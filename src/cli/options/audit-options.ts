/** The options of `audit`, by subcommand. Those that `mirror` has, too, are with those of `mirror`. */

import { optionsOf } from './option.js';
import { allTexts, lastText, pairs, percent, seconds, someOf, wholeNumber } from './values.js';

const audit = optionsOf('audit');

export const auditOptions = {
  origin: audit.valued('plan', 'origin', 'URL', 'The canonical repository (default: https://repo.clojars.org/)', lastText),
  places: audit.valued(
    'plan',
    'place',
    'NAME=URL',
    'A mirror to audit (repeatable; default: the mirrors in effect that the canonical operator does not run)',
    pairs('tuna=https://mirrors.tuna.tsinghua.edu.cn/clojars/'),
  ),
  plan: audit.valued('run', 'plan', 'FILE', "The plan, as 'audit plan' wrote it", lastText),
  shard: audit.valued(
    'run',
    'shard',
    'I/N',
    'Do only this part of the plan, from 0/N; auto reads the variables of the job engine',
    lastText,
  ),
  shards: audit.valued(
    'run',
    'shards',
    'NUMBER',
    'With --shard auto: the number of parts, if the job engine does not say',
    wholeNumber(1, 1_000_000),
  ),
  lists: audit.valued(
    'run',
    'list',
    'NAME=SOURCE',
    "Compare this list of a mirror with the plan, and request no file from any mirror: an inventory, or a source as in 'mirror sync --from' (repeatable)",
    pairs('tuna=rsync://mirrors.tuna.tsinghua.edu.cn/clojars/'),
  ),
  vantage: audit.valued(
    'run',
    'vantage',
    'NAME',
    'A name for the place from which the mirrors are asked, such as eu (default: here)',
    lastText,
  ),
  full: audit.flag('run', 'full', 'Read the bytes of every file, not only of the sample'),
  sample: audit.valued(
    'run',
    'sample',
    'PERCENT',
    'The share of the files, besides the 1,000 newest, whose bytes are read (default: 0.1)',
    percent,
  ),
  keyName: audit.valued('key', 'name', 'NAME', 'Name of the key: the host that publishes the audits', lastText),
  sign: audit.valued(
    'run merge compare',
    'sign',
    'KEY',
    "Also sign the result with the key in this file, which 'audit key' made",
    lastText,
  ),
  earlier: audit.valued(
    'run',
    'earlier',
    'FILE',
    'A plan or result of an earlier audit; released files must not have changed since (repeatable)',
    allTexts,
  ),
  giveUpMs: audit.valued('run', 'give-up', 'SECONDS', 'How long to wait for a mirror that does not answer (default: 120)', seconds),
  failOn: {
    ...audit.valued(
      'run merge compare',
      'fail-on',
      'CLASS',
      'Also exit with code 4 for these classes of findings, and not only for lie: gap, lag, extra, upstream, unknown (repeatable)',
      someOf(['lie', 'gap', 'lag', 'extra', 'upstream', 'unknown'] as const),
    ),
    choices: ['lie', 'gap', 'lag', 'extra', 'upstream', 'unknown'],
  },
};
