// Clients of `ws`. Reads commands from standard input, one JSON array [name, arguments] a line, and answers each with
// one line: {"value": ...} or {"error": ...}.
"use strict";

const readline = require("node:readline");
const WebSocket = require("ws");
require("./connections.js");

commands.makeSocket = (uri, subprotocols, options) => {
  const socket = new WebSocket(uri, subprotocols, { maxPayload: 2 ** 24, ...options });
  socket.on("unexpected-response", async (request, response) => {
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    socket.refusal = { status: response.statusCode, body: Buffer.concat(chunks).toString() };
    socket.onerror();
  });
  return socket;
};

// What a browser's interface does not have.
Object.assign(commands, {
  async fragments({ id, pieces }) {
    const { socket } = commands.connection(id);
    pieces.forEach((piece, index) => socket.send(piece, { fin: index === pieces.length - 1 }));
  },

  ping({ id, payload }) {
    const { socket } = commands.connection(id);
    return new Promise((resolve) => {
      socket.once("pong", (data) => resolve(data.toString("latin1")));
      socket.ping(Buffer.from(payload, "latin1"));
    });
  },

  vanish({ id }) {
    commands.connection(id).socket._socket.resetAndDestroy();
    return commands.closed({ id });
  },
});

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const [name, given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands.run(name, given))}\n`);
});
