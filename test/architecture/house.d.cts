export const storeys: Readonly<Record<string, readonly string[]>>;
export const rooms: Readonly<Record<string, readonly string[]>>;
export const pure: readonly string[];
