/**
 * A lane by baggage through two services that know nothing of it: real processes, instrumented by OpenTelemetry's Node
 * auto-instrumentation, which reads the header and writes it anew. Gateway and mesh are the models of test/gateways.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateways } from '../../lib/gateways';
import { renderAt } from '../core/fixtures';
import { app, kinds, send, tags } from '../gateways/mesh';
import { Consumer } from './consumer';

/** 0.80 needs Node 22. */
const INSTRUMENTATION = '@opentelemetry/auto-instrumentations-node@0.79.0';
/** Nothing is exported, and nobody asks which cloud this is. */
const ENVIRONMENT = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'none',
};

/** Answers with the headers that it got. */
const B = `
const { createServer } = require('node:http');
const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
/** Asks b, and passes no header on. */
const A = `
const { createServer, get } = require('node:http');
const server = createServer((_, response) => get(process.env.B, (answer) => answer.pipe(response)));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

let project: Consumer;
const services: ChildProcess[] = [];
let urlOfA: string;

beforeAll(async () => {
  project = new Consumer('commonjs');
  project.install(INSTRUMENTATION, '@opentelemetry/api@^1');
  project.write('a.js', A);
  project.write('b.js', B);
  urlOfA = await start('a.js', { B: await start('b.js', {}) });
});

afterAll(async () => {
  for (const service of services) {
    const ended = once(service, 'exit');
    // Instrumented, they would survive a SIGTERM.
    if (service.kill('SIGKILL')) await ended;
  }
  project.remove();
});

const by = tags['an entry of the baggage'];

describe.each(kinds.flatMap((gateway) => kinds.map((mesh) => [gateway, mesh] as const)))(
  '%s, then %s',
  (gateway, mesh) => {
    const at = { 'rollout-a': 'step-1', 'rollout-b': 'step-1' };
    const objects = renderAt(app(gateway, mesh, by.lane), at, gateways);

    test.each<[client: string | undefined, inLane: boolean, atB: string | undefined]>([
      [undefined, true, 'lane=beta'],
      ['user=1', true, 'user=1,lane=beta'],
      ['user=1;p=v,mail=a%40b', true, 'user=1;p=v,mail=a%40b,lane=beta'],
      // Of one key the last value counts.
      ['lane=other,user=1', true, 'lane=beta,user=1'],
      ['user=1', false, 'user=1'],
      ['lane=other', false, 'lane=other'],
      [undefined, false, undefined],
    ])('of a client with %s, in the lane: %s, b gets %s', async (client, inLane, atB) => {
      const sent = { ...(client && { baggage: client }), ...(inLane && { 'user-agent': 'foo' }) };
      const [first] = send(objects, gateway, 'shop.example.com', sent);
      expect(first!.to).toBe(inLane ? 'a-canary' : 'a');
      const { baggage } = first!.headers;
      // Some gateways append to the line, others add one.
      const lines = client && inLane ? [client, baggage!.slice(client.length + 1)] : baggage;
      for (const appended of [baggage, lines]) {
        const received = await ask(urlOfA, appended);
        expect(received.baggage).toBe(atB);
        expect(send(objects, mesh, 'b', received)).toMatchObject([{ to: inLane ? 'b-canary' : 'b', share: 1 }]);
      }
    });
  },
);

/** The URL of an instrumented service, once it listens. */
async function start(file: string, env: Record<string, string>): Promise<string> {
  const options = ['--require', '@opentelemetry/auto-instrumentations-node/register', file];
  const service = spawn(process.execPath, options, {
    cwd: project.folder,
    env: { ...process.env, ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  services.push(service);
  for await (const line of createInterface(service.stdout)) {
    if (/^\d+$/.test(line)) return `http://127.0.0.1:${line}/`;
  }
  throw new Error(`${file} ended before it listened`);
}

async function ask(url: string, baggage: string | string[] | undefined): Promise<Record<string, string>> {
  const request = get(url, { headers: baggage === undefined ? {} : { baggage } });
  const [answer] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  return JSON.parse(await text(answer)) as Record<string, string>;
}
