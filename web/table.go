package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"jishi/base/words"
	"jishi/desk"
	cells "jishi/module/table"
	"jishi/people/actor"
	"jishi/web/assets"
	"jishi/web/look"
	"jishi/web/table"
)

// tables are the pages of the one table.
func (s *Server) tables() {
	s.page("GET /table", s.tableList)
	s.mux.HandleFunc("GET /table/sw.js", tableWorker)
	s.page("GET /table/{place}", s.table)
	s.page("POST /table/{place}/save", s.tableSave)
	s.page("POST /table/{place}/sync", s.tableSync)
	s.page("GET /table/{place}/cell", s.tableCell)
	s.page("POST /table/{place}/cell", s.tableCellDo)
	s.page("POST /table/{place}/decide", s.tableDecide)
	s.page("GET /table/{place}/homes", s.tableHomes)
	s.page("GET /table/{place}/homes/new", s.homeNew)
	s.page("POST /table/{place}/homes/new", s.homeAdd)
	s.page("GET /table/{place}/home/{id}", s.tableHome)
	s.page("POST /table/{place}/home/{id}", s.tableHomeSave)
	s.page("GET /table/totals", s.tableTotals)
	s.page("GET /contested", s.tableToDecide)
	s.page("GET /contested/{event}", s.tableRuling)
	s.page("GET /held", s.held)
	s.page("GET /held/correct", s.heldAsk)
	s.page("POST /held/correct", s.heldDo)
}

// relief are the pages about the one table that the officer's posts open.
func relief(who actor.Actor, link func(title, to string) look.Link) []look.Link {
	if !who.HasAny(actor.Handle) && !who.HasAny(actor.Head) && !who.HasAny(actor.Lead) && !who.HasAny(actor.Supervise) {
		return nil
	}
	return []look.Link{link("要基层填表的账", "/price"), link("一张表汇总", "/table/totals"), link("待核对的数", "/contested")}
}

// tableWorker is the script that keeps the table readable without a network. It stands under /table because a worker
// only sees what lies beside it.
func tableWorker(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	io.WriteString(w, assets.Text("sw.js"))
}

// tableList is the one table of whoever keeps only one, else the list of them.
func (s *Server) tableList(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	list, err := s.desk.TableStates(v.r.Context(), who)
	if err != nil {
		return err
	}
	if len(list) == 1 {
		return v.goTo(table.At(list[0].Place, ""))
	}
	v.page = v.page.Titled("一张表")
	return v.show(table.List(v.page, list))
}

func (s *Server) table(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	return s.showTable(v, who, look.Form{}, nil)
}

func (s *Server) showTable(v *visit, who actor.Actor, f look.Form, sent []table.Row) error {
	t, err := s.desk.Table(v.r.Context(), who, v.r.PathValue("place"))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("一张表")
	view := table.View{Table: t, Form: f, Who: s.mark("drafts", who.ID)[:16], Opened: s.openedAt(), Sent: sent}
	if f.Refusal != nil {
		return v.showAs(f.Refusal.Kind.Status(), table.Page(v.page, view))
	}
	return v.show(table.Page(v.page, view))
}

// mark is a keyed name for something that the browser keeps.
func (s *Server) mark(purpose, text string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(purpose + "\x00" + text))
	return hex.EncodeToString(mac.Sum(nil))
}

// openedAt is the hour of now, sealed, so that a page that comes back says how long it was open.
func (s *Server) openedAt() string {
	ms := strconv.FormatInt(s.desk.Now().UnixMilli(), 36)
	return ms + "." + s.mark("opened", ms)[:24]
}

// since is how long the page was open; 0 where it does not say, or says what we did not write.
func (s *Server) since(opened string) time.Duration {
	ms, mac, _ := strings.Cut(opened, ".")
	n, err := strconv.ParseInt(ms, 36, 64)
	if err != nil || !hmac.Equal([]byte(mac), []byte(s.mark("opened", ms)[:24])) {
		return 0
	}
	return max(0, s.desk.Now().Sub(time.UnixMilli(n)))
}

// rows are the cells of a form by their running numbers: element, period, subject, number seen, form, token, value.
func rows(form map[string][]string, act cells.Act) (list []desk.Writing, at []int) {
	get := func(what string, i int) string {
		if all := form[what+strconv.Itoa(i)]; len(all) > 0 {
			return all[0]
		}
		return ""
	}
	for i := 0; form["k"+strconv.Itoa(i)] != nil && i < maxFields; i++ {
		value := strings.TrimSpace(get("v", i))
		x := desk.Writing{Token: get("t", i), Subject: get("s", i), Element: get("k", i), Period: get("p", i), Form: get("f", i), Act: act, Value: value}
		x.Base, _ = strconv.ParseInt(get("b", i), 10, 64)
		if was := get("w", i); was != "" && x.Act == cells.Fill {
			if was == value {
				continue // it stands so already
			}
			x.Act = cells.Correct
		}
		if value != "" {
			list, at = append(list, x), append(at, i)
		}
	}
	return list, at
}

// tableSave takes the page as a plain form. Cells that were left empty stay as they are; what is refused comes back
// with what was typed, and the rest is saved.
func (s *Server) tableSave(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	form := v.r.PostForm
	act := cells.Fill
	if form.Get("act") == "confirm" {
		act = cells.Confirm
	}
	place := v.r.PathValue("place")
	if roll := form.Get("roll"); roll != "" {
		if err := s.roll(v, who, place, roll); err != nil {
			return err
		}
	}
	list, at := rows(form, act)
	if took := s.since(form.Get("opened")); act == cells.Fill && len(list) > 0 {
		for i := range list {
			list[i].Took = took / time.Duration(len(list))
		}
	}
	sent, refusal, err := s.writeRows(v, who, place, list, at)
	if err != nil {
		return err
	}
	if refusal == nil && len(sent) == 0 {
		v.flash("已保存。")
		return v.goTo(table.At(place, ""))
	}
	f := look.Form{Refusal: refusal}
	if refusal != nil {
		f.Values = form
	}
	return s.showTable(v, who, f, sent)
}

