/** The characters of a hash of a template, and of what is added to a generated name (k8s.io/apimachinery, util/rand). */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]';
/** Characters that are added to a generated name, and where it is cut before (k8s.io/apiserver, storage/names). */
const ADDED = 5;
const LONGEST = 63 - ADDED;
/** A 32-bit number in decimal has so many digits. */
const HASH = 10;

/**
 * A regular expression (RE2) that the names of a Deployment's pods match as a whole, `<name>-<hash>-<5 characters>`, and
 * those of another Deployment do not, unless both names are so long that Kubernetes cuts what tells them apart.
 */
export function podNames(deployment: string): string {
  const room = LONGEST - deployment.length - 1;
  const begin = `${deployment}-`.slice(0, LONGEST).replaceAll('.', '[.]');
  const end = `${RANDOM}{${ADDED}}`;
  if (room > HASH) return `${begin}${RANDOM}{1,${HASH}}-${end}`;
  if (room <= 0) return `${begin}${end}`;
  const cut = `${RANDOM}{${room + ADDED}}`;
  return room === 1 ? `${begin}${cut}` : `${begin}(${RANDOM}{1,${room - 1}}-${end}|${cut})`;
}
