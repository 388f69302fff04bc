/**
 * Whether a version is safe as a path segment and as a token of output: no separators, white space, control or
 * invisible characters, none that file systems refuse (Maven's ILLEGAL_VERSION_CHARS), none that make it a range.
 */
export function isSafeVersion(version: string): boolean {
  return version.length > 0 && version.length <= 256 && !/^\.+$/.test(version) && !/[\s\p{C}\ufffd\\/:"<>|?*[\](),]/u.test(version);
}
