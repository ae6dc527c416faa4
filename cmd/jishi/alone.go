package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errServed says that another process holds the lock.
var errServed = errors.New("another server has this data folder")

// alone makes sure that no other server works on the embedded database of the folder: two would each hand out numbers,
// sweep limits and sign the ledger. The lock is the system's and ends with the process, however it ends; commands that
// only look, such as verify and backup, do not take it.
func alone(data string) (release func(), err error) {
	name := filepath.Join(data, "serving")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be made: %w", name, err)
	}
	if err := lock(f); err != nil {
		f.Close()
		if errors.Is(err, errServed) {
			return nil, fmt.Errorf("another jishi serves the data folder %s already: stop it first, give this one its own --data, or use PostgreSQL, which several servers may share", data)
		}
		return nil, fmt.Errorf("the file %s cannot be locked: %w", name, err)
	}
	return func() { f.Close() }, nil
}
