import { badDaysScenarios } from './bad-days.scenarios';
import { simulated } from './simulated.world';

badDaysScenarios(simulated);
