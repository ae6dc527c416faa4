// Package rules holds what a jurist reads and signs. It is data: statutes, procedures, letters, calendars,
// local profiles, and the worked cases that test them. The only Go here is the embed.
package rules

import "embed"

//go:embed all:laws all:calendars all:procedures all:letters all:profiles all:scenarios
var FS embed.FS
