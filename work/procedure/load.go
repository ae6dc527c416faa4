package procedure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/law"
)

// Book is every procedure, letter and profile that the rules hold. It never changes once loaded and may be
// read by many at once.
type Book struct {
	laws     *law.Library
	calendar *calendar.Calendar

	procedures []*Procedure // national text, by id and day
	letters    map[string]Letter
	profiles   map[string]*Profile
	rates      map[string]*Rates
	refused    map[string]bool    // profiles that were refused: what follows from that is not told as well
	sources    map[string]*source // by Procedure.Key, letters/ID, profiles/ID, rates/ID

	mu   sync.Mutex
	laid map[string]*Procedure // with a profile over it, by Key

	asked sync.Map // *Procedure by the key that ByKey found it under
}

// Load reads procedures/, letters/, profiles/ and rates/ strictly. What it refuses it tells all at once, as Faults:
// what cannot be read, and profiles that are harsher than what they lie over. What can be read but does not
// hold together Book.Check tells.
func Load(files fs.FS, laws *law.Library, cal *calendar.Calendar) (*Book, error) {
	b, faults := read(files, laws, cal)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return b, nil
}

// CheckFiles tells everything that is wrong with the files: what Load refuses and what Book.Check finds.
func CheckFiles(files fs.FS, laws *law.Library, cal *calendar.Calendar) []Fault {
	b, faults := read(files, laws, cal)
	return append(faults, b.Check()...).sorted()
}

func read(files fs.FS, laws *law.Library, cal *calendar.Calendar) (*Book, Faults) {
	b := &Book{laws: laws, calendar: cal, letters: map[string]Letter{}, profiles: map[string]*Profile{}, rates: map[string]*Rates{}, refused: map[string]bool{},
		sources: map[string]*source{}, laid: map[string]*Procedure{}}
	var faults Faults
	faults = append(faults, b.readLetters(files)...)
	faults = append(faults, b.readProcedures(files)...)
	faults = append(faults, b.readProfiles(files)...)
	faults = append(faults, b.readRates(files)...)
	harsher := b.refuseHarsher()
	for _, f := range harsher {
		b.refused[strings.TrimSuffix(path.Base(f.File), ".yaml")] = true
	}
	faults = append(faults, harsher...)
	return b, faults.sorted()
}

func (b *Book) readProcedures(files fs.FS) (faults Faults) {
	names, _ := fs.Glob(files, "procedures/*.yaml")
	if len(names) == 0 {
		return Faults{{File: "procedures", Text: "一个程序文件也没有，请放入 procedures/名称@生效日.yaml"}}
	}
	for _, name := range names {
		p := &Procedure{}
		s, bad := decode(files, name, p)
		faults = append(faults, bad...)
		if s == nil {
			continue
		}
		p.Hash = hash(s.text)
		if want := p.ID + "@" + string(p.From) + ".yaml"; path.Base(name) != want {
			faults = append(faults, s.fault([]string{"id"}, "文件名与内容不符：按 id 和 from，文件应当叫 %s", want))
		}
		if _, err := calendar.ParseDay(string(p.From)); err != nil {
			faults = append(faults, s.fault([]string{"from"}, "from 要写成生效日，例如 2022-05-01"))
			continue
		}
		for _, was := range b.procedures {
			if was.ID == p.ID && overlap(was, p) {
				faults = append(faults, s.fault([]string{"from"}, "与 %s 在同一日有效；请在较早的文件里写 to", b.sources[was.Key()].file))
			}
		}
		b.procedures = append(b.procedures, p)
		b.sources[p.Key()] = s
	}
	sort.SliceStable(b.procedures, func(i, j int) bool { return b.procedures[i].Key() < b.procedures[j].Key() })
	return faults
}

func overlap(a, b *Procedure) bool {
	return (a.To == "" || b.From <= a.To) && (b.To == "" || a.From <= b.To)
}

func (b *Book) readLetters(files fs.FS) (faults Faults) {
	names, _ := fs.Glob(files, "letters/*.yaml")
	for _, name := range names {
		var l Letter
		s, bad := decode(files, name, &l)
		faults = append(faults, bad...)
		if s == nil {
			continue
		}
		if path.Base(name) != l.ID+".yaml" {
			faults = append(faults, s.fault([]string{"id"}, "文件名与内容不符：文件应当叫 %s.yaml", l.ID))
		}
		b.letters[l.ID] = l
		b.sources["letters/"+l.ID] = s
	}
	return faults
}

// decode reads one file strictly: no field that the vocabulary does not have, no key twice, one document.
// The source is nil only when nothing of the file could be understood.
func decode(files fs.FS, name string, into any) (*source, Faults) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, Faults{{File: name, Text: "读不出这个文件：" + err.Error()}}
	}
	s := &source{file: name, text: text, root: &yaml.Node{}}
	if err := yaml.Unmarshal(text, s.root); err != nil {
		return nil, Faults{plain(name, err.Error())}
	}
	var faults Faults
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		var typed *yaml.TypeError
		if !errors.As(err, &typed) {
			return nil, Faults{plain(name, err.Error())}
		}
		for _, e := range typed.Errors {
			faults = append(faults, plain(name, e))
		}
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		faults = append(faults, Fault{File: name, Text: "一个文件只能有一份内容（不能有第二个 ---）"})
	}
	return s, faults
}

