// Package torture holds tests that take the real server away while people work:
// it is killed, its database is killed, its answers are lost, its files are
// bombs. They run a little in `make test` and whole in `make torture`, which
// sets HETU_TORTURE. Each promise is shown to be one by a mutant that breaks it.
package torture
