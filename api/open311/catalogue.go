package open311

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"jishi/base/words"
)

//go:embed services.yaml
var servicesFile []byte

// service is one thing that can be reported.
type service struct {
	Code        string      `yaml:"code"`
	Name        string      `yaml:"name"`
	En          string      `yaml:"en"`
	Description string      `yaml:"description"`
	Keywords    []string    `yaml:"keywords"`
	Group       string      `yaml:"group"`
	Class       string      `yaml:"class"`
	Attributes  []attribute `yaml:"attributes"`
}

// attribute is one thing that a service asks.
type attribute struct {
	Code        string            `yaml:"code"`
	Description string            `yaml:"description"`
	Datatype    string            `yaml:"datatype"`
	Required    bool              `yaml:"required"`
	Hint        string            `yaml:"hint"`
	Values      map[string]string `yaml:"values"`
}

// public is asked by every service: without a yes nobody but the offices reads what was written.
var public = attribute{Code: "public", Description: "同意公开文字说明", Datatype: "singlevaluelist", Hint: "不选就不公开；姓名和联系方式从不公开",
	Values: map[string]string{"yes": "可以公开", "no": "不要公开"}}

var classes = []string{"claim", "suggestion"} // never a report of wrongdoing

func readServices(file []byte) ([]service, error) {
	var list []service
	d := yaml.NewDecoder(bytes.NewReader(file))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("open311: services.yaml: %w", err)
	}
	for i, s := range list {
		if !identifier.MatchString(s.Code) || s.Name == "" || !slices.Contains(classes, s.Class) {
			return nil, fmt.Errorf("open311: services.yaml: service %d (%s): needs an ASCII code, a name, and the class claim or suggestion", i+1, s.Code)
		}
		list[i].Attributes = append(s.Attributes, public)
		for _, a := range list[i].Attributes {
			if !identifier.MatchString(a.Code) || !slices.Contains(datatypes, a.Datatype) || (len(a.Values) > 0) != strings.HasSuffix(a.Datatype, "valuelist") {
				return nil, fmt.Errorf("open311: services.yaml: %s: attribute %q has a bad code, datatype or list of values", s.Code, a.Code)
			}
		}
	}
	return list, nil
}

var datatypes = []string{"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}

func (s service) title(l words.Lang) string {
	if l == words.EN && s.En != "" {
		return s.En
	}
	return s.Name
}

// line is the service as the list shows it: a report gets its number at once, except where it is only tried.
func (s service) line(l words.Lang, test bool) Service {
	kind := "realtime"
	if test {
		kind = "batch"
	}
	return Service{Code: s.Code, Name: s.title(l), Description: words.Say(l, s.Description), Metadata: true, Type: kind,
		Keywords: strings.Join(s.Keywords, ","), Group: words.Say(l, s.Group)}
}

func (s service) definition(l words.Lang) Definition {
	d := Definition{Code: s.Code}
	for i, a := range s.Attributes {
		x := Attribute{Variable: true, Code: a.Code, Datatype: a.Datatype, Required: a.Required, DatatypeDescription: words.Say(l, a.Hint), Order: i + 1, Description: words.Say(l, a.Description)}
		for _, key := range slices.Sorted(maps.Keys(a.Values)) {
			x.Values.List = append(x.Values.List, Value{key, words.Say(l, a.Values[key])})
		}
		d.Attributes.List = append(d.Attributes.List, x)
	}
	return d
}

// say checks what was answered to an attribute and puts it into words; "" when nothing was.
func (a attribute) say(answers []string) (string, error) {
	var said []string
	for _, answer := range answers {
		if answer = strings.TrimSpace(answer); answer == "" {
			continue
		}
		text, err := a.sayOne(answer)
		if err != nil {
			return "", err
		}
		said = append(said, text)
	}
	if len(said) == 0 && a.Required {
		return "", refuse(400, "请填写“{field}”（attribute[{code}]）。", "field", a.Description, "code", a.Code)
	}
	if len(said) > 1 && a.Datatype != "multivaluelist" {
		return "", a.wrong()
	}
	return strings.Join(said, "、"), nil
}

func (a attribute) wrong() error {
	return refuse(400, "“{field}”（attribute[{code}]）的写法不对。", "field", a.Description, "code", a.Code)
}

func (a attribute) sayOne(answer string) (string, error) {
	var err error
	switch a.Datatype {
	case "number":
		_, err = strconv.ParseFloat(answer, 64)
	case "datetime":
		_, err = time.Parse(time.RFC3339, answer)
	case "singlevaluelist", "multivaluelist":
		text, ok := a.Values[answer]
		if !ok {
			return "", a.wrong()
		}
		return text, nil
	case "string":
		if len([]rune(answer)) > 200 || strings.Contains(answer, "\n") {
			return "", a.wrong()
		}
	default:
		if len([]rune(answer)) > 4000 {
			return "", a.wrong()
		}
	}
	if err != nil {
		return "", a.wrong()
	}
	return answer, nil
}
