import { badDaysScenarios } from '../bad-days.scenarios';
import { real } from './world';

badDaysScenarios(real());
