package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"jishi/base/blob"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/doing"
	"jishi/web/letter"
	"jishi/web/look"
	"jishi/web/tell"
	"jishi/work/matter"
)

type page = templ.Component

// ask shows what an action needs. An action that is closed says why, on its own page too.
func (s *Server) ask(v *visit, m *desk.View, at string) error {
	a, err := door(m, v.r.PathValue("action"))
	if err != nil {
		return err
	}
	v.page.Title = v.page.Either(a.Title, a.En)
	return v.show(doing.Page(v.page, s.doing(v, m, a, at, look.Form{})))
}

// door is an open action of the matter, or the reason why it is closed.
func door(m *desk.View, id string) (desk.Action, error) {
	for _, a := range m.Open {
		if a.ID == id {
			return a, nil
		}
	}
	for _, c := range m.Closed {
		if c.ID == id {
			return desk.Action{}, c.Why
		}
	}
	if why := m.Why(id); why != nil {
		return desk.Action{}, why
	}
	return desk.Action{}, words.Refuse(words.Closed, "no-such-action", "现在没有这一步可办，可能已经有人办过了。").Try("请回到事项，看看现在能做什么。")
}

func (s *Server) doing(v *visit, m *desk.View, a desk.Action, at string, f look.Form) doing.View {
	view := doing.View{Title: v.page.Either(a.Title, a.En), Number: m.Number, Matter: m.Title, At: at, Action: a.ID, Cite: a.Cite,
		NotLaw: tell.NotLaw(a.Grade), Letter: v.page.Either(a.Letter, a.LetterEn), Ends: a.Ends, Seq: int64(m.Seq), Form: f, Files: true}
	if !m.Own && !v.page.En() {
		view.Note = strings.ReplaceAll(a.Note, "[D]", v.say("〔非法律规定〕"))
	}
	if f.Values.Has("seq") { // a form that comes back keeps what its reader saw
		if seq, err := strconv.ParseInt(f.Get("seq"), 10, 64); err == nil {
			view.Seq = seq
		}
	}
	for _, q := range a.Fields {
		view.Fields = append(view.Fields, s.questions(v, q)...)
	}
	for _, x := range s.arrived(f.All("file")) {
		view.Kept = append(view.Kept, doing.File(x))
	}
	return view
}

// questions are what a page asks for one field: of a citizen it asks who they are.
func (s *Server) questions(v *visit, q desk.Field) []look.Field {
	field := tell.Field(v.page, q)
	switch q.Type {
	case "place":
		field.Kind, field.Options = "list", s.placesNear(v)
	case "citizen":
		return []look.Field{
			{Name: q.Name + ".name", Label: field.Label + v.say("：") + v.say("姓名"), Hint: field.Hint, Short: true, Max: 60, Optional: field.Optional, Auto: "off"},
			{Name: q.Name + ".phone", Kind: "tel", Label: field.Label + v.say("：") + v.say("电话"), Short: true, Optional: true, Auto: "off"},
			{Name: q.Name + ".home", Label: field.Label + v.say("：") + v.say("住址"), Max: 200, Optional: true, Auto: "off"}}
	}
	return []look.Field{field}
}

// people are those whom a form names under fields of the type citizen.
func people(form map[string][]string) map[string]vault.Identity {
	found := map[string]vault.Identity{}
	for key, values := range form {
		name, part, ok := strings.Cut(key, ".")
		value := strings.TrimSpace(strings.Join(values, " "))
		if !ok || value == "" {
			continue
		}
		who := found[name]
		switch part {
		case "name":
			who.Name = value
		case "phone":
			who.Phone = value
		case "home":
			who.Address = value
		}
		found[name] = who
	}
	return found
}

