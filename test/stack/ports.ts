/** Free ports on the loopback interface. */
import { createServer } from 'node:net';

// Below the ranges from which systems take the ports of outgoing connections: a port found here does not become
// somebody's source port between the look and the start of the program that is to listen on it.
const lowest = 20000;
const highest = 32000;

export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
