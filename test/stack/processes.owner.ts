/** Started by processes.test.ts, to be killed: starts a process that would outlive it, prints its id, and waits. */
import { Processes } from './processes';

const processes = new Processes(process.argv[2]!);
processes.start('sleep', 'sleep', ['60']);
console.log(processes.pids.join());
setTimeout(() => undefined, 60_000);
