package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/desk"
	"jishi/work/matter"
)

// Whistle is one whistle of the demonstration and what became of it.
type Whistle struct {
	Title   string        `yaml:"title"`
	What    string        `yaml:"what"`
	At      string        `yaml:"at"` // "2/1": third township, its second village
	Spot    string        `yaml:"spot"`
	Class   string        `yaml:"class"`
	Ago     Span          `yaml:"ago"`
	Targets []string      `yaml:"targets"`
	Lead    string        `yaml:"lead"`
	Wants   string        `yaml:"wants"`
	Tried   string        `yaml:"tried"`
	Linked  string        `yaml:"linked"` // title of the whistle that it follows
	Steps   []WhistleStep `yaml:"steps"`

	id, number string
}

// WhistleStep is one step: of the whistle, or of one department's task.
type WhistleStep struct {
	After Span              `yaml:"after"`
	By    string            `yaml:"by"` // street, district, or a department
	Of    string            `yaml:"of"` // the department whose task it is; "" for the whistle itself
	Do    string            `yaml:"do"`
	With  map[string]string `yaml:"with"`
}

// Span is a length of time as the file writes it: 12m, 3h, 5d.
type Span time.Duration

// UnmarshalText reads it.
func (s *Span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.Atoi(days)
		*s = Span(time.Duration(n) * 24 * time.Hour)
		return err
	}
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

// whistles are the whistles as things that happen.
func (f *filler) whistles() []due {
	var agenda []due
	for i := range f.c.Whistles {
		w := &f.c.Whistles[i]
		blown := f.now.Add(-time.Duration(w.Ago))
		agenda = append(agenda, due{blown, 2_000_000 + i, 0, func(ctx context.Context) error { return f.blow(ctx, w) }})
		for j, s := range w.Steps {
			if at := blown.Add(time.Duration(s.After)); !at.After(f.now) {
				agenda = append(agenda, due{at, 2_000_000 + i, j + 1, func(ctx context.Context) error { return f.whistleStep(ctx, w, s) }})
			}
		}
	}
	return agenda
}

func (w *Whistle) street() string {
	town, _, _ := strings.Cut(w.At, "/")
	n, _ := strconv.Atoi(town) // a word would name a township that is not there, and the story fails
	return fmt.Sprintf("town-%d", n+1)
}

func (f *filler) blow(ctx context.Context, w *Whistle) error {
	who, err := f.handler(ctx, w.street())
	if err != nil {
		return err
	}
	town, village := 0, 0
	if _, err := fmt.Sscanf(w.At, "%d/%d", &town, &village); err != nil {
		return fmt.Errorf("whistle %q: at %q: %w", w.Title, w.At, err)
	}
	with := map[string]string{"title": w.Title, "what": w.What, "place": f.land.Towns[town].Villages[village].Code, "spot": w.Spot,
		"targets": strings.Join(w.Targets, " "), "lead": w.Lead, "wants": w.Wants, "tried": w.Tried}
	for _, x := range f.c.Whistles {
		if x.Title == w.Linked {
			with["linked"] = x.number
		}
	}
	for name, value := range with {
		if value == "" {
			delete(with, name)
		}
	}
	r, err := f.d.File(ctx, who, desk.Filing{Token: "demo-whistle-" + w.Title, Procedure: desk.WhistleID, Class: w.Class, With: with})
	if err != nil {
		return fmt.Errorf("whistle %q: %w", w.Title, err)
	}
	w.id, w.number = r.ID, r.Number
	return nil
}

func (f *filler) whistleStep(ctx context.Context, w *Whistle, s WhistleStep) error {
	body := s.By
	switch s.By {
	case "street":
		body = w.street()
	case "district":
		body = "county-gov"
	}
	who, err := f.handler(ctx, body)
	if err != nil {
		return err
	}
	id, err := f.taskOf(ctx, w, s)
	if err != nil {
		return err
	}
	with := map[string]string{}
	for name, value := range s.With {
		with[name] = value
	}
	if s.Do == "arrive" {
		with["arrived_at"] = f.clock.In(calendar.Zone).Format("2006-01-02T15:04")
	}
	if err := f.press(ctx, who, id, s.Do, with); err != nil {
		return fmt.Errorf("whistle %q, %s by %s on %s: %w", w.Title, s.Do, s.By, calendar.DayOf(f.clock), err)
	}
	return nil
}

// taskOf is the matter that the step belongs to: the whistle, a department's task, or the inquiry into its refusal.
func (f *filler) taskOf(ctx context.Context, w *Whistle, s WhistleStep) (string, error) {
	if s.Of == "" {
		return w.id, nil
	}
	m, err := f.d.Matters.Load(ctx, f.d.DB, w.id)
	if err != nil {
		return "", err
	}
	for _, l := range m.Links {
		if l.Kind != matter.Opened {
			continue
		}
		task, err := f.d.Matters.Load(ctx, f.d.DB, l.Matter)
		if err != nil {
			return "", err
		}
		if task.Org("department") != s.Of {
			continue
		}
		for _, up := range task.Links {
			if s.By == "district" && up.Kind == matter.Opened {
				return up.Matter, nil
			}
		}
		return task.ID, nil
	}
	return "", fmt.Errorf("whistle %q has no task for %s", w.Title, s.Of)
}
