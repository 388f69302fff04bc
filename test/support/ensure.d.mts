/** True if node_modules holds another set of packages than package-lock.json names. */
export function isInstallNeeded(root: string): boolean;
/** True if a file with code that package.json promises beneath dist is missing or older than any source. */
export function isBuildNeeded(root: string): boolean;
/** True if a type declaration that package.json promises beneath dist is missing or older than any source. */
export function areTypesNeeded(root: string): boolean;
