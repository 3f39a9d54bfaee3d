// A server on `ws` with the behaviours of the other programs (see programs/__init__.py), on a free port.
// A query that is JSON gives the permessage-deflate options of the connection; any other names it.
"use strict";

const http = require("node:http");
const { WebSocketServer } = require("ws");

const { REFUSAL, FRAGMENTS, SUBPROTOCOL, PING, PONG_HAS_COME, CLOSE_CODE, CLOSE_REASON } = JSON.parse(process.argv[2]);
const endings = {};
const servers = new Map();

const behave = {
  "/fragments"(socket) {
    socket.once("message", () => {
      FRAGMENTS.forEach((piece, index) => socket.send(piece, { fin: index === FRAGMENTS.length - 1 }));
    });
  },
  "/ping"(socket) {
    socket.once("pong", () => socket.send(PONG_HAS_COME));
    socket.once("message", () => socket.ping(PING));
  },
  "/close"(socket) {
    socket.once("message", () => socket.close(CLOSE_CODE, CLOSE_REASON));
  },
  "/vanish"(socket) {
    socket.once("message", () => socket._socket.resetAndDestroy());
  },
  "/report"(socket) {
    socket.send(JSON.stringify({ native: null, users: [], loop: "node", endings }));
  },
};

const serve = (socket, path, name) => {
  // What a client sends against the protocol closes its connection, and is no fault of this program.
  socket.on("error", () => {});
  socket.on("close", (code, reason) => {
    endings[name] = [code, reason.toString()];
  });
  if (path in behave) behave[path](socket);
  if (path === "/" || path === "/report") {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  }
};

// The options of `ws` are those of a server, not of a connection.
const serverFor = (options) => {
  const key = JSON.stringify(options);
  if (!servers.has(key)) {
    const handleProtocols = (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false);
    servers.set(
      key,
      new WebSocketServer({ noServer: true, perMessageDeflate: options, maxPayload: 2 ** 24, handleProtocols }),
    );
  }
  return servers.get(key);
};

const server = http.createServer();
server.on("upgrade", (request, stream, head) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const query = decodeURIComponent(url.search.slice(1));
  if (url.pathname === "/refused") {
    stream.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${REFUSAL.length}\r\n\r\n${REFUSAL}`,
    );
    return;
  }
  const options = query.startsWith("{") ? JSON.parse(query) : true;
  serverFor(options).handleUpgrade(request, stream, head, (socket) => serve(socket, url.pathname, query));
});
server.listen(0, "127.0.0.1", () => console.log(`Running on http://127.0.0.1:${server.address().port}`));
