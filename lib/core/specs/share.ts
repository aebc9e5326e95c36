/** 0.005 for `"0.5%"`; undefined for what is no percentage above 0 and up to `most`. */
export function shareIn(value: unknown, most = 100): number | undefined {
  const digits = typeof value === 'string' ? /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(value)?.[1] : undefined;
  const percent = Number(digits);
  return percent > 0 && percent <= most ? percent / 100 : undefined;
}
