import { Catalogue } from '../catalog/catalogue.ts';
import type { Lesson } from '../core/known-file.ts';
import { writeOutputs } from '../state/outputs.ts';
import type { PipelineJob } from './pipeline.ts';
import { openScanLibrary } from './scan-library.ts';
import { runScan } from './scan.ts';

/** Scans, and writes what is needed and what is missing. */
export async function scan({ request, ports, results, read }: PipelineJob): Promise<void> {
  const { install, workflowPaths, includeDisabled } = request;
  const services = { ...ports, offline: request.offline, cachePath: ports.state.nodePacks };
  const openLibrary: typeof openScanLibrary = async (of, scanPorts) => openScanLibrary(of, scanPorts, { reading: await read(), services });
  const onLessons = (lessons: readonly Lesson[]): void => {
    using catalogue = Catalogue.open(ports.state.catalogue);
    catalogue.files.learn(lessons, ports.ports.now());
  };
  const found = await runScan({ paths: [...workflowPaths], install, includeDisabled }, { ...ports, openLibrary, onLessons });
  const { requiredModels, missingModels, missingNodes } = ports.state;
  const outputs = [
    { path: requiredModels, items: found.required },
    { path: missingModels, items: found.missing },
    { path: missingNodes, items: found.missingNodes },
  ];
  writeOutputs(outputs, ports.scrub);
  Object.assign(results, { required: found.required, missing: found.missing, missingNodes: found.missingNodes });
}
