"""The suite of Autobahn|Testsuite against echo programs on wsproto and wspy, by `make conformance`."""
