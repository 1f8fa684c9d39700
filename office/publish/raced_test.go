//go:build race

package publish

// slowed says that the race detector is on, under which everything takes several
// times as long.
const slowed = true
