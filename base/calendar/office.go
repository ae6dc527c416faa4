package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Open is one opening of an office within a day, in minutes after midnight: [From, To).
type Open struct{ From, To int }

// OfficeHours are a day's openings, in order and apart.
type OfficeHours []Open

// DefaultOffice stands where a rule counts working hours and no profile says when the office is open.
// It is our default and not law.
var DefaultOffice = OfficeHours{{9 * 60, 12 * 60}, {14 * 60, 18 * 60}}

// ParseOfficeHours takes "09:00-12:00 14:00-18:00".
func ParseOfficeHours(s string) (OfficeHours, error) {
	var hours OfficeHours
	last := -1
	for _, part := range strings.Fields(s) {
		from, to, ok := strings.Cut(part, "-")
		a, errA := minute(from)
		b, errB := minute(to)
		if !ok || errA != nil || errB != nil || a >= b || a <= last {
			return nil, fmt.Errorf("calendar: office hours %q: want openings in order like 09:00-12:00 14:00-18:00", s)
		}
		hours, last = append(hours, Open{a, b}), b
	}
	if len(hours) == 0 {
		return nil, fmt.Errorf("calendar: office hours are empty: want openings like 09:00-12:00 14:00-18:00")
	}
	return hours, nil
}

func minute(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err
}

// String is "09:00-12:00 14:00-18:00".
func (h OfficeHours) String() string {
	parts := make([]string, len(h))
	for i, o := range h {
		parts[i] = fmt.Sprintf("%02d:%02d-%02d:%02d", o.From/60, o.From%60, o.To/60, o.To%60)
	}
	return strings.Join(parts, " ")
}

// MarshalText writes what ParseOfficeHours reads.
func (h OfficeHours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads "09:00-12:00 14:00-18:00", from JSON and YAML alike; the empty text is no hours.
func (h *OfficeHours) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*h = nil
		return nil
	}
	*h, err = ParseOfficeHours(string(text))
	return err
}

// perDay is how long the office is open on one working day.
func (h OfficeHours) perDay() (d time.Duration) {
	for _, o := range h {
		d += time.Duration(o.To-o.From) * time.Minute
	}
	return d
}
