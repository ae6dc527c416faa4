package desk

import (
	"jishi/derive/rates"
)

// RateIndex keeps the rates as the office's profile defines them: the program follows the journal with it.
func (d *Desk) RateIndex() *rates.Index { return &rates.Index{Sets: d.Book.Rates(d.Profile)} }
