import { simulated } from '../cluster/simulated.world';
import { upgradeScenarios } from './upgrade.scenarios';

upgradeScenarios(simulated);
