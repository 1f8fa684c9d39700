package assess

import "github.com/google/uuid"

// Recorded is the kind of deed of what is entered by hand for one rule of a
// scheme: an event, a grade, a figure.
const Recorded = "assess.recorded"

// recordOf begins the items of what is entered for a rule.
func recordOf(scheme uuid.UUID, code string) string {
	return "assess/scheme/" + scheme.String() + "/" + code + "/"
}
