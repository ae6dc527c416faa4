package scenario

import (
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
)

// Parse reads a scenario file. Its error is Faults when the file can be mended by its writer.
// Whether the names in it mean anything is not known yet: see Check.
func Parse(name string, file io.Reader) (*Scenario, error) {
	var root yaml.Node
	if err := yaml.NewDecoder(file).Decode(&root); err != nil {
		return nil, Faults{{File: name, Line: yamlLine(err), Text: "不是合格的 YAML：{why}", Args: []any{"why", err.Error()}}}
	}
	p := &parser{file: name}
	s := &Scenario{File: name}
	p.scenario(root.Content[0], s)
	if len(p.faults) > 0 {
		return nil, p.faults.sorted()
	}
	return s, nil
}

// yamlLine finds the line in the library's message, which has no field for it.
func yamlLine(err error) int {
	_, after, ok := strings.Cut(err.Error(), "line ")
	line := 0
	for _, c := range after {
		if !ok || c < '0' || c > '9' {
			break
		}
		line = line*10 + int(c-'0')
	}
	return max(line, 1)
}

type parser struct {
	file   string
	faults Faults
}

func (p *parser) fault(n *yaml.Node, text string, args ...any) {
	p.faults = append(p.faults, Fault{File: p.file, Line: n.Line, Text: text, Args: args})
}

// fields walks a mapping and hands each value to the reader of its key; an unknown key and a key
// written twice are faults. It returns the keys found.
func (p *parser) fields(n *yaml.Node, readers map[string]func(*yaml.Node), other func(key string, v *yaml.Node) bool) map[string]bool {
	seen := map[string]bool{}
	if n.Kind != yaml.MappingNode {
		p.fault(n, "这里应当是“名称: 内容”")
		return seen
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		switch read := readers[key.Value]; {
		case seen[key.Value]:
			p.fault(key, "“{key}”写了两次", "key", key.Value)
		case read != nil:
			read(v)
		case other == nil || !other(key.Value, v):
			p.fault(key, "不认识“{key}”", "key", key.Value)
		}
		seen[key.Value] = true
	}
	return seen
}

func (p *parser) scenario(n *yaml.Node, s *Scenario) {
	seen := p.fields(n, map[string]func(*yaml.Node){
		"scenario":  p.text(&s.Title),
		"case":      p.text(&s.Case),
		"about":     p.text(&s.About),
		"procedure": p.text(&s.Procedure),
		"profile":   p.text(&s.Profile),
		"day":       p.day(&s.Day),
		"given":     func(v *yaml.Node) { p.givens(v, s) },
		"steps":     func(v *yaml.Node) { p.steps(v, s) },
	}, nil)
	for i, g := range s.Given { // without a day of its own, a matter stands there since the day of the first step
		if g.Since.IsZero() && len(s.Steps) > 0 {
			s.Given[i].Since = calendar.DayOf(s.Steps[0].At).Start()
		}
	}
	for _, must := range []string{"scenario", "procedure", "steps"} {
		if !seen[must] {
			p.fault(n, "缺少“{key}”", "key", must)
		}
	}
}

func (p *parser) givens(n *yaml.Node, s *Scenario) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		g := Given{Line: item.Line, Matter: "A", Relations: map[string][]string{}}
		seen := p.fields(item, map[string]func(*yaml.Node){
			"matter": p.text(&g.Matter), "state": p.text(&g.State), "class": p.text(&g.Class),
			"title": p.text(&g.Title), "channel": p.text(&g.Channel), "since": p.instant(&g.Since),
			"clocks": p.days(&g.Clocks), "flags": p.list(&g.Flags), "fields": p.texts(&g.Fields),
		}, func(key string, v *yaml.Node) bool {
			var names []string
			p.list(&names)(v)
			g.Relations[key] = names
			return true
		})
		if !seen["state"] {
			p.fault(item, "缺少“{key}”", "key", "state")
		}
		s.Given = append(s.Given, g)
	}
}

func (p *parser) steps(n *yaml.Node, s *Scenario) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.fault(n, "“steps”应当是一串步骤，至少一步")
		return
	}
	var last time.Time
	for _, item := range n.Content {
		step := Step{Line: item.Line, Matter: "A", lines: map[string]int{}}
		seen := p.fields(item, map[string]func(*yaml.Node){
			"at": p.instant(&step.At), "as": p.text(&step.As), "do": p.text(&step.Do),
			"matter": p.text(&step.Matter), "procedure": p.text(&step.Procedure), "expect": func(v *yaml.Node) { p.expect(v, &step.Expect) },
			"with": func(v *yaml.Node) { p.texts(&step.With)(v); p.mark(v, step.lines) },
		}, nil)
		for _, must := range []string{"at", "do"} {
			if !seen[must] {
				p.fault(item, "缺少“{key}”", "key", must)
			}
		}
		if step.At.Before(last) && seen["at"] {
			p.fault(item, "这一步早于上一步：一件事只能向前走")
		}
		last = step.At
		s.Steps = append(s.Steps, step)
	}
}

func (p *parser) expect(n *yaml.Node, e *Expect) {
	e.Line = n.Line
	p.fields(n, map[string]func(*yaml.Node){
		"state": p.text(&e.State), "holder": p.text(&e.Holder), "class": p.text(&e.Class),
		"refused": p.text(&e.Refused), "cite": p.text(&e.Cite),
		"due": p.moments(&e.Due), "nominal": p.moments(&e.Nominal), "rolled": p.moments(&e.Rolled),
		"alarm": p.moments(&e.Alarm), "holder-of": p.texts(&e.HolderOf),
		"running": p.list(&e.Running), "stopped": p.list(&e.Stopped), "provisional": p.list(&e.Provisional),
		"late": p.wholeList(&e.Late), "letters": p.wholeList(&e.Letters), "supervised": p.wholeList(&e.Supervised),
		"linked": p.wholeList(&e.Linked), "visible-to": p.list(&e.VisibleTo), "hidden-from": p.list(&e.HiddenFrom),
		"flags": p.list(&e.Flags), "no-flags": p.list(&e.NoFlags), "sealed": p.yes(&e.Sealed),
	}, nil)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.fault(n, "“expect”是空的：什么也没有检验")
	}
}
