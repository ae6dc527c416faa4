package scenario

import (
	"time"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
)

// The readers of single values. Each returns a function that fields can call with the value's node.

func (p *parser) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			p.fault(n, "这里应当是一个词或一句话")
			return
		}
		*to = n.Value
	}
}

func (p *parser) yes(to **bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case "yes", "true":
			b := true
			*to = &b
		case "no", "false":
			b := false
			*to = &b
		default:
			p.fault(n, "“{text}”应当是 yes 或 no", "text", n.Value)
		}
	}
}

func (p *parser) day(to *calendar.Day) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d, err := calendar.ParseDay(n.Value)
		if err != nil {
			p.fault(n, "“{text}”不是 2025-03-03 这样的日期", "text", n.Value)
			return
		}
		*to = d
	}
}

// instant takes a day, which means nine in the morning, or a day with the minute.
func (p *parser) instant(to *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		t, ok := parseInstant(n.Value)
		if !ok {
			p.fault(n, "“{text}”不是 2025-03-03 或 \"2025-03-03 17:30\" 这样的时间", "text", n.Value)
			return
		}
		*to = t
	}
}

const minuteLayout = "2006-01-02 15:04"

func parseInstant(s string) (time.Time, bool) {
	if d, err := calendar.ParseDay(s); err == nil {
		return d.Start().Add(9 * time.Hour), true
	}
	t, err := time.ParseInLocation(minuteLayout, s, calendar.Zone)
	return t, err == nil
}

// list takes one name or several.
func (p *parser) list(to *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		items := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			items = n.Content
		}
		names := make([]string, len(items))
		for i, item := range items {
			p.text(&names[i])(item)
		}
		*to = names
	}
}

// wholeList is a list that must be met exactly, so that an empty one says something.
func (p *parser) wholeList(to **[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var names []string
		p.list(&names)(n)
		*to = &names
	}
}

func (p *parser) texts(to *map[string]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		m := map[string]string{}
		p.fields(n, nil, func(key string, v *yaml.Node) bool {
			var s string
			p.text(&s)(v)
			m[key] = s
			return true
		})
		*to = m
	}
}

func (p *parser) days(to *map[string]calendar.Day) func(*yaml.Node) {
	return func(n *yaml.Node) {
		m := map[string]calendar.Day{}
		p.fields(n, nil, func(key string, v *yaml.Node) bool {
			var d calendar.Day
			p.day(&d)(v)
			m[key] = d
			return true
		})
		*to = m
	}
}

// noDay stands for a clock without a last day: the law says 及时 and gives no number.
const noDay = "-"

// moments are days, or instants for clocks that count hours and minutes.
func (p *parser) moments(to *map[string]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		m := map[string]string{}
		p.fields(n, nil, func(key string, v *yaml.Node) bool {
			if _, ok := parseInstant(v.Value); !ok && v.Value != noDay {
				p.fault(v, "“{text}”不是 2025-03-03 或 \"2025-03-03 17:30\" 这样的时间", "text", v.Value)
			}
			m[key] = v.Value
			return true
		})
		*to = m
	}
}

// mark remembers the lines of a mapping's keys, for faults found later.
func (p *parser) mark(n *yaml.Node, lines map[string]int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		lines[n.Content[i].Value] = n.Content[i].Line
	}
}
