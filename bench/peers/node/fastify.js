// The best Node peer: Fastify, @fastify/http-proxy (undici, streams) and fast-jwt. TOKEN_CACHE=1 keeps verified tokens, as ours does.
'use strict';
const { readFileSync } = require('node:fs');
const { many } = require('./many');
const { createVerifier } = require('fast-jwt');

many(async () => {
  const verify = createVerifier({
    key: readFileSync(process.env.PUBLIC_KEY_FILE, 'utf8'),
    algorithms: ['ES256'],
    allowedAud: 'crm',
    cache: process.env.TOKEN_CACHE === '1' ? 10000 : false,
  });
  const app = require('fastify')({ logger: false });
  app.register(require('@fastify/http-proxy'), {
    upstream: process.env.UPSTREAM,
    prefix: '/gateway',
    undici: { connections: 64, pipelining: 1 },
    preHandler: async (request, reply) => {
      try {
        verify((request.headers.authorization || '').slice(7));
      } catch {
        return reply.code(401).send({ codigo: 'token_invalido' });
      }
    },
  });
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
});
