import { ApiError } from '../cluster';
import {
  defined,
  type Deployment,
  isDeployment,
  isService,
  type Manifest,
  sameJson,
  selects,
  withServerDefaults,
} from '../core';

const LONGEST: Readonly<Record<string, number>> = { Service: 63, Deployment: 253 };

/** What the API server fills in: in pod templates all of it, elsewhere the fields that the controllers here read. */
export function withDefaults(object: Manifest): Manifest {
  if (!isDeployment(object)) return object;
  const { spec } = object;
  const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%', ...(spec.strategy as Rolling)?.rollingUpdate };
  const strategy = spec.strategy?.type === 'Recreate' ? spec.strategy : { type: 'RollingUpdate', rollingUpdate };
  const { paused, template, ...rest } = spec;
  return {
    ...object,
    spec: {
      progressDeadlineSeconds: 600,
      replicas: 1,
      ...defined(rest),
      ...(paused && { paused }),
      strategy,
      template: withServerDefaults(template),
    },
  };
}

interface Rolling {
  readonly rollingUpdate?: object;
}

/** @throws ApiError 422 for what the API server would refuse */
export function admit(object: Manifest, before: Manifest | undefined): void {
  const { name = '' } = object.metadata;
  if (name.length > (LONGEST[object.kind] ?? 253)) {
    throw invalid(object, `metadata.name: Invalid value: "${name}": must be no more than 63 characters`);
  }
  if (isDeployment(object)) admitDeployment(object, before as Deployment | undefined);
  if (isService(object) && !(object.spec.ports?.length ?? 0) && object.spec.clusterIP !== 'None') {
    throw invalid(object, 'spec.ports: Required value');
  }
}

function admitDeployment(object: Deployment, before: Deployment | undefined): void {
  const { selector, template } = object.spec;
  if (!selects(selector?.matchLabels, template?.metadata?.labels)) {
    throw invalid(object, 'spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`');
  }
  if (before && !sameJson(before.spec.selector, selector)) {
    throw invalid(object, 'spec.selector: Invalid value: field is immutable');
  }
}

function invalid({ kind, metadata }: Manifest, message: string): ApiError {
  return new ApiError(422, 'Invalid', `${kind} "${metadata.name}" is invalid: ${message}`);
}
