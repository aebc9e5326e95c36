/** All scenarios on the simulated cluster. */
import { allScenarios } from './all.scenarios';
import { simulated } from './simulated.world';

allScenarios(simulated);
