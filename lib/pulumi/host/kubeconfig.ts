import { existsSync, readFileSync } from 'node:fs';
import { EngineError } from '../../cluster';

/**
 * The content of a kubeconfig that is given as such or, as Pulumi's Kubernetes provider takes it too, by its path. It may
 * be a secret, so nothing of it is told.
 * @throws EngineError unreachable
 */
export function kubeconfigContent(given: string | undefined): string | undefined {
  if (given === undefined || given.includes('\n') || given.trimStart().startsWith('{')) return given;
  if (existsSync(given)) return readFileSync(given, 'utf8');
  const what = 'what is given is neither the content of a kubeconfig nor the path of a file that is there';
  throw new EngineError('unreachable', 'kubeconfig', what);
}
