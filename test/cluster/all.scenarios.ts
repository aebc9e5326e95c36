import { apiScenarios } from './api.scenarios';
import { sharedBaseScenarios } from './base.scenarios';
import { canaryMetadataScenarios } from './canary-metadata.scenarios';
import { capacityScenarios } from './capacity.scenarios';
import { checksScenarios } from './checks.scenarios';
import { conditionScenarios } from './conditions.scenarios';
import { detachedScenarios } from './detached.scenarios';
import { givenBackScenarios } from './given-back.scenarios';
import { goneScenarios } from './gone.scenarios';
import { hostileScenarios } from './hostile.scenarios';
import { laneScenarios } from './lane.scenarios';
import { policiesScenarios } from './policies.scenarios';
import { quotaScenarios } from './quota.scenarios';
import { renamedScenarios } from './renamed.scenarios';
import { rivalScenarios } from './rivals.scenarios';
import { seedScenarios } from './seed.scenarios';
import { stepsScenarios } from './steps.scenarios';
import { troubleScenarios } from './trouble.scenarios';
import type { Worlds } from './world';

/** Everything that both clusters must do alike. */
export function allScenarios(worlds: Worlds): void {
  apiScenarios(worlds);
  seedScenarios(worlds);
  stepsScenarios(worlds);
  conditionScenarios(worlds);
  checksScenarios(worlds);
  capacityScenarios(worlds);
  canaryMetadataScenarios(worlds);
  laneScenarios(worlds);
  policiesScenarios(worlds);
  renamedScenarios(worlds);
  troubleScenarios(worlds);
  detachedScenarios(worlds);
  givenBackScenarios(worlds);
  goneScenarios(worlds);
  quotaScenarios(worlds);
  sharedBaseScenarios(worlds);
  rivalScenarios(worlds);
  hostileScenarios(worlds);
}
