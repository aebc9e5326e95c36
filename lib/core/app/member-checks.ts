import { textsOfCheck } from '../checks/check';
import { type Problem, problem } from '../errors';
import type { CheckSpec } from '../specs/check';
import { checkCompared, isPicking } from '../specs/check-validation';
import { variablesOf } from '../specs/check-variables';
import type { RolloutSpec } from '../specs/spec';
import type { Service } from '../manifests/manifest';
import type { Routing } from '../routes/routing';

/** How requests get to the pods of a member. */
interface Requested {
  readonly spec: RolloutSpec;
  readonly routing?: Routing;
  readonly services: readonly Service[];
  readonly served: readonly Service[];
}

/** What is wrong with the checks of a member because of how its canary gets requests. */
export function checkMemberChecks(member: Requested): Problem[] {
  const picked = isPicking(member.routing?.lane);
  return listsOf(member).flatMap(([path, checks]) => [
    ...(picked ? checkCompared(checks, path) : []),
    ...checks.flatMap((check, i) => checkServices(check, `${path}[${i}]`, member)),
  ]);
}

function listsOf({ spec: { checks = [], steps } }: Requested): [path: string, checks: readonly CheckSpec[]][] {
  return [
    ['checks', checks],
    ...steps.map(({ checks: own = [] }, i) => [`steps[${i}].checks`, own] as [string, CheckSpec[]]),
  ];
}

/** The canary has a Service where stable's does not find it. */
function checkServices(check: CheckSpec, path: string, { served, services }: Requested): Problem[] {
  const there = { 'canary.service': served.length > 0, 'stable.service': services.length > 0 };
  const missing = Object.entries(there).flatMap(([name, is]) => (is ? [] : [name]));
  return Object.entries(textsOfCheck(check)).flatMap(([field, text]) => {
    const used = missing.find((name) => variablesOf(text).includes(name));
    return used === undefined ? [] : [problem('check-service', `${path}.${field}`, used.split('.')[0])];
  });
}
