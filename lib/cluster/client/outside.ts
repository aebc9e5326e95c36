import type { Reply } from '../../core';
import type { Outside } from '../port/outside';
import { askAddress, type Environment } from './ask-address';
import { askCommand } from './ask-command';
import type { Connection } from './connection';
import { rememberingSettled } from './settled-replies';

/**
 * Addresses and programs as they are.
 * @param connection by which a Service of the cluster is asked
 * @param environment what headers take their secrets from, and what programs get
 */
export function realOutside(connection: Pick<Connection, 'stream'>, environment: Environment): Outside {
  return rememberingSettled({
    ask: async (question, signal) => {
      signal.throwIfAborted();
      const limit = timeLimit(question.timeoutSeconds, signal);
      try {
        const reply = await (question.to === 'http'
          ? askAddress(question, connection, environment, limit.signal)
          : askCommand(question, environment, limit.signal));
        return reply;
      } catch (error) {
        signal.throwIfAborted();
        return none(limit.signal.aborted ? `no reply within ${question.timeoutSeconds} s` : (error as Error).message);
      } finally {
        limit.over();
      }
    },
  });
}

function none(why: string): Reply {
  return { is: 'none', why };
}

/** Ends when the time is over, or with the signal. `AbortSignal.any` is not in every Node 20. */
function timeLimit(seconds: number, signal: AbortSignal): { signal: AbortSignal; over: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, seconds * 1000);
  signal.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    over: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
