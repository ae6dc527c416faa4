package tests

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"jishi/base/db/dbtest"
)

// soon waits for something that another node does within seconds.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

// TestTwoNodes: two servers on one PostgreSQL are one system. A session begun at one holds at the other, what is filed at
// one is found at the other, one of them leads, and when that one is killed the other takes its work over.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	urls := dbtest.URLs(t)
	if urls["postgres"] == "" {
		t.Skip("NOT TESTED: several nodes need PostgreSQL")
	}
	data := t.TempDir()
	first := start(t, "demo", "--data", data, "--db", urls["postgres"])
	second := start(t, "serve", "--data", data, "--db", urls["postgres"])

	officer := newClient(t, first.at)
	officer.post("/demo/sign-in", "as", "county-petition-registrar").sees("今天要办")
	officer.at = second.at
	officer.get("/desk").sees("今天要办")

	number := fileBy(t, first.at, "两个节点之间的路灯")
	found := func(words string) bool { // by words: the number is found without the index, whoever leads
		return strings.Contains(officer.get("/search?q="+url.QueryEscape(words)).page, number)
	}
	soon(t, "what was filed at the first node is searched at the second", func() bool { return found("两个节点之间") })
	first.kill() // it led; its lease ends by itself
	number = fileBy(t, second.at, "一个节点被关掉以后的路灯")
	soon(t, "the other node takes the work over", func() bool { return found("关掉以后") })
	if out, err := run(t, "verify", "--data", data, "--db", urls["postgres"]); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// fileBy brings a petition in through the interface and returns its number.
func fileBy(t *testing.T, at, title string) string {
	t.Helper()
	f := &filers{}
	f.send(t.Context(), http.DefaultClient, at, paper{key: "nodes-" + strconv.FormatInt(time.Now().UnixNano(), 36), title: title})
	if len(f.told) != 1 {
		t.Fatalf("filing: %v", f.odd)
	}
	return f.told[0].Number
}
