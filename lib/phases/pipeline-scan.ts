import type { Lesson } from '../core/known-file.ts';
import { writeOutputs } from '../state/outputs.ts';
import type { PipelineJob } from './pipeline.ts';
import type { openScanLibrary } from './scan-library.ts';
import { runScan } from './scan.ts';

/** Scans, and writes what is needed and what is missing. Most code is loaded when it is needed: threads that read are to start soon. */
export async function scan({ request, ports, results, read }: PipelineJob): Promise<void> {
  const { install, workflowPaths, includeDisabled } = request;
  const services = { ...ports, offline: request.offline, cachePath: ports.state.nodePacks };
  const openLibrary: typeof openScanLibrary = async (of, scanPorts) => {
    const library = await import('./scan-library.ts');
    return library.openScanLibrary(of, scanPorts, { reading: await read(), services });
  };
  const onLessons = async (lessons: readonly Lesson[]): Promise<void> => {
    const { Catalogue } = await import('../catalog/catalogue.ts');
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