// do takes the action: first a look at the letter or a second question, then the act.
func (s *Server) do(v *visit, who actor.Actor, m *desk.View, at string) error {
	readErr := v.read(s.keep(v))
	form := v.r.PostForm
	a, err := door(m, v.r.PathValue("action"))
	if err != nil {
		if seq, _ := strconv.Atoi(form.Get("seq")); seq != m.Seq { // somebody was first: desk says who
			_, stale := s.desk.Do(v.r.Context(), who, m.ID, press(form, v.r.PathValue("action"), nil))
			if stale != nil {
				return stale
			}
			return v.goTo(at)
		}
		return err
	}
	v.page.Title = v.page.Either(a.Title, a.En)
	again := func(f look.Form) page { return doing.Page(v.page.Back(form, "go", "edit"), s.doing(v, m, a, at, f)) }
	if readErr != nil {
		return v.again(readErr, again)
	}
	p := press(form, a.ID, s.attached(form["file"]))
	switch form.Get("go") {
	case "edit":
		return v.show(again(look.Form{Values: form}))
	case "preview", "confirm":
		view := s.doing(v, m, a, at, look.Form{Values: form})
		doc, err := s.desk.Draft(v.r.Context(), who, m.ID, p)
		if err != nil {
			return v.again(err, again)
		}
		if a.Letter != "" {
			view.Preview = doc.HTML()
		}
		return v.show(doing.Confirm(v.page.Back(form), view))
	}
	after, err := s.desk.Do(v.r.Context(), who, m.ID, p)
	if err != nil {
		return v.again(err, again)
	}
	for _, x := range after.Asks {
		if x.Own && x.State == desk.Waiting {
			return v.waitsFor(x)
		}
	}
	v.flash("办好了。")
	if who.Kind == actor.Staff && after.StateTitle == "" { // handed on, and no longer ours to see
		return v.goTo("/desk")
	}
	return v.goTo(at)
}

// press is the form as desk takes it: what the page itself carries is left out.
func press(form map[string][]string, action string, files []matter.File) desk.Press {
	p := desk.Press{Action: action, With: map[string]string{}, People: people(form), Files: files}
	for name, values := range form {
		switch value := strings.TrimSpace(strings.Join(values, " ")); name {
		case "token":
			p.Token = value
		case "seq":
			p.Seq, _ = strconv.Atoi(value)
		case "go", "file", "files":
		default:
			if value != "" && !strings.Contains(name, ".") {
				p.With[name] = value
			}
		}
	}
	return p
}

// letter shows a document as page, PDF or DOCX, by the ending of its name.
func (s *Server) letter(v *visit, who actor.Actor, m *desk.View, at string) error {
	name := v.r.PathValue("letter")
	id, kind := name, ""
	for _, end := range []string{".pdf", ".docx"} {
		if before, ok := strings.CutSuffix(name, end); ok {
			id, kind = before, end
		}
	}
	i := slices.IndexFunc(m.Letters, func(l desk.Letter) bool { return l.ID == id })
	if i < 0 {
		return errNoPage
	}
	v.page.Title = v.page.Either(m.Letters[i].Title, m.Letters[i].En)
	reason, refused := s.printReason(v)
	doc, err := s.desk.Paper(v.r.Context(), who, m.ID, id, reason)
	if err != nil {
		return err
	}
	show := func(f look.Form) page {
		return letter.Page(v.page, f, doc.HTML(), at, id, who.Kind == actor.Staff && reason == "")
	}
	if refused != nil {
		return v.again(refused, show)
	}
	if kind == "" {
		return v.show(show(look.Form{}))
	}
	var b bytes.Buffer
	media := "application/pdf"
	if kind == ".pdf" {
		err = doc.PDF(&b)
	} else {
		media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		err = doc.DOCX(&b)
	}
	if err != nil {
		return fmt.Errorf("web.letter: %w", err)
	}
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": m.Letters[i].Title + kind}))
	write(v, http.StatusOK, media, b.Bytes())
	return nil
}

// printReason is why an officer needs the full name on a letter; "" when it was not asked for.
func (s *Server) printReason(v *visit) (string, error) {
	if v.r.Method != http.MethodPost {
		return "", nil
	}
	if err := v.read(noFiles); err != nil {
		return "", err
	}
	reason := strings.TrimSpace(v.r.PostForm.Get("reason"))
	if err := reasoned(reason); err != nil {
		return "", err
	}
	return reason, nil
}

// file sends an attachment. It is never shown as a page of ours: a browser that took one for HTML would run it.
func (s *Server) file(v *visit, who actor.Actor, matter string) error {
	f, content, err := s.desk.Attachment(v.r.Context(), who, matter, v.r.PathValue("hash"))
	if errors.Is(err, blob.ErrNotFound) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	defer content.Close()
	h := v.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	http.ServeContent(v.w, v.r, "", time.Time{}, content.(io.ReadSeeker))
	return nil
}