var (
	atLine    = regexp.MustCompile(`(?s)^(?:yaml: )?line (\d+): (.*)$`)
	notField  = regexp.MustCompile(`^field (\S+) not found in type \S*?\.(\w+)$`)
	duplicate = regexp.MustCompile(`^mapping key "(.*)" already defined at line (\d+)$`)
	wrongType = regexp.MustCompile("(?s)^cannot unmarshal \\S+ `?(.*?)`? ?into (\\S+)$")
)

// plain says in words what the decoder says in its own.
func plain(file, text string) Fault {
	f := Fault{File: file, Text: strings.TrimPrefix(text, "yaml: ")}
	if m := atLine.FindStringSubmatch(text); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.Text = m[2]
	}
	switch {
	case notField.MatchString(f.Text):
		m := notField.FindStringSubmatch(f.Text)
		f.Text = fmt.Sprintf("没有“%s”这一项（%s）；请核对拼写，可写的项见 doc/rules.md", m[1], strings.ToLower(m[2]))
	case duplicate.MatchString(f.Text):
		m := duplicate.FindStringSubmatch(f.Text)
		f.Text = fmt.Sprintf("“%s”写了两次，第%s行已经有了；请留一个", m[1], m[2])
	case wrongType.MatchString(f.Text):
		m := wrongType.FindStringSubmatch(f.Text)
		f.Text = fmt.Sprintf("“%s”写在这里不合格式；这里要的是%s", m[1], kindOf(m[2]))
	}
	return f
}

func kindOf(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "列表，例如 [甲, 乙]"
	case goType == "int":
		return "整数"
	case goType == "bool":
		return "true 或者 false"
	case strings.HasPrefix(goType, "map") || strings.Contains(goType, "procedure."):
		return "带名称的项，例如 {title: …}"
	}
	return "文字"
}

func hash(texts ...[]byte) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d\n", len(t))
		h.Write(t)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Procedure is the version of the procedure in which a matter may be opened on the day, as it stands in the
// profile; profile "" is the national text.
func (b *Book) Procedure(id string, on calendar.Day, profile string) (*Procedure, error) {
	for _, p := range b.procedures {
		if p.ID == id && p.From <= on && (p.To == "" || on <= p.To) {
			return b.in(p, profile)
		}
	}
	return nil, fmt.Errorf("procedure: no version of %s is in force on %s", id, on)
}

// ByKey is the version that Procedure.Key named, however old; a matter keeps the one it was opened under. A matter's page
// asks some five hundred times: comparing with every key there is was six sevenths of the question who may do what.
func (b *Book) ByKey(key string) (*Procedure, error) {
	if p, ok := b.asked.Load(key); ok {
		return p.(*Procedure), nil
	}
	p, err := b.find(key)
	if err == nil {
		b.asked.Store(key, p)
	}
	return p, err
}

func (b *Book) find(key string) (*Procedure, error) {
	version, profile, _ := strings.Cut(key, "+")
	for _, p := range b.procedures {
		if p.Key() == version {
			return b.in(p, profile)
		}
	}
	return nil, fmt.Errorf("procedure: there is no %s", key)
}

// in lays the profile over the national text, once.
func (b *Book) in(p *Procedure, profile string) (*Procedure, error) {
	if profile == "" {
		return p, nil
	}
	if _, ok := b.profiles[profile]; !ok {
		return nil, fmt.Errorf("procedure: there is no profile %s", profile)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := p.Key() + "+" + profile
	if b.laid[key] == nil {
		b.laid[key] = b.lay(p, profile)
	}
	return b.laid[key], nil
}

// Letter is the template as it stands in the profile.
func (b *Book) Letter(id, profile string) (Letter, bool) {
	l, ok := b.letters[id]
	if !ok {
		return Letter{}, false
	}
	for _, x := range b.chain(profile) {
		l = x.Letters[id].over(l)
	}
	return l, true
}

// Letters are all templates, by id.
func (b *Book) Letters() []Letter {
	var list []Letter
	for _, id := range keys(b.letters) {
		list = append(list, b.letters[id])
	}
	return list
}

// Procedures are all versions of the national text, by id and day.
func (b *Book) Procedures() []*Procedure { return append([]*Procedure(nil), b.procedures...) }

// Profiles are all local profiles, by id.
func (b *Book) Profiles() []*Profile {
	var list []*Profile
	for _, id := range keys(b.profiles) {
		list = append(list, b.profiles[id])
	}
	return list
}

// Hash is the hash of the files behind a version, "" when there is no such version. A start that finds another
// hash than the one kept with its matters means that a file was edited in place: it has to be a new version.
func (b *Book) Hash(key string) string {
	p, err := b.ByKey(key)
	if err != nil {
		return ""
	}
	return p.Hash
}
