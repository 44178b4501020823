import { afterEach } from 'vitest';
import { House, type ProcessConfig } from './house.ts';

/** A builder of houses that are gone after each test. */
export function houses(): (processes: Readonly<Record<string, ProcessConfig>>) => Promise<House> {
  const built: House[] = [];
  afterEach(async () => {
    for (const house of built.splice(0)) await house.close();
  });
  return async (processes) => {
    const house = await House.build(processes);
    built.push(house);
    return house;
  };
}
