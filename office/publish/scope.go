package publish

import "hetu/org"

// ScopeNames is what a grant on a column calls it.
var ScopeNames = org.TreeNames("columns")
