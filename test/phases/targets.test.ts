import { expect, test } from 'bun:test';
import { HttpClient } from '../../lib/core/http/client.ts';
import { NO_SECRETS } from '../../lib/core/secrets.ts';
import { DEFAULT_ENDPOINTS } from '../../lib/core/services.ts';
import { trustChosenHosts } from '../../lib/phases/targets.ts';
import { resolutionOf } from '../download/sandbox.ts';

const PLACE = 'https://models.example/x.safetensors';

/** A client to which the whole world answers with nothing. */
function worldClient(address = '93.184.215.14'): HttpClient {
  const ports = {
    fetch: async () => new Response('bytes'),
    sleep: async () => undefined,
    lookup: async () => [address],
    now: () => new Date(),
  };
  return new HttpClient({ ports, endpoints: DEFAULT_ENDPOINTS, secrets: NO_SECRETS, allowedHosts: [], userAgent: 'test' });
}

function chosen(chosenByUser: boolean) {
  return resolutionOf('/models/loras/x.safetensors', { accepted: true, downloadUrl: PLACE, chosenByUser });
}

test('a host that the user has named himself needs no entry in allowed_hosts', async () => {
  const http = trustChosenHosts(worldClient(), [chosen(true)]);
  const { response } = await http.open(PLACE, { trust: 'workflow' });
  expect(await response.text()).toBe('bytes');
});

test('a host that only a workflow has named does', async () => {
  const http = trustChosenHosts(worldClient(), [chosen(false)]);
  expect(http.open(PLACE, { trust: 'workflow' })).rejects.toThrow('no known model host');
});

test('an address of this network stays refused, whoever named it', async () => {
  const http = trustChosenHosts(worldClient('192.168.1.5'), [chosen(true)]);
  expect(http.open(PLACE, { trust: 'workflow' })).rejects.toThrow('address of this machine or its network');
});
