/** All scenarios on the simulated cluster. */
import { seedScenarios } from './seed.scenarios';
import { simulated } from './simulated.world';

seedScenarios(simulated);
