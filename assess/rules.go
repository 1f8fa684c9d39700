package assess

import "hetu/assess/rule"

// What rules work with, under the names they have had here.
type (
	Fact        = rule.Fact
	Line        = rule.Line
	Share       = rule.Share
	LevelPoints = rule.LevelPoints
)

// Reversal marks a share that takes another back.
const Reversal = rule.Reversal
