// Package rules holds what a jurist reads and signs. It is data: statutes, procedures, letters, calendars,
// local profiles, and the worked cases that test them. The only Go here hands the files out.
package rules

import (
	"embed"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

//go:embed all:laws all:calendars all:procedures all:letters all:profiles all:rates all:lines all:scenarios all:elements all:matching all:lists all:retention
var FS embed.FS

// With is the shipped rules with an office's own files beside them: its own procedures, letters, profiles and cases
// join the shipped ones, and a file of the same name takes the shipped one's place.
func With(own fs.FS) fs.FS { return with{own} }

type with struct{ own fs.FS }

func (w with) Open(name string) (fs.File, error) {
	f, err := w.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return FS.Open(name)
	}
	return f, err
}

func (w with) ReadDir(name string) ([]fs.DirEntry, error) {
	own, err := fs.ReadDir(w.own, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	shipped, none := fs.ReadDir(FS, name)
	if err != nil && none != nil {
		return nil, none
	}
	for _, e := range shipped {
		if !slices.ContainsFunc(own, func(x fs.DirEntry) bool { return x.Name() == e.Name() }) {
			own = append(own, e)
		}
	}
	slices.SortFunc(own, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return own, nil
}
