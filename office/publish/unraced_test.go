//go:build !race

package publish

const slowed = false
