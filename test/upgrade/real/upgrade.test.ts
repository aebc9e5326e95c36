/** The same on a real API server, whose controllers and kinds are those that users have. */
import { beforeAll } from 'vitest';
import { real } from '../../cluster/real/world';
import { crdFiles } from '../../gateways/real/crds';
import { acceptRoutes } from '../../gateways/real/accept-routes';
import { upgradeScenarios } from '../upgrade.scenarios';

const worlds = real();

beforeAll(() => worlds.cluster().installCrds(crdFiles()));
acceptRoutes(() => worlds.cluster().api);
upgradeScenarios(worlds);
