// The connections of a JavaScript client, through the WebSocket interface that browsers and `ws` share.
//
// A classic script, so that a page can load it from a file and Node can `require` it. It makes one global, `commands`:
// functions from the arguments that Python sends to a value, or the promise of one. A binary message
// travels between Python and here as {base64: ...}, a text message as a string.
"use strict";

globalThis.commands = (() => {
  const open = new Map();
  let made = 0;

  const encode = (data) => {
    if (typeof data === "string") return data;
    const bytes = new Uint8Array(data);
    let characters = "";
    for (let start = 0; start < bytes.length; start += 8192) {
      characters += String.fromCharCode(...bytes.subarray(start, start + 8192));
    }
    return { base64: btoa(characters) };
  };

  const decode = (message) =>
    typeof message === "string" ? message : Uint8Array.from(atob(message.base64), (one) => one.charCodeAt(0));

  // Returns the next message, or the close event if there are no more.
  class Connection {
    constructor(socket) {
      this.socket = socket;
      this.inbox = [];
      this.taken = 0;
      this.wake = () => {};
      this.closed = null;
      socket.binaryType = "arraybuffer";
      socket.onmessage = ({ data }) => {
        this.inbox.push(data);
        this.wake();
      };
      socket.onclose = ({ code, reason }) => {
        this.closed = { code, reason };
        this.wake();
      };
    }

    async until(condition) {
      while (!condition()) {
        await new Promise((resolve) => {
          this.wake = resolve;
        });
      }
    }

    async receive() {
      await this.until(() => this.taken < this.inbox.length || this.closed);
      if (this.taken === this.inbox.length) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
      const data = this.inbox[this.taken];
      this.inbox[this.taken++] = undefined;
      return data;
    }
  }

  return {
    // How Node makes its sockets is not how a browser does.
    makeSocket: (uri, subprotocols) => new WebSocket(uri, subprotocols),

    connection: (id) => open.get(id),

    connect({ uri, subprotocols, options }) {
      const socket = commands.makeSocket(uri, subprotocols, options);
      const connection = new Connection(socket);
      return new Promise((resolve) => {
        socket.onopen = () => {
          open.set(++made, connection);
          resolve({ id: made, subprotocol: socket.protocol || null, extensions: socket.extensions });
        };
        socket.onerror = () => resolve({ refused: socket.refusal ?? { status: null, body: null } });
      });
    },

    // Make the browser open a connection to the origin, for a WebSocket to share if it is HTTP/2 (RFC 8441).
    async visit({ uri }) {
      await fetch(uri, { mode: "no-cors", credentials: "include" });
    },

    async send({ id, message }) {
      open.get(id).socket.send(decode(message));
    },

    async receive({ id }) {
      return encode(await open.get(id).receive());
    },

    // Send all, then receive as many.
    async exchange({ id, messages }) {
      const connection = open.get(id);
      for (const message of messages) connection.socket.send(decode(message));
      const received = [];
      for (const _ of messages) received.push(encode(await connection.receive()));
      return received;
    },

    close({ id, code, reason }) {
      open.get(id).socket.close(code, reason);
      return commands.closed({ id });
    },

    async closed({ id }) {
      const connection = open.get(id);
      await connection.until(() => connection.closed);
      return connection.closed;
    },

    // Let go of a connection, in whatever state it is.
    async forget({ id }) {
      open.get(id)?.socket.close();
      open.delete(id);
    },

    // Run the command of that name, and say what came of it.
    async run(name, given) {
      try {
        return { value: (await commands[name](given)) ?? null };
      } catch (error) {
        return { error: String(error.stack) };
      }
    },
  };
})();
