package feed

import (
	"strings"

	"jishi/base/calendar"
	"jishi/desk"
)

// webcal is the address under the scheme that calendars of telephones take for a subscription.
func webcal(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return "webcal://" + rest
}

func seenDay(f desk.Feed) calendar.Day { return calendar.DayOf(f.Seen) }
