package api_test

import (
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// An address is made, told once, and ended, by an officer and by a citizen with number and code.
func TestACalendarAddressIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		filed := c.as("").must(201, "POST", "/api/v1/filings", leak)
		citizen := client{t: t, url: c.url, pair: [2]string{filed.text("number"), filed.text("code")}}
		officer := c.as("officer")
		for _, who := range []client{officer, citizen} {
			who.must(404, "GET", "/api/v1/calendar-feed", nil)
			made := who.must(201, "POST", "/api/v1/calendar-feed", m{})
			if !strings.HasPrefix(made.text("address"), "/ics/") || !strings.HasSuffix(made.text("address"), ".ics") {
				t.Errorf("no address: %s", made.body)
			}
			if seen := who.must(200, "GET", "/api/v1/calendar-feed", nil); seen.at("address") != nil || seen.text("created") != made.text("created") {
				t.Errorf("the address is told again, or was not kept: %s", seen.body)
			}
			who.must(204, "DELETE", "/api/v1/calendar-feed", nil)
			who.must(404, "GET", "/api/v1/calendar-feed", nil)
		}
		officer.must(422, "POST", "/api/v1/calendar-feed", m{"box": "everything"})
		c.as("").must(401, "POST", "/api/v1/calendar-feed", m{})
	})
}
