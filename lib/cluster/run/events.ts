import { kinds } from '../port/kinds';
import { ApiError, FIELD_MANAGER, type Live, refOf } from '../port/port';
import { type Run, tell } from './run';

/** Tells those who look with kubectl, by an Event on the Deployment. A release does not fail because of its story. */
export async function tellStory(run: Run, about: Live, message: string): Promise<void> {
  const { api, clock, random } = run.engine;
  const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const { name, namespace, uid, resourceVersion } = about.metadata;
  try {
    await api.create({
      ...kinds.event,
      metadata: { name: `${name}.${random.id()}`, namespace: namespace! },
      involvedObject: { ...refOf(about), uid, resourceVersion },
      type: 'Normal',
      reason: 'Release',
      message,
      source: { component: FIELD_MANAGER },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(run, { is: 'warning', what: `no Event written: ${error.message}` });
  }
}
