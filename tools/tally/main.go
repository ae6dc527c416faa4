// Command tally reads "go test -json" and says what a reader needs: one line a package, everything a failed
// test printed, and how many passed, failed and were skipped. With -port it prints a free port instead; with -reach it
// fails when nobody answers at an address within three seconds.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// event is one line of go test -json (cmd/test2json), and of the build output that -json adds.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

type tally struct {
	out                     io.Writer
	passed, failed, skipped int
	said                    map[string]*strings.Builder // package/test → what it printed
	bad                     map[string]bool             // packages with a failed test
	skips                   []string
}

func main() {
	counts := flag.String("counts", "", "write `FILE`: passed failed skipped")
	skipped := flag.String("skipped", "", "append a line to `FILE` for each skipped test")
	port := flag.Bool("port", false, "print a free port on this machine")
	reach := flag.String("reach", "", "see whether `URL` answers")
	flag.Parse()
	if *reach != "" {
		if r, err := (&http.Client{Timeout: 3 * time.Second}).Head(*reach); err != nil || r.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		return
	}
	if *port {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		defer l.Close()
		fmt.Println(l.Addr().(*net.TCPAddr).Port)
		return
	}
	t := &tally{out: os.Stdout, said: map[string]*strings.Builder{}, bad: map[string]bool{}}
	if err := t.read(os.Stdin); err != nil {
		log.Fatal(err)
	}
	if err := t.write(*counts, *skipped); err != nil {
		log.Fatal(err)
	}
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(t.out, "%s", line) // not an event: the go command itself speaks
			} else {
				t.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		key = "build " + e.ImportPath
		fallthrough
	case "output":
		if t.said[key] == nil {
			t.said[key] = &strings.Builder{}
		}
		t.said[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.pack(e)
		} else {
			t.test(e, key)
		}
	}
}

func (t *tally) test(e event, key string) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		t.bad[e.Package] = true
		fmt.Fprintf(t.out, "FAILED  %s %s (%.1fs)\n%s", e.Package, e.Test, e.Elapsed, indent(t.said[key]))
	case "skip":
		t.skipped++
		t.skips = append(t.skips, e.Package+" "+e.Test+": "+reason(t.said[key]))
	}
	delete(t.said, key)
}

// pack ends a package. One that fails without a failed test (it does not build, it panics, it ran too long)
// counts as one failure.
func (t *tally) pack(e event) {
	switch {
	case e.Action == "fail" && !t.bad[e.Package]:
		t.failed++
		fmt.Fprintf(t.out, "FAILED  %s\n%s%s", e.Package, indent(t.said["build "+e.FailedBuild]), indent(t.said[e.Package+" "]))
		for key, said := range t.said { // whatever was running when it ended
			if strings.HasPrefix(key, e.Package+" ") && key != e.Package+" " {
				fmt.Fprintf(t.out, "    in %s\n%s", key, indent(said))
			}
		}
	case e.Action == "fail":
		fmt.Fprintf(t.out, "FAILED  %s (%.1fs)\n", e.Package, e.Elapsed)
	case e.Action == "pass":
		fmt.Fprintf(t.out, "ok      %s (%.1fs)\n", e.Package, e.Elapsed)
	}
}

func indent(said *strings.Builder) string {
	if said == nil {
		return ""
	}
	return "        " + strings.ReplaceAll(strings.TrimRight(said.String(), "\n"), "\n", "\n        ") + "\n"
}

// reason is what a skipped test said, in one line.
func reason(said *strings.Builder) string {
	var words []string
	if said != nil {
		for line := range strings.Lines(said.String()) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
				words = append(words, line)
			}
		}
	}
	return strings.Join(words, " ")
}

func (t *tally) write(counts, skipped string) error {
	if counts != "" {
		if err := os.WriteFile(counts, fmt.Appendf(nil, "%d %d %d\n", t.passed, t.failed, t.skipped), 0o644); err != nil {
			return err
		}
	}
	if skipped == "" {
		return nil
	}
	f, err := os.OpenFile(skipped, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for _, s := range t.skips {
		fmt.Fprintln(f, s)
	}
	return f.Close()
}
