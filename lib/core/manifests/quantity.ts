const FACTORS = new Map<string, number>(
  ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, i) => [suffix, (i - 3) * 3]),
);
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A Kubernetes quantity in thousandths, rounded up as `SetDefaults_ResourceList` does; undefined for what is none. `1`,
 * `"1000m"` and `"1e0"` are one amount.
 */
export function thousandths(quantity: unknown): bigint | undefined {
  const [, sign, whole, fraction = '', exponent, suffix = ''] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(quantity)) ?? [];
  if (whole === undefined || whole + fraction === '') return undefined;
  const power = 3 - fraction.length + (exponent === undefined ? (FACTORS.get(suffix) ?? 0) : Number(exponent));
  if (Math.abs(power) > 60) return undefined;
  const digits = BigInt(whole + fraction) * 1024n ** BigInt(BINARY.indexOf(suffix) + 1);
  const scale = 10n ** BigInt(Math.abs(power));
  const amount = power >= 0 ? digits * scale : (digits + scale - 1n) / scale;
  return sign === '-' ? -amount : amount;
}

/** A quantity of so many thousandths, as people write it: `1500m`, `3`; of bytes `1536Mi`. */
export function quantityOf(amount: bigint, unit: 'bytes' | 'number'): string {
  if (amount % 1000n !== 0n) return `${amount}m`;
  const whole = amount / 1000n;
  const powers =
    unit === 'bytes' && whole !== 0n ? BINARY.map((suffix, i) => [suffix, 1024n ** BigInt(i + 1)] as const) : [];
  const [suffix, factor] = powers.filter(([, one]) => whole % one === 0n).at(-1) ?? ['', 1n];
  return `${whole / factor}${suffix}`;
}
