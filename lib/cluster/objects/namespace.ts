import { kinds } from '../port/kinds';
import { type Api, isNamespaceMissing } from '../port/port';

/** Nobody makes it: it is only tried. */
const TRIED = 'graylane-probe';

/**
 * Does away with something in a namespace. What is gone with it, or on its way out, needs no more: an error of that is
 * none. The namespace itself is not asked for: nobody needs rights on it.
 */
export async function removeIn(api: Api, namespace: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(await isGone(api, namespace))) throw error;
  }
}

async function isGone(api: Api, namespace: string): Promise<boolean> {
  const object = { ...kinds.service, metadata: { name: TRIED, namespace }, spec: { clusterIP: 'None' } };
  try {
    await api.apply(object, { dryRun: true });
    return false;
  } catch (error) {
    return isNamespaceMissing(error);
  }
}
