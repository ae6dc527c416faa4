package tests

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// one stands for every page of its kind: what differs from matter to matter is left out of an address.
var one = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2}[0-9]{4}-[0-9]+|[0-9a-f]{40,}|[0-9]{12}`)

// kind is the page's address without what differs, and with the names of its questions only.
func kind(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	names := []string{}
	for name, values := range u.Query() {
		if name == "box" || name == "class" {
			name += "=" + values[0]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	path := one.ReplaceAllString(u.Path, "*")
	for _, many := range []string{"/rules/law/", "/figures/", "/admin/bodies/"} { // one of each is enough
		if rest, ok := strings.CutPrefix(path, many); ok && rest != "" {
			path = many + "*"
		}
	}
	path = regexp.MustCompile(`/home/h[0-9]+`).ReplaceAllString(path, "/home/*")
	path = regexp.MustCompile(`/letter/([a-z-]+)-[0-9]+`).ReplaceAllString(path, "/letter/$1")
	return path + "?" + strings.Join(names, "&")
}

// public are pages that look the same to everybody; they were looked at as the public sees them.
var public = regexp.MustCompile(`^/(file|follow|rules|sign-in|demo|calendar|suggest|$)`)

// saved is an address that answers with a file and not with a page.
var saved = regexp.MustCompile(`\.(pdf|docx|xlsx|csv|atom|ics)(\?|$)`)

// TestEveryPage walks through the house by its links, as different people, on a phone and at a desk, in both
// languages and in large print, and looks at one page of each kind. JISHI_WALK says at how many kinds at most.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	for _, c := range []struct {
		name, role string
		on         screen
		first      []string
		atLeast    int
	}{
		{"public-on-a-phone", "", phone, []string{"/"}, 10},
		{"public-in-English-large", "", phone, []string{"/prefer?back=%2F&lang=en", "/prefer?back=%2F&large=1"}, 10},
		{"petition-bureau", "county-petition-chief", desktop, []string{"/desk"}, 25},
		{"department-on-a-phone", "county-urban-officer", phone, []string{"/desk"}, 20},
		{"department-head-in-English", "county-housing-head", desktop, []string{"/prefer?back=%2Fdesk&lang=en"}, 20},
		{"leader-in-large-print", "county-gov-head", desktop, []string{"/prefer?back=%2Fdesk&large=1"}, 10},
		{"village-on-a-phone", "village-1-1-officer", phone, []string{"/table"}, 10},
		{"administrator", "county-data-system", desktop, []string{"/desk"}, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := visit(t, h, c.on)
			if c.role != "" {
				v.as(c.role)
			}
			for _, first := range c.first {
				v.open(first)
			}
			seen := v.walk(number("JISHI_WALK", 40))
			t.Logf("%d kinds of pages: %s", len(seen), strings.Join(seen, " "))
			if len(seen) < c.atLeast {
				t.Errorf("only %d kinds of pages were found, %d should be there", len(seen), c.atLeast)
			}
		})
	}
}

// walk follows links until every kind of page was seen, or most of them. It signs nobody out and downloads nothing.
func (v *visitor) walk(most int) []string {
	v.t.Helper()
	var seen, queue []string
	officer := ask[bool](v, `document.documentElement.classList.contains("desk")`)
	known := map[string]bool{}
	for {
		for _, link := range ask[[]string](v, `Array.from(document.querySelectorAll("a[href]")).filter(a => a.origin === location.origin && !a.download).map(a => a.pathname + a.search)`) {
			k := kind(link)
			away := strings.HasPrefix(link, "/prefer") || strings.HasPrefix(link, "/api/") || strings.HasPrefix(link, "/open311") ||
				strings.Contains(link, "/file/") || strings.Contains(link, "as=") || strings.Contains(link, "format=") || strings.HasSuffix(link, "/template") ||
				saved.MatchString(link) || officer && public.MatchString(link)
			if !known[k] && !away {
				known[k] = true
				queue = append(queue, link)
			}
		}
		if len(queue) == 0 || len(seen) >= most {
			return seen
		}
		link := queue[0]
		queue = queue[1:]
		v.trace = []string{link}
		v.arrive(chromedp.Navigate(v.at + link))
		seen = append(seen, kind(link))
	}
}

// TestTheChecksCanFail: the checker finds what is wrong with a bad page, a page that is too wide is seen to be, and
// without JavaScript no script runs. Otherwise zero findings would mean nothing.
func TestTheChecksCanFail(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	bad := `data:text/html,<html><title>x</title><body><div style="width:3000px">wide</div><img src="x"><input><script>document.title="ran"</script>`
	for _, on := range []screen{phone, plain} {
		v := visit(t, h, on)
		if err := chromedp.Do(v.ctx, chromedp.Navigate(bad)); err != nil {
			t.Fatal(err)
		}
		title := ask[string](v, `document.title`)
		if ran := title == "ran"; ran != on.script {
			t.Errorf("%s: a script ran: %v", on.name, ran)
		}
		if wide := ask[int](v, `document.documentElement.scrollWidth - window.innerWidth`); wide < 1000 {
			t.Errorf("%s: a page of 3000 pixels is %d too wide", on.name, wide)
		}
		if !on.script {
			continue
		}
		found := ask[[]string](v, axe+`;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(x => x.id))`)
		for _, want := range []string{"image-alt", "label", "html-has-lang"} {
			if !slices.Contains(found, want) {
				t.Errorf("axe found only %v", found)
			}
		}
	}
}
