/** Dates of log lines, as days since 1970-01-01 in UTC. */
import { colon, dash, digits, slash, twoDigits } from './bytes.js';

const dayMs = 86_400_000;
const minutesPerDay = 1440;

/** Length of `2026-11-29T14:06:40`, and of `29/Nov/2026:14:06:40 +0000`. */
const isoLength = 19;
const commonLength = 26;

/**
 * Remembers the last date, since nearly all lines of a log have that of the line before.
 * @returns the day, or -1 if there is no such date
 */
function createDays(): (year: number, month: number, day: number) => number {
  let [lastKey, lastDay] = [-1, -1];
  return (year, month, day) => {
    const key = year * 512 + month * 32 + day;
    if (key === lastKey) return lastDay;
    const date = new Date(Date.UTC(year, month - 1, day));
    const isReal = year > 1970 && year < 2140 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    lastKey = key;
    lastDay = isReal ? date.getTime() / dayMs : -1;
    return lastDay;
  };
}

const dayOf = createDays();

/** The end of a date, and its day; the end is -1 if there was no date. Filled by the readers, so that none of them makes an object. */
export const found = { end: -1, day: -1 };

/** Reads `2026-11-29T14:06:40Z`, with a fraction or an offset (`+01:00`) if there is one. */
export function readIsoDate(bytes: Uint8Array, start: number): number {
  found.end = -1;
  const year = digits(bytes, start, 4);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  const minute = minuteOfDay(bytes, start + 11);
  if (year < 0 || month < 0 || day < 0 || minute < 0 || bytes[start + 4] !== dash || bytes[start + 7] !== dash) return -1;
  let at = start + isoLength;
  if (bytes[at] === 0x2e || bytes[at] === 0x2c)
    do at += 1;
    while (digits(bytes, at, 1) >= 0);
  if (bytes[at] === 0x5a) return finish(dayOf(year, month, day), minute, at + 1);
  const offset = offsetMinutes(bytes, at, bytes[at + 3] === colon ? 4 : 3);
  return finish(dayOf(year, month, day), minute - offset, at + (bytes[at + 3] === colon ? 6 : 5));
}

/** Reads `29/Nov/2026:14:06:40 +0000`, the date of the common log format. */
export function readCommonDate(bytes: Uint8Array, start: number): number {
  found.end = -1;
  const day = twoDigits(bytes, start);
  const month = monthOf(bytes, start + 3);
  const year = digits(bytes, start + 7, 4);
  const minute = minuteOfDay(bytes, start + 12);
  if (day < 0 || month < 0 || year < 0 || minute < 0 || bytes[start + 2] !== slash || bytes[start + 6] !== slash) return -1;
  if (bytes[start + 11] !== colon) return -1;
  const offset = offsetMinutes(bytes, start + 21, 3);
  return finish(dayOf(year, month, day), minute - offset, start + commonLength);
}

function finish(day: number, minute: number, end: number): number {
  if (day < 0 || Number.isNaN(minute)) return -1;
  found.day = day + Math.floor(minute / minutesPerDay);
  found.end = end;
  return end;
}

/** Reads `14:06:40`, without looking at the seconds. Returns -1 if it is not a time. */
export function minuteOfDay(bytes: Uint8Array, start: number): number {
  const hour = twoDigits(bytes, start);
  const minute = twoDigits(bytes, start + 3);
  const isTime = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && bytes[start + 2] === colon && bytes[start + 5] === colon;
  return isTime && twoDigits(bytes, start + 6) >= 0 ? hour * 60 + minute : -1;
}

/** Reads `+0130` or `+01:30`, whose minutes begin `minutesAt` bytes after the sign. NaN if there is no offset. */
function offsetMinutes(bytes: Uint8Array, start: number, minutesAt: number): number {
  const sign = bytes[start] === 0x2b ? 1 : bytes[start] === dash ? -1 : 0;
  const hours = twoDigits(bytes, start + 1);
  const minutes = twoDigits(bytes, start + minutesAt);
  return sign === 0 || hours < 0 || minutes < 0 ? Number.NaN : sign * (hours * 60 + minutes);
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

function monthOf(bytes: Uint8Array, start: number): number {
  for (let month = 0; month < 12; month++) {
    const at = month * 3;
    if (
      bytes[start] === months.charCodeAt(at) &&
      bytes[start + 1] === months.charCodeAt(at + 1) &&
      bytes[start + 2] === months.charCodeAt(at + 2)
    )
      return month + 1;
  }
  return -1;
}
