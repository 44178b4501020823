import { holdLaw } from './hold-law.ts';

holdLaw(1, 2);
