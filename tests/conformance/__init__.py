"""The suite of Autobahn|Testsuite against plain programs on this package, by `make conformance`."""
