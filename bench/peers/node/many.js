// One process, or as many as WORKERS says, by Node's own cluster.
'use strict';
const cluster = require('node:cluster');

exports.many = (serve) => {
  const workers = Number(process.env.WORKERS || 1);
  if (workers === 1 || cluster.isWorker) {
    serve().catch((error) => {
      console.error(error);
      process.exit(1);
    });
    return;
  }
  for (let number = 0; number < workers; number += 1) cluster.fork();
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
};
