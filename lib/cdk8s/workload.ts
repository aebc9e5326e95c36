import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { GraylaneError } from '../core';
import { problem } from './errors';
import { objectsOf } from './declared';

/** Finds the Deployment to release where it is one of several objects of an Include or a Helm chart. */
export class Workload {
  /**
   * The Deployment of that name below a construct.
   * @throws GraylaneError workload-not-found, with the Deployments that are there
   */
  static in(scope: IConstruct, name: string): ApiObject {
    const deployments = objectsOf(scope).filter(({ kind, apiGroup }) => kind === 'Deployment' && apiGroup === 'apps');
    const found = deployments.find((deployment) => deployment.name === name);
    if (found !== undefined) return found;
    const allowed = deployments.map((deployment) => deployment.name).join(', ') || 'a Deployment (there is none)';
    throw new GraylaneError(problem('workload-not-found', 'name', name, { subject: [scope.node.path], allowed }));
  }

  private constructor() {}
}
