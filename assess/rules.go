package assess

import "hetu/assess/rule"

// What rules work with, under the names it has here.
type (
	// A Fact is a deed as a rule sees it.
	Fact = rule.Fact
	// A Line is one line of a unit's score.
	Line = rule.Line
	// A Share is what one deed is worth in a line.
	Share = rule.Share
	// LevelPoints say what an item of a level is worth.
	LevelPoints = rule.LevelPoints
)

// Reversal marks a share that takes another back.
const Reversal = rule.Reversal
