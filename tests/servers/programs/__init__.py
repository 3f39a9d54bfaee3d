"""
The programs that the tests start: applications as people write them, one for each server.

Each has one behaviour for each path:

/           echoes every message
/fragments  sends one message in three fragments after the first message, where the server can
/ping       pings after the first message, and says so when the pong has come, where the server can
/close      closes with 4001 after the first message
/vanish     resets the connection after the first message, where the application can
/refused    refuses the upgrade, with a body
/version    says after the first message which version of HTTP it came over, where the server tells
/report     says what the process has imported, and how earlier connections ended (see `report.py`)

They choose the subprotocol "chat" if it is offered. What stands after "?" names a connection, so that a
later report can say how that one ended.
"""
