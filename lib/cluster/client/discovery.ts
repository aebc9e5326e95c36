import { ApiError, type Kind, type Selection } from '../port/port';

/** Path of an object, or, without a name, of the list that holds it. */
export type PathOf = (selection: Pick<Selection, 'namespace' | 'name'>) => string;

interface Resources {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Which kinds the server knows, and where they are; each group is asked for once. */
export class Discovery {
  private readonly groups = new Map<string, Promise<Resources>>();

  constructor(private readonly read: (path: string) => Promise<object>) {}

  /** Undefined for a kind that the server does not know. */
  async find({ apiVersion, kind }: Kind): Promise<PathOf | undefined> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources = [] } = await this.group(root);
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (!found) return undefined;
    return ({ namespace, name }) =>
      [
        root,
        ...(found.namespaced && namespace ? ['namespaces', namespace] : []),
        found.name,
        ...(name ? [name] : []),
      ].join('/');
  }

  private group(root: string): Promise<Resources> {
    const known = this.groups.get(root);
    if (known) return known;
    const asked = this.ask(root);
    this.groups.set(root, asked);
    // What failed is asked for again, and a group may be installed later.
    asked.then(({ resources }) => resources ?? this.groups.delete(root)).catch(() => this.groups.delete(root));
    return asked;
  }

  private async ask(root: string): Promise<Resources> {
    try {
      return await this.read(root);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return {};
      throw error;
    }
  }
}
