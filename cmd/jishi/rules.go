package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/base/words"
	"jishi/desk"
	"jishi/rules"
	"jishi/schema"
	"jishi/work/explain"
	"jishi/work/procedure"
	"jishi/work/scenario"
)

const rulesUsage = `jishi rules check [DIR]             every fault in the rules: the shipped ones, or those in a folder
jishi rules test [--db URL] [FILE…]  run worked cases, the shipped ones or those in the files
jishi rules draw ID                  draw a procedure as SVG
jishi rules explain ID               a procedure in words

  --lang zh|en     language of the answer (default: the terminal's)
  --profile NAME   draw or explain as it stands in a local profile
  --rules DIR      with the office's own rules in DIR beside the shipped ones
`

// rulesCommand is "jishi rules …". It returns 0 when all is well, 1 when the rules or a case are at fault,
// 2 when it was called wrongly.
func rulesCommand(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, rulesUsage)
		return 2
	}
	flags := flag.NewFlagSet("jishi rules "+args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, rulesUsage) }
	address := flags.String("db", "", "engine to test on; its own data are not touched")
	lang := flags.String("lang", terminalLang(), "zh or en")
	profile := flags.String("profile", "", "local profile")
	own := flags.String("rules", "", "folder of the office's own rules")
	names, err := interspersed(flags, args[1:])
	if err != nil {
		return 2
	}
	files, err := ruleFiles(*own)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	names = append(names, "") // so that the first may be asked for
	say := words.EN
	if strings.HasPrefix(*lang, "zh") {
		say = words.ZH
	}
	switch args[0] {
	case "check":
		return rulesCheck(files, names[0], say, stdout, stderr)
	case "test":
		return rulesTest(files, *address, names[:len(names)-1], say, stdout, stderr)
	case "draw", "explain":
		return rulesShow(files, args[0], names[0], *profile, say, stdout, stderr)
	}
	fmt.Fprint(stderr, rulesUsage)
	return 2
}

// interspersed parses flags before, between and after the names.
func interspersed(flags *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return names, nil
		}
		names, args = append(names, flags.Arg(0)), flags.Args()[1:]
	}
}

// terminalLang is the language that the operator's terminal asks for.
func terminalLang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return "en"
}

// rulesCheck prints every fault it finds, one a line. What a folder does not bring (laws, calendars, letters,
// the cast of the scenarios) is taken from the shipped rules, so that one changed procedure can be checked alone.
func rulesCheck(files fs.FS, dir string, lang words.Lang, stdout, stderr io.Writer) int {
	where := "rules"
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			fmt.Fprintln(stderr, words.Say(lang, "“{dir}”不是一个文件夹。", "dir", dir))
			return 2
		}
		if !holdsRules(os.DirFS(dir)) {
			fmt.Fprintln(stderr, words.Say(lang, "“{dir}”里没有规则：应当有 laws、procedures、letters、profiles、calendars、scenarios 中的一个文件夹。", "dir", dir))
			return 2
		}
		files, where = over{os.DirFS(dir), files}, dir
	}
	faults := checkAll(files, lang)
	for _, f := range faults {
		fmt.Fprintln(stdout, f)
	}
	if len(faults) > 0 {
		fmt.Fprintln(stderr, words.Say(lang, "{where}：发现{n}处问题。", "where", where, "n", len(faults)))
		return 1
	}
	fmt.Fprintln(stdout, words.Say(lang, "{where}：没有发现问题。", "where", where))
	return 0
}

// holdsRules: a folder without any of them would be found faultless, which says nothing.
func holdsRules(files fs.FS) bool {
	return slices.ContainsFunc([]string{"laws", "procedures", "letters", "profiles", "rates", "calendars", "scenarios"}, func(name string) bool {
		info, err := fs.Stat(files, name)
		return err == nil && info.IsDir()
	})
}

// checkAll finds the faults of laws, calendars, procedures with letters and profiles, and scenarios. Where
// one part cannot be read, the shipped one stands in, so that the others are still checked.
func checkAll(files fs.FS, lang words.Lang) (faults []string) {
	tell := func(err error) {
		if err != nil {
			faults = append(faults, strings.Split(err.Error(), "\n")...)
		}
	}
	laws, err := law.Load(files)
	if tell(err); err != nil {
		laws, err = law.Load(rules.FS)
		tell(err)
	}
	cal, err := calendar.Load(files)
	if tell(err); err != nil {
		cal, err = calendar.Load(rules.FS)
		tell(err)
	}
	if laws == nil || cal == nil {
		return faults
	}
	if _, err := desk.LoadLines(files); err != nil && !errors.Is(err, fs.ErrNotExist) {
		faults = append(faults, err.Error())
	}
	found := procedure.CheckFiles(files, laws, cal)
	for _, f := range found {
		faults = append(faults, f.String())
	}
	if len(found) > 0 { // a scenario is judged by rules that hold
		return faults
	}
	return append(faults, checkScenarios(files, lang)...)
}

func checkScenarios(files fs.FS, lang words.Lang) (faults []string) {
	w, err := scenario.NewWorld(files, lang)
	if err != nil {
		return []string{sayFault(lang, err)}
	}
	names, err := scenario.Files(files)
	if err != nil {
		return []string{err.Error()}
	}
	for _, name := range names {
		for _, f := range w.CheckFile(files, name) {
			faults = append(faults, f.Say(lang))
		}
	}
	return faults
}

