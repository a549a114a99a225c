import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Server, ServerWebSocket } from 'bun';

/** A node's inputs that choose a model: input → folder below `models`. */
export type PromptNodes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A stand-in of the part of a running ComfyUI that runs prompts: websocket, history, refusals, and the choices of its nodes. */
export interface PromptComfy extends AsyncDisposable {
  url: string;
  /** Paths asked so far. */
  requests: string[];
  /** How many listen on the websocket. */
  listeners(): number;
  /** Sends a message to all who listen. */
  send(message: unknown): void;
  /** A prompt that was taken and then failed: it stands in the history, and those who listen are told. */
  fail(id: string, graph: Record<string, unknown>): void;
  /** From now on the choices no longer change, as in a server that does not look at its folders again. */
  freeze(): void;
  stop(): Promise<void>;
  /** Begins anew at the same address. */
  restart(): void;
}

export function startPromptComfy(root: string, nodes: PromptNodes): PromptComfy {
  const requests: string[] = [];
  const history = new Map<string, unknown>();
  const sockets = new Set<ServerWebSocket<unknown>>();
  let frozen: Map<string, string[]> | null = null;
  const listOf = (folder: string): string[] => frozen?.get(folder) ?? listModels(root, folder);
  const serve = (port: number): Server<unknown> =>
    Bun.serve({
      hostname: '127.0.0.1',
      port,
      async fetch(request, server) {
        const { pathname } = new URL(request.url);
        requests.push(pathname);
        if (pathname === '/ws') return server.upgrade(request, { data: null }) ? undefined : new Response('', { status: 400 });
        if (pathname === '/system_stats') return Response.json({ system: { comfyui_version: '0.38.1', argv: ['main.py'] }, devices: [] });
        const [, first, second] = pathname.split('/');
        if (first === 'object_info') return Response.json(describeAll(second === undefined ? Object.keys(nodes) : [second], nodes, listOf));
        if (first === 'experiment') return Response.json(describeFolders(root, nodes));
        if (first === 'history') return Response.json(Object.fromEntries(second === undefined ? history : [[second, history.get(second)]]));
        if (pathname === '/prompt') return judge((await request.json()) as { prompt: PromptGraph }, nodes, listOf);
        return new Response('404: Not Found', { status: 404 });
      },
      websocket: {
        open(socket) {
          sockets.add(socket);
          socket.send(JSON.stringify({ type: 'status', data: { status: { exec_info: { queue_remaining: 0 } }, sid: 'stand-in' } }));
        },
        message() {},
        close: (socket) => void sockets.delete(socket),
      },
    });
  let server = serve(0);
  const port = server.port ?? 0;
  const send = (message: unknown): void => {
    for (const socket of sockets) socket.send(JSON.stringify(message));
  };
  const stop = (): Promise<void> => server.stop(true);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    listeners: () => sockets.size,
    send,
    fail(id, graph) {
      const data = {
        prompt_id: id,
        node_id: '1',
        node_type: 'LoraLoaderModelOnly',
        exception_type: 'FileNotFoundError',
        exception_message: 'not found',
      };
      const status = { status_str: 'error', completed: false, messages: [['execution_error', data]] };
      history.set(id, { prompt: [1, id, graph, {}, []], outputs: {}, status });
      send({ type: 'execution_error', data });
    },
    freeze() {
      const folders = new Set(Object.values(nodes).flatMap((inputs) => Object.values(inputs)));
      frozen = new Map([...folders].map((folder) => [folder, listModels(root, folder)]));
    },
    stop,
    restart() {
      server = serve(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

type PromptGraph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;
type ListOf = (folder: string) => string[];

/** What `POST /prompt` answers when a value is not among the choices, by the shape of execution.py. */
function judge({ prompt }: { prompt: PromptGraph }, nodes: PromptNodes, listOf: ListOf): Response {
  const errors = Object.entries(prompt).flatMap(([id, { class_type: type, inputs }]) => {
    const refused = Object.entries(nodes[type] ?? {}).filter(([input, folder]) => !listOf(folder).includes(String(inputs[input])));
    if (refused.length === 0) return [];
    return [[id, { errors: refused.map(([input]) => refusal(input, String(inputs[input]))), dependent_outputs: [], class_type: type }]];
  });
  if (errors.length === 0) return Response.json({ prompt_id: crypto.randomUUID(), number: 1, node_errors: {} });
  const error = { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation', details: '', extra_info: {} };
  return Response.json({ error, node_errors: Object.fromEntries(errors) as unknown }, { status: 400 });
}

function refusal(input: string, value: string): unknown {
  const details = `${input}: '${value}' not in (list of length 57)`;
  const info = { input_name: input, input_config: null, received_value: value };
  return { type: 'value_not_in_list', message: 'Value not in list', details, extra_info: info };
}

function describeAll(types: readonly string[], nodes: PromptNodes, listOf: ListOf): Record<string, unknown> {
  return Object.assign({}, ...types.map((type) => describe(type, nodes, listOf))) as Record<string, unknown>;
}

function describeFolders(root: string, nodes: PromptNodes): unknown {
  const folders = new Set(Object.values(nodes).flatMap((inputs) => Object.values(inputs)));
  return [...folders].map((name) => ({ name, folders: [join(root, 'models', name)] }));
}

function describe(type: string, nodes: PromptNodes, listOf: ListOf): Record<string, unknown> {
  const inputs = nodes[type];
  if (!inputs) return {};
  const required = Object.fromEntries(Object.entries(inputs).map(([input, folder]) => [input, [listOf(folder), {}]]));
  return {
    [type]: { input: { required }, output: ['MODEL'], name: type, display_name: type, python_module: 'nodes', category: 'loaders' },
  };
}

function listModels(root: string, folder: string): string[] {
  const path = join(root, 'models', folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.safetensors')) : [];
}
