package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"jishi/demo"
	"jishi/people/actor/message"
	"jishi/people/division"
)

// demoMatters is how many petitions the demonstration county has.
const demoMatters = 300

// demoCommand serves the demonstration county. Its data stay, so that what was done yesterday is there today;
// another --data gives a fresh one.
func demoCommand(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "token" {
		return told(stderr, demoToken(args[1:], stdout, stderr))
	}
	if !has(args, "data") {
		args = append([]string{"--data", "data/demo"}, args...)
	}
	c, _, err := settings("demo", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := openAlone(c, func() (*system, error) { return openDemo(ctx, c, stderr) })
	if err != nil {
		return told(stderr, err)
	}
	defer s.close()
	return told(stderr, s.serve(ctx, stdout))
}

func has(args []string, name string) bool {
	for _, a := range args {
		if a = strings.TrimLeft(a, "-"); a == name || strings.HasPrefix(a, name+"=") {
			return true
		}
	}
	return false
}

// openDemo opens the system and, when it is empty, fills it.
func openDemo(ctx context.Context, c config, stderr io.Writer) (*system, error) {
	content, err := demo.Load()
	if err != nil {
		return nil, err
	}
	land, err := demo.LandOf(division.DemoCounty)
	if err != nil {
		return nil, err
	}
	if c.Site == "基石" {
		c.Site = "基石 · " + land.County.Name
	}
	s, err := open(ctx, c, newLog(stderr), now)
	if err != nil {
		return nil, err
	}
	s.roles = content.Roles(land)
	s.desk.Demo, s.screen = true, &message.Screen{}
	s.desk.Channel = s.screen
	var n int
	if err := s.db.Row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM matter LIMIT 1) m`, nil, &n); err != nil {
		s.close()
		return nil, err
	}
	if n > 0 {
		return s, nil
	}
	fmt.Fprintln(stderr, "making the demonstration county …")
	if err := demo.Fill(ctx, s.desk, content, land, now(), demoMatters); err != nil {
		s.close()
		return nil, fmt.Errorf("the demonstration county could not be made: %w", err)
	}
	if err := demo.Forms(ctx, s.desk); err != nil {
		s.close()
		return nil, fmt.Errorf("the departments' forms could not be made: %w", err)
	}
	if err := demo.Tables(ctx, s.desk, now()); err != nil {
		s.close()
		return nil, fmt.Errorf("the villages' tables could not be filled: %w", err)
	}
	if err := demo.Homes(ctx, s.desk, land, now()); err != nil {
		s.close()
		return nil, fmt.Errorf("the households could not be made: %w", err)
	}
	return s, nil
}

// demoToken signs in at a running demonstration as a role, and prints an API token of that role.
func demoToken(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("jishi demo token", flag.ContinueOnError)
	fs.SetOutput(stderr)
	addr := fs.String("addr", "127.0.0.1:8080", "`HOST:PORT` of the running demonstration")
	as := fs.String("as", "", "`role`, one of /demo/roles")
	scope := fs.String("scope", "matters:read,matters:write,file,open311", "what the token may do, with commas")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *as == "" {
		return fmt.Errorf("--as must name a role; http://%s/demo/roles lists them", *addr)
	}
	jar, _ := cookiejar.New(nil) // only fails on options, and there are none
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	base := "http://" + *addr
	r, err := client.PostForm(base+"/demo/sign-in", url.Values{"as": {*as}})
	if err != nil {
		return fmt.Errorf("no demonstration answers at %s: %w", *addr, err)
	}
	r.Body.Close()
	if r.StatusCode >= 400 {
		return fmt.Errorf("there is no role %q; %s/demo/roles lists them", *as, base)
	}
	body, err := json.Marshal(map[string]any{"name": "demo", "scopes": strings.Split(*scope, ","), "days": 1})
	if err != nil {
		return err
	}
	r, err = client.Post(base+"/api/v1/tokens", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var answer struct{ Token, Detail string }
	if err := json.NewDecoder(bufio.NewReader(r.Body)).Decode(&answer); err != nil || answer.Token == "" {
		return fmt.Errorf("no token was given (%s): %s", r.Status, answer.Detail)
	}
	fmt.Fprintln(stdout, answer.Token)
	return nil
}
