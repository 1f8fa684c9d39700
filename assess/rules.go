package assess

import "hetu/assess/rule"

// Fact and what stands with it is what rules work with, under the names it has
// here.
type (
	Fact        = rule.Fact
	Line        = rule.Line
	Share       = rule.Share
	LevelPoints = rule.LevelPoints
)

// Reversal marks a share that takes another back.
const Reversal = rule.Reversal
