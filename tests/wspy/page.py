"""The programs of the page that describes wspy: as there, but for Python 3 and the pair of `accept`."""

from __future__ import annotations

ASYNC_SERVER = """
import logging
import wspy

class EchoServer(wspy.AsyncServer):
    def onopen(self, client):
        print('Client %s connected' % client)

    def onmessage(self, client, message):
        print('Received message "%s"' % message.payload)
        client.send(wspy.TextMessage(message.payload))

    def onclose(self, client, code, reason):
        print('Client %s disconnected' % client)

EchoServer(('', 8000),
           extensions=[wspy.DeflateMessage(), wspy.DeflateFrame()],
           loglevel=logging.DEBUG).run()
"""

BROWSER = """
var ws = new WebSocket('ws://localhost:8000');

ws.onopen = function() {
    console.log('open');
    this.send('Hello, World!');
};
ws.onmessage = function(e) {
    console.log('message', e.data);
};
ws.onerror = function() {
    console.log('error');
};
ws.onclose = function(e) {
    console.log('close', e.code, e.reason);
};
"""

FRAMES_SERVER = """
import wspy, socket

sock = wspy.websocket()
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(('', 8000))
sock.listen(5)

client, addr = sock.accept()
client.send(wspy.Frame(wspy.OPCODE_TEXT, 'Hello, Client!'))
frame = client.recv()
"""

FRAMES_CLIENT = """
import wspy

sock = wspy.websocket(location='/my/path')
sock.connect(('', 8000))
sock.send(wspy.Frame(wspy.OPCODE_TEXT, 'Hello, Server!'))
"""

CONNECTION = """
import socket
import wspy

class EchoConnection(wspy.Connection):
    def onopen(self):
        print('Connection opened at %s:%d' % self.sock.getpeername())

    def onmessage(self, message):
        print('Received message "%s"' % message.payload)
        self.send(wspy.TextMessage(message.payload))

    def onclose(self, code, reason):
        print('Connection closed')

server = wspy.websocket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(('', 8000))
server.listen(5)

while True:
    client, addr = server.accept()
    EchoConnection(client).receive_forever()
"""

THREADED_SERVER = """
import wspy

class EchoServer(wspy.Server):
    def onopen(self, client):
        print('Client %s connected' % client)

    def onmessage(self, client, message):
        print('Received message "%s"' % message.payload)
        client.send(wspy.TextMessage(message.payload))

    def onclose(self, client, code, reason):
        print('Client %s disconnected' % client)

EchoServer(('', 8000)).run()
"""
