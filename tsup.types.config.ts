import { defineConfig } from 'tsup';

import { library } from './tsup.config.js';

/** Only the type declarations. The option `--dts-only` of tsup would drop our compiler options, and make declarations of the command line. */
export default defineConfig({ ...library, dts: { ...library.dts, only: true } });
