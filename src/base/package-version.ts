/** The version of this package, for the user agent. */
import packageJson from '../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
