/**
 * A real cluster for tests: API server, controllers and scheduler, with kwok in the place of kubelets (see kwok.yaml for
 * which pods get ready). Or the one that GRAYLANE_TEST_KUBECONFIG names; its user must be allowed everything.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from './access';
import { readKubeconfig, writeKubeconfig } from './access';
import { Api } from './api';
import type { Backing, StopOptions } from './backing';
import { installCrds } from './crds';
import { startControlPlane } from './start';
import type { UserName } from './users';

export class Cluster {
  /** As admin. */
  readonly api: Api;
  private readonly apis: Api[] = [];
  private readonly namespaces: string[] = [];

  constructor(private readonly backing: Backing) {
    this.api = this.apiAs('admin');
  }

  get server(): string {
    return this.backing.access.admin.server;
  }

  /** Server, authority and credentials of a user. */
  access(user: UserName = 'admin'): Access {
    return this.backing.access[user];
  }

  /** Its programs; none where it was there before. */
  get pids(): readonly number[] {
    return this.backing.pids;
  }

  /** Writes a kubeconfig file for a user and returns its path. */
  kubeconfig(user: UserName = 'admin'): string {
    const file = join(this.backing.folder, `${user}.kubeconfig`);
    writeKubeconfig(file, this.access(user));
    return file;
  }

  apiAs(user: UserName): Api {
    const api = new Api(this.access(user));
    this.apis.push(api);
    return api;
  }

  /** Creates a namespace of its own for a test, and returns its name. */
  async newNamespace(): Promise<string> {
    const { metadata } = await this.api.create<{ metadata: { name: string } }>('/api/v1/namespaces', {
      metadata: { generateName: 'graylane-test-' },
    });
    this.namespaces.push(metadata.name);
    return metadata.name;
  }

  /** Returns when objects of the new kinds can be written. */
  installCrds(files: readonly string[]): Promise<void> {
    return installCrds(this.api, files);
  }

  /** Ends the programs and removes their files. A cluster that was there before is rid of the namespaces only. */
  async stop(options: StopOptions = {}): Promise<void> {
    try {
      if (!this.backing.isOurs) await this.deleteNamespaces();
    } finally {
      for (const api of this.apis) api.close();
      await this.backing.stop(options);
    }
  }

  private async deleteNamespaces(): Promise<void> {
    await Promise.all(this.namespaces.map((name) => this.api.delete(`/api/v1/namespaces/${name}`)));
  }
}

export async function startCluster(): Promise<Cluster> {
  const given = process.env.GRAYLANE_TEST_KUBECONFIG;
  return new Cluster(given ? existing(given) : await startControlPlane());
}

/** The users are impersonated, for nobody has to be able to log in under their names. */
function existing(kubeconfig: string): Backing {
  const admin = readKubeconfig(kubeconfig);
  const folder = mkdtempSync(join(tmpdir(), 'graylane-test-'));
  return {
    folder,
    access: { admin, graylane: { ...admin, actAs: 'graylane' } },
    pids: [],
    isOurs: false,
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
