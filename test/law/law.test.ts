/** The incremental result equals the full recompute, whatever happened. Half of the random histories; the other half is beside. */
import { holdLaw } from './hold-law.ts';
import { REMEMBERED } from './remembered.ts';

holdLaw(0, 2, REMEMBERED);
