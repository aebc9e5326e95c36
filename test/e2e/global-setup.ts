/** Builds `pulumi`, and installs the packed tarball in a project of a user, before the first test file. */
import type { TestProject } from 'vitest/node' with { 'resolution-mode': 'import' };
import { buildTools } from '../stack/build';
import { installProject } from './project';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the project. */
    readonly pulumiProject: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  await buildTools(['pulumi']);
  const { folder, remove } = installProject();
  project.provide('pulumiProject', folder);
  return remove;
}
