import { readDefinitions } from './graph/definitions.ts';
import { asList, asRecord, isRecord, type JsonRecord } from './narrow.ts';

/**
 * What the author of a workflow wrote outside its nodes: titles of groups, also in subgraphs, the descriptions of these, and the entries of
 * `extra.info`, where the editor and packs keep one of the whole. Of all these only texts that may hold an address or a name of a resource.
 */
export function authorTexts(graph: JsonRecord): string[] {
  const texts: string[] = [];
  addTitles(graph, texts);
  for (const definition of readDefinitions(graph).values()) {
    addTitles(definition, texts);
    addTelling(definition.description, texts);
  }
  const { info } = asRecord(graph.extra);
  for (const text of isRecord(info) ? Object.values(info) : [info]) addTelling(text, texts);
  return texts;
}

function addTitles(graph: JsonRecord, texts: string[]): void {
  for (const group of asList(graph.groups)) addTelling(asRecord(group).title, texts);
}

function addTelling(text: unknown, texts: string[]): void {
  if (typeof text === 'string' && text.includes(':')) texts.push(text);
}
