/** The tools that can be set up, by name. */
import { planBoot } from './boot.js';
import { planClj } from './clj.js';
import { planCoursier } from './coursier.js';
import { planCursive } from './cursive.js';
import { planGradle } from './gradle.js';
import { planIvy } from './ivy.js';
import { planLein } from './lein.js';
import { planMaven } from './maven.js';
import type { ToolPlanner } from './merge.js';
import { planSbt } from './sbt.js';

/** The names of the tools, in the order in which help lists them. */
export const toolNames = ['lein', 'boot', 'clj', 'maven', 'gradle', 'sbt', 'coursier', 'ivy', 'cursive'] as const;

/** A build tool that can be told to ask the proxy. */
export type ToolName = (typeof toolNames)[number];

export const planners: Readonly<Record<ToolName, ToolPlanner>> = {
  lein: planLein,
  boot: planBoot,
  clj: planClj,
  maven: planMaven,
  gradle: planGradle,
  sbt: planSbt,
  coursier: planCoursier,
  ivy: planIvy,
  cursive: planCursive,
};
