package main

import "time"

// now is the clock of the program. Only a build with the tag "torture" can move it (see torture/), and jishi bench soak,
// which serves nobody but itself.
var now = time.Now
