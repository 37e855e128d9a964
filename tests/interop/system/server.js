// server — a GraphQL API over PostgreSQL, Redis and the stock service. Knows nothing of tracing: OpenTelemetry is put
// in front of it with --require. usage: server.js STOCK PAGE
const http = require('http');
const fs = require('fs');
const { graphql, buildSchema } = require('graphql');
const { Pool } = require('pg');
const Redis = require('ioredis');

const [stock, page] = process.argv.slice(2);
const pool = new Pool();
const redis = new Redis(Number(process.env.REDIS_PORT), '127.0.0.1');
const schema = buildSchema(`
  type Goal { name: String!, items: [String!]! }
  type Query { goals(user: String!): [Goal!]! }
  type Mutation { reserve(item: String!): Int! }`);

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`stock said ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

const root = {
  async goals({ user }) {
    const kept = await redis.get(`goals:${user}`);
    if (kept) return JSON.parse(kept);
    const rows = (await pool.query('SELECT name, items FROM goals WHERE owner = $1 ORDER BY name', [user])).rows;
    await redis.set(`goals:${user}`, JSON.stringify(rows));
    return rows;
  },
  async reserve({ item }) {
    const { count } = await get(stock + item);
    await pool.query('INSERT INTO orders(item) VALUES ($1)', [item]);
    return count;
  },
};

async function answer(request, response) {
  if (request.method !== 'POST') {
    response.setHeader('Content-Type', 'text/html');
    return response.end(fs.readFileSync(page));
  }
  let text = '';
  for await (const part of request) text += part;
  const { query, variables, operationName } = JSON.parse(text);
  const result = await graphql({ schema, source: query, rootValue: root, variableValues: variables, operationName });
  response.statusCode = result.errors ? 500 : 200;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(result));
}

http.createServer((request, response) => {
  answer(request, response).catch((problem) => {
    response.statusCode = 500;
    response.end(String(problem));
  });
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