// rulesTest runs worked cases and prints each step with what it found.
func rulesTest(shipped fs.FS, address string, names []string, lang words.Lang, stdout, stderr io.Writer) int {
	ctx := context.Background()
	w, err := scenario.NewWorld(shipped, lang)
	if err != nil {
		fmt.Fprintln(stderr, sayFault(lang, err))
		return 1
	}
	files := shipped
	if len(names) == 0 {
		if names, err = scenario.Files(shipped); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
	} else {
		files = anywhere{}
	}
	d, done, err := scenario.Scratch(ctx, address, schema.FS)
	if err != nil {
		fmt.Fprintln(stderr, words.Say(lang, "打不开试验用的数据库：{why}", "why", err.Error()))
		return 1
	}
	defer done()
	failed := 0
	for _, name := range names {
		if !rulesTestFile(func(f fs.File) (scenario.Report, error) { return w.Run(ctx, d, name, f) }, files, name, lang, stdout) {
			failed++
		}
	}
	fmt.Fprintln(stdout, words.Say(lang, "共{n}个案例，{failed}个不符。", "n", len(names), "failed", failed))
	if failed > 0 {
		return 1
	}
	return 0
}

// rulesTestFile runs one file and reports whether all came out as it says.
func rulesTestFile(run func(fs.File) (scenario.Report, error), files fs.FS, name string, lang words.Lang, stdout io.Writer) bool {
	f, err := files.Open(name)
	if err != nil {
		fmt.Fprintf(stdout, "✗ %s\n", words.Say(lang, "读不出：{why}", "why", err.Error()))
		return false
	}
	defer f.Close()
	report, err := run(f)
	if report.Title != "" {
		fmt.Fprintf(stdout, "%s — %s\n", name, report.Title)
	}
	for _, l := range report.Lines {
		mark := "✓"
		if !l.OK {
			mark = "✗"
		}
		fmt.Fprintf(stdout, "  %s %s\n", mark, l.Text)
	}
	if err != nil {
		fmt.Fprintf(stdout, "  ✗ %s\n", sayFault(lang, err))
		return false
	}
	return report.OK()
}

// rulesShow draws or explains a procedure, by its ID or by the ID and day of one version.
func rulesShow(files fs.FS, how, id, profile string, lang words.Lang, stdout, stderr io.Writer) int {
	w, err := scenario.NewWorld(files, lang)
	if err != nil {
		fmt.Fprintln(stderr, sayFault(lang, err))
		return 1
	}
	p := procedureByName(w.Book, id)
	if p == nil {
		fmt.Fprintln(stderr, words.Say(lang, "没有叫“{id}”的程序。现有：{all}", "id", id, "all", strings.Join(procedureNames(w.Book), " ")))
		return 2
	}
	if profile != "" {
		if p, err = w.Book.ByKey(p.Key() + "+" + profile); err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
	}
	if how == "draw" {
		fmt.Fprint(stdout, explain.Draw(p, lang))
		return 0
	}
	letter := func(id string) string {
		l, _ := w.Book.Letter(id, profile)
		if lang == words.EN && l.En != "" {
			return l.En
		}
		return l.Title
	}
	for _, s := range explain.Sentences(p, lang, letter) {
		fmt.Fprintln(stdout, s)
	}
	return 0
}

// procedureByName finds "petition", its newest version, or "petition@2022-05-01".
func procedureByName(book *procedure.Book, name string) *procedure.Procedure {
	var found *procedure.Procedure
	for _, p := range book.Procedures() {
		if p.Key() == name || p.ID == name && (found == nil || p.From > found.From) {
			found = p
		}
	}
	return found
}

func procedureNames(book *procedure.Book) (names []string) {
	for _, p := range book.Procedures() {
		names = append(names, p.Key())
	}
	return names
}

func sayFault(lang words.Lang, err error) string {
	var faults scenario.Faults
	if errors.As(err, &faults) {
		return faults.Say(lang)
	}
	return err.Error()
}

// over is a folder laid over the shipped rules. Laws, letters and calendars are taken from both, the
// folder's first. Procedures are the folder's own if it has any; profiles and scenarios always are, since
// the shipped ones belong to the shipped procedures.
type over struct{ top, under fs.FS }

func (o over) Open(name string) (fs.File, error) {
	f, err := o.top.Open(name)
	if errors.Is(err, fs.ErrNotExist) && o.shared(name) {
		return o.under.Open(name)
	}
	return f, err
}

func (o over) ReadDir(name string) ([]fs.DirEntry, error) {
	own, err := fs.ReadDir(o.top, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || !o.shared(name) {
		return own, err
	}
	shipped, err := fs.ReadDir(o.under, name)
	for _, e := range shipped {
		if !slices.ContainsFunc(own, func(x fs.DirEntry) bool { return x.Name() == e.Name() }) {
			own = append(own, e)
		}
	}
	slices.SortFunc(own, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return own, err
}

func (o over) shared(name string) bool {
	switch first, _, _ := strings.Cut(name, "/"); first {
	case "laws", "letters", "calendars":
		return true
	case "procedures":
		_, err := fs.Stat(o.top, first)
		return err != nil
	}
	return name == scenario.CastName
}

// anywhere opens files by the paths that the operator wrote.
type anywhere struct{}

func (anywhere) Open(name string) (fs.File, error) { return os.Open(filepath.FromSlash(name)) }
