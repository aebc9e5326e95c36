/** A real Prometheus, and servers for it to scrape. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTools } from '../stack/build';
import { freePorts } from '../stack/ports';
import { Processes } from '../stack/processes';
import { programFile } from '../stack/tools';
import { waitFor } from '../stack/wait';

/** Prometheus takes nothing that does not say what it is. */
const TEXT = { 'content-type': 'text/plain; version=0.0.4' };

/** A server that fails every so many requests, and counts them as OpenTelemetry does. */
export class App {
  private readonly server: Server;
  private readonly counts: Record<string, number> = {};
  private requests = 0;

  constructor(
    readonly deployment: string,
    private readonly failsEvery: number,
    readonly namespace = 'shop',
  ) {
    this.server = createServer((request, response) => {
      if (request.url === '/metrics') return void response.writeHead(200, TEXT).end(this.metrics());
      const code = ++this.requests % this.failsEvery === 0 ? 500 : 200;
      this.counts[code] = (this.counts[code] ?? 0) + 1;
      response.writeHead(code).end();
    });
  }

  private metrics(): string {
    const lines = Object.entries(this.counts).map(
      ([code, count]) => `http_server_request_duration_seconds_count{http_response_status_code="${code}"} ${count}`,
    );
    return ['# TYPE http_server_request_duration_seconds_count counter', ...lines, ''].join('\n');
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async ask(): Promise<void> {
    await (await fetch(`http://${this.address}/`)).text();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Until it is stopped. */
export interface Scraping {
  readonly url: string;
  /** Requests to the servers of a tick, one after the other for each server. */
  traffic(tick: readonly App[]): void;
  stop(): Promise<void>;
}

/** Starts the servers, and a Prometheus that scrapes them each second, as pods of their Deployments. */
export async function scrape(apps: readonly App[]): Promise<Scraping> {
  await buildTools(['prometheus']);
  await Promise.all(apps.map((app) => app.start()));
  const folder = mkdtempSync(join(tmpdir(), 'graylane-prometheus-'));
  const targets = apps.map(({ address, deployment, namespace }) => ({
    targets: [address],
    labels: { namespace, pod: `${deployment}-5f7c9d8b6-x2x4z` },
  }));
  const config = { scrape_configs: [{ job_name: 'pods', scrape_interval: '1s', static_configs: targets }] };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const processes = new Processes(folder);
  processes.start('prometheus', programFile('prometheus'), [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await waitFor('Prometheus', () => isReady(url, processes), { timeoutSeconds: 60 });
  const timers: NodeJS.Timeout[] = [];
  return {
    url,
    traffic: (tick) => {
      timers.push(setInterval(() => void Promise.all(tick.map((app) => app.ask())).catch(() => {}), 40));
    },
    stop: async () => {
      timers.forEach(clearInterval);
      for (const app of apps) app.stop();
      await processes.stop();
    },
  };
}

async function isReady(url: string, processes: Processes): Promise<boolean> {
  processes.check();
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
