//go:build torture

package main

import (
	"os"
	"strings"
	"time"
)

// The clock is wrong by what the file JISHI_CLOCK says, such as "961h" or "-2h"; it may change at any moment.
func init() {
	now = func() time.Time {
		text, _ := os.ReadFile(os.Getenv("JISHI_CLOCK")) // without a file it is right
		wrong, _ := time.ParseDuration(strings.TrimSpace(string(text)))
		return time.Now().Add(wrong)
	}
}
