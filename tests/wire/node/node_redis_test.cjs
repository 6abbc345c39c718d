// node-redis at work on `kontor serve`, in both protocols: an order desk with stock, a queue, a feed and a ranking.
// KONTOR names the command; the working directory is the test's own.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { writeFileSync } = require('node:fs');
const { after, before, describe, it } = require('node:test');
const { createClient, ErrorReply, WatchError } = require('redis');

const DEADLINE_MS = 20_000;

// Starts a server; its process and where it listens.
async function serve(...options) {
  const server = spawn(process.env.KONTOR, ['serve', '--port', '0', ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(server.stdout, 'data');
  return { server, port: Number(/ port (\d+)/.exec(String(said))[1]) };
}

async function stop(server) {
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  assert.equal(code, 0);
}

async function until(condition) {
  for (const end = Date.now() + DEADLINE_MS; !(await condition());) {
    assert.ok(Date.now() < end, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const RESP of [2, 3]) {
  describe(`RESP${RESP}`, { timeout: 60_000 }, () => {
    let server;
    let client;
    const clients = [];

    async function another() {
      const made = client.duplicate();
      made.on('error', () => {});
      clients.push(made);
      return made.connect();
    }

    before(async () => {
      const path = `node-${RESP}.sock`;
      ({ server } = await serve('--unix', path));
      client = createClient({ RESP, socket: { path, tls: false } });
      client.on('error', (error) => { throw error; });
      await client.connect();
      clients.push(client);
    });

    after(async () => {
      for (const open of clients) open.destroy();
      await stop(server);
    });

    it('keeps strings, and what they mean', async () => {
      assert.equal(await client.set('greeting', 'gr\u00fc\u00df dich'), 'OK');
      assert.equal(await client.get('greeting'), 'gr\u00fc\u00df dich');
      assert.equal(await client.get('nosuch'), null);
      assert.equal(await client.set('greeting', 'x', { condition: 'NX' }), null);
      assert.equal(await client.set('lock', 'me', { expiration: { type: 'PX', value: 60_000 } }), 'OK');
      const left = await client.pTTL('lock');
      assert.ok(left > 0 && left <= 60_000);
      assert.equal(await client.incrBy('visits', 41), 41);
      assert.equal(await client.incr('visits'), 42);
      assert.deepEqual(await client.mGet(['visits', 'nosuch']), ['42', null]);
      await assert.rejects(client.incr('greeting'), ErrorReply);
      await assert.rejects(client.lPush('greeting', 'x'), /WRONGTYPE/);
      await assert.rejects(client.sendCommand(['NOSUCH']), /unknown command/);
      const large = 'x'.repeat(3_000_000);
      await client.set('large', large);
      assert.equal(await client.get('large'), large);
    });

    it('keeps hashes, sets and rankings', async () => {
      assert.equal(await client.hSet('user:7', { name: 'Ada', mail: 'ada@example.org', visits: '1' }), 3);
      assert.equal(await client.hIncrBy('user:7', 'visits', 2), 3);
      assert.deepEqual({ ...(await client.hGetAll('user:7')) }, { name: 'Ada', mail: 'ada@example.org', visits: '3' });
      assert.deepEqual({ ...(await client.hGetAll('nosuch')) }, {});
      await client.sAdd('tags', ['a', 'b', 'a']);
      assert.deepEqual([...(await client.sMembers('tags'))].sort(), ['a', 'b']);
      await client.zAdd('rank', [{ score: 1.5, value: 'ada' }, { score: -3, value: 'bob' }, { score: Infinity, value: 'eve' }]);
      assert.equal(await client.zScore('rank', 'ada'), 1.5);
      assert.equal(await client.zIncrBy('rank', 2.25, 'ada'), 3.75);
      assert.deepEqual(await client.zRangeWithScores('rank', 0, -1),
        [{ value: 'bob', score: -3 }, { value: 'ada', score: 3.75 }, { value: 'eve', score: Infinity }]);
    });

    it('iterates over many keys', async () => {
      await Promise.all(Array.from({ length: 500 }, (_, i) => client.set(`key:${i}`, i)));
      const seen = new Set();
      for await (const keys of client.scanIterator({ MATCH: 'key:*', COUNT: 50 })) keys.forEach((key) => seen.add(key));
      assert.equal(seen.size, 500);
    });

    it('commits all or nothing', async () => {
      await client.set('stock', '10');
      const replies = await client.multi().decrBy('stock', 3).rPush('orders', 'three').get('stock').exec();
      assert.deepEqual(replies, [7, 1, '7']);
      const shopper = await another();
      await shopper.watch('stock');
      await client.set('stock', '0');
      await assert.rejects(shopper.multi().decrBy('stock', 3).exec(), WatchError);
      assert.equal(await client.get('stock'), '0');
      await assert.rejects(client.multi().set('half', '1').addCommand(['NOSUCH']).exec());
      assert.equal(await client.exists('half'), 0);
    });

    it('waits for work', async () => {
      const worker = await another();
      const jobs = 200;
      const done = (async () => {
        const taken = [];
        while (taken.length < jobs) {
          const job = await worker.blMove('jobs', 'busy', 'LEFT', 'RIGHT', 10);
          await worker.multi().lRem('busy', 1, job).hSet('done', job, 'yes').exec();
          taken.push(job);
        }
        return taken;
      })();
      const sent = Array.from({ length: jobs }, (_, i) => `job:${i}`);
      for (const job of sent) await client.rPush('jobs', job);
      assert.deepEqual(await done, sent);
      assert.equal(await client.hLen('done'), jobs);

      const popping = worker.blPop(['none', 'later'], 10);
      await until(async () => (await client.clientList()).some((info) => info.cmd === 'blpop'));
      await client.rPush('later', 'x');
      assert.deepEqual({ ...(await popping) }, { key: 'later', element: 'x' });
      assert.equal(await worker.blPop('none', 0.01), null);
      const least = worker.bzPopMin('queue', 10);
      await client.zAdd('queue', { score: 2, value: 'b' });
      assert.deepEqual({ ...(await least) }, { key: 'queue', value: 'b', score: 2 });
    });

    it('hears what is published', async () => {
      const subscriber = await another();
      const heard = [];
      await subscriber.subscribe('news', (message, channel) => heard.push([channel, message]));
      await subscriber.pSubscribe('n?ws', (message, channel) => heard.push(['n?ws', channel, message]));
      assert.equal(await client.publish('news', 'one'), 2);
      assert.equal(await client.publish('nows', 'two'), 1);
      await until(() => heard.length === 3);
      assert.deepEqual(heard.sort(), [['n?ws', 'news', 'one'], ['n?ws', 'nows', 'two'], ['news', 'one']]);
      await subscriber.unsubscribe('news');
      await subscriber.pUnsubscribe();
      assert.equal(await client.publish('news', 'three'), 0);
      assert.equal(String(await subscriber.ping()), 'PONG');  // node-redis leaves it a Buffer in RESP2
    });

    it('shares a stream among a group', async () => {
      await client.xGroupCreate('feed', 'readers', '$', { MKSTREAM: true });
      const reader = await another();
      const reading = reader.xReadGroup('readers', 'ada', { key: 'feed', id: '>' }, { COUNT: 10, BLOCK: 10_000 });
      const id = await client.xAdd('feed', '*', { text: 'hello' });
      const read = await reading;
      if (RESP === 2) {
        assert.deepEqual(read.map(({ name, messages }) => [name, messages[0].id, messages[0].message.text]),
          [['feed', id, 'hello']]);
      } else {  // which node-redis 5 hands on as it is
        assert.deepEqual({ ...read }, { feed: [[id, ['text', 'hello']]] });
      }
      assert.equal((await client.xPending('feed', 'readers')).pending, 1);
      assert.equal(await client.xAck('feed', 'readers', id), 1);
      assert.equal((await client.xPending('feed', 'readers')).pending, 0);
    });

    it('comes again when it is disconnected', async () => {
      const fickle = await another();
      const id = await fickle.clientId();
      const again = new Promise((resolve) => { fickle.once('ready', resolve); });
      assert.equal(await client.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]), 1);
      await again;
      assert.notEqual(await fickle.clientId(), id);
    });
  });
}

it('logs in by TCP', async () => {
  writeFileSync('secret', 's\u00e9same\n');
  const { server, port } = await serve('--password-file', 'secret');
  try {
    for (const RESP of [2, 3]) {
      const at = (password) => createClient({ RESP, password, socket: { port, reconnectStrategy: false } });
      const client = await at('s\u00e9same').on('error', () => {}).connect();
      assert.equal(await client.ping(), 'PONG');
      client.destroy();
      await assert.rejects(at('wrong').on('error', () => {}).connect(), /WRONGPASS/);
    }
  } finally {
    await stop(server);
  }
});