// writeRows writes the cells of a form: what contends is told, what is refused comes back with its reason.
func (s *Server) writeRows(v *visit, who actor.Actor, place string, list []desk.Writing, at []int) ([]table.Row, *words.Refusal, error) {
	results, err := s.desk.WriteTable(v.r.Context(), who, place, "", list)
	if err != nil {
		return nil, nil, err
	}
	var told []table.Row
	var refusal *words.Refusal
	for i, r := range results {
		if r.Refusal != nil {
			if refusal == nil {
				refusal = words.Refuse(words.Invalid, "cells-refused", "有的格子没有收下，其余的已经保存。")
			}
			refusal.At("v"+strconv.Itoa(at[i]), because(v, r.Refusal))
			continue
		}
		if r.Outcome == cells.Contends {
			told = append(told, table.Row{Title: v.say("有一格"), Says: v.say("已送达，但别人写了不一样的数值，要裁定")})
		}
	}
	return told, refusal, nil
}

// because is one sentence about why a cell was refused.
func because(v *visit, r *words.Refusal) string {
	if len(r.Fields) > 0 {
		return v.say(r.Fields[0].Text, r.Fields[0].Args...)
	}
	return v.say(r.What, r.Args...) + v.say(r.Way, r.Args...)
}

// roll puts the value of the period before into one cell.
func (s *Server) roll(v *visit, who actor.Actor, place, at string) error {
	t, err := s.desk.Table(v.r.Context(), who, place)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	i := slices.IndexFunc(t.Waiting, func(x desk.Slot) bool {
		return x.Element.ID == form.Get("k"+at) && x.Period == form.Get("p"+at) && x.Before != nil
	})
	if i < 0 {
		return words.Refuse(words.Closed, "nothing-to-roll", "上期没有可以沿用的数，或者这一格刚刚有人填过。").Try("请刷新页面看现在的数值。")
	}
	x := desk.Writing{Token: form.Get("t" + at), Element: form.Get("k" + at), Period: form.Get("p" + at), Act: cells.Roll, Value: t.Waiting[i].Before.Value, Form: form.Get("f" + at)}
	x.Base, _ = strconv.ParseInt(form.Get("b"+at), 10, 64)
	form.Del("v" + at)
	_, err = s.desk.WriteTable(v.r.Context(), who, place, "", []desk.Writing{x})
	return err
}

// sync is what a phone sends: cells, each with its one-time token. The answer says of each what became of it.
type syncAsk struct {
	Device string `json:"device"`
	Cells  []struct {
		Token   string `json:"token"`
		Subject string `json:"subject"`
		Element string `json:"element"`
		Period  string `json:"period"`
		Act     string `json:"act"`
		Value   string `json:"value"`
		Base    int64  `json:"base"`
		Form    string `json:"form"`
		Ms      int64  `json:"ms"`
	} `json:"cells"`
}

type syncTold struct {
	Token   string        `json:"token"`
	Outcome cells.Outcome `json:"outcome,omitempty"`
	Seq     int64         `json:"seq"`
	Refused string        `json:"refused,omitempty"`
	At      string        `json:"at,omitempty"` // where values that differ are settled
}

func (s *Server) tableSync(v *visit) error {
	who, err := s.officer(v)
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.SignIn {
		return syncAnswer(v, http.StatusUnauthorized, map[string]string{"error": "sign-in"})
	}
	if err != nil {
		return err
	}
	var ask syncAsk
	body := http.MaxBytesReader(v.w, v.r.Body, maxText)
	if err := json.NewDecoder(body).Decode(&ask); err != nil {
		return syncAnswer(v, http.StatusBadRequest, map[string]string{"error": "bad-json"})
	}
	var list []desk.Writing
	for _, c := range ask.Cells {
		act := cells.Act(c.Act)
		if act != cells.Fill && act != cells.Roll {
			act = cells.Fill
		}
		list = append(list, desk.Writing{Token: c.Token, Subject: c.Subject, Element: c.Element, Period: c.Period, Act: act, Value: plainText(c.Value), Base: c.Base,
			Form: c.Form, Took: time.Duration(min(max(c.Ms, 0), 3_600_000)) * time.Millisecond})
	}
	results, err := s.desk.WriteTable(v.r.Context(), who, v.r.PathValue("place"), plainText(ask.Device), list)
	if err != nil {
		return err
	}
	told := make([]syncTold, len(results))
	for i, r := range results {
		told[i] = syncTold{Token: r.Token, Outcome: r.Outcome, Seq: r.Seq}
		if r.Refusal != nil {
			told[i].Refused = because(v, r.Refusal)
		}
		if r.Outcome == cells.Contends {
			told[i].At = table.CellAt(desk.Slot{Element: element(list[i].Element), Period: list[i].Period, Cell: r.Cell})
		}
	}
	return syncAnswer(v, http.StatusOK, map[string]any{"cells": told})
}

// plainText takes out what is no text.
func plainText(s string) string { return strings.Map(textOnly, strings.ToValidUTF8(s, "")) }

func syncAnswer(v *visit, status int, answer any) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	write(v, status, "application/json; charset=utf-8", b)
	return nil
}
