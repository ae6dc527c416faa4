package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/base/words"
	"jishi/work/procedure"
)

// CastName is the cast's file among the scenarios.
const CastName = "scenarios/cast.yaml"

// NewWorld loads laws, calendars, procedures and the cast from the rules.
func NewWorld(files fs.FS, lang words.Lang) (World, error) {
	laws, err := law.Load(files)
	if err != nil {
		return World{}, fmt.Errorf("scenario.NewWorld: %w", err)
	}
	cal, err := calendar.Load(files)
	if err != nil {
		return World{}, fmt.Errorf("scenario.NewWorld: %w", err)
	}
	book, err := procedure.Load(files, laws, cal)
	if err != nil {
		return World{}, fmt.Errorf("scenario.NewWorld: %w", err)
	}
	text, err := fs.ReadFile(files, CastName)
	if err != nil {
		return World{}, fmt.Errorf("scenario.NewWorld: %w", err)
	}
	cast, err := LoadCast(CastName, text)
	if err != nil {
		return World{}, err
	}
	return World{Book: book, Calendar: cal, Cast: cast, Lang: lang}, nil
}

// Files are the scenario files among the rules, in order.
func Files(files fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(files, "scenarios", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".yaml") && path.Clean(name) != CastName {
			names = append(names, name)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("scenario.Files: %w", err)
	}
	sort.Strings(names)
	return names, nil
}

// CheckFile reads one scenario and tells what Run would refuse, without running it.
func (w World) CheckFile(files fs.FS, name string) Faults {
	f, err := files.Open(name)
	if err != nil {
		return Faults{{File: name, Line: 1, Text: "读不出：{why}", Args: []any{"why", err.Error()}}}
	}
	defer f.Close()
	s, err := Parse(name, f)
	if err != nil {
		faults, _ := err.(Faults)
		return faults
	}
	_, faults := w.Rules(s)
	return faults
}

// Rules are those the scenario runs under; the faults are what keeps it from running.
func (w World) Rules(s *Scenario) (*procedure.Procedure, Faults) {
	p, err := w.Book.Procedure(s.Procedure, s.asOf(), s.Profile)
	if err != nil {
		return nil, Faults{{File: s.File, Line: 1, Text: "没有可用的规则“{id}”：{why}", Args: []any{"id", s.Procedure, "why", err.Error()}}}
	}
	return p, Check(s, p, w.Cast, func(id string) bool { _, ok := w.Book.Letter(id, s.Profile); return ok })
}
