/** Changes of the user's own HTTPRoute on the real API server, whose CRD decides who owns what. */
import { beforeAll } from 'vitest';
import { acceptRoutes } from '../../gateways/real/accept-routes';
import { crdFiles } from '../../gateways/real/crds';
import { baseScenarios, meshScenarios } from '../base.scenarios';
import { hopScenarios } from '../hops.scenarios';
import { movingScenarios } from '../moving.scenarios';
import { real } from './world';

const worlds = real();

beforeAll(() => worlds.cluster().installCrds(crdFiles()));
acceptRoutes(() => worlds.cluster().api);

baseScenarios(worlds);
meshScenarios(worlds);
hopScenarios(worlds);
movingScenarios(worlds);
