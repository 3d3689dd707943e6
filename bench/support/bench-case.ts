/** What a probe found: figures by name, the unit last. */
export type Figures = Record<string, number>;

export type EngineName = 'official' | 'ours';

/** One table of the benchmark. Every row and engine is measured in a process of its own. */
export interface BenchCase {
  /** What is measured, and what it should be. */
  readonly title: string;
  /** Rows of the table: each is handed to `measure` as it is. `full` takes the sizes that need minutes. */
  rows(full: boolean): readonly string[];
  /** Processes for each row and engine; the figures are their medians. Default 3. */
  readonly rounds?: number;
  /** Engines that can do it. Default: both. */
  readonly engines?: readonly EngineName[];
  /** Runs in the probe's process, and reports once. */
  measure(engine: EngineName, row: string, report: (figures: Figures) => void): Promise<void>;
  /** The probe's process ends by itself: what holds it back is what is measured. */
  readonly endsAlone?: boolean;
}
