//go:build race

package preview

// raced says that the race detector is on, under which everything takes several
// times as long.
const raced = true
